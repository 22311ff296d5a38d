import Square, { Shape, makeShape as build } from './lib/shapes.js';
import * as shapes from './lib/shapes.js';
import { twice, LIMIT } from './lib';
import React from 'react';
const legacy = require('./legacy.cjs');

const square = new Square('s');

function run(items) {
  const shape = build('é');
  shape.area(LIMIT);
  square.area();
  shapes.double(2);
  for (const item of items) {
    const shape = item.value;
    console.log(shape, `t ${item}`);
  }
  outer: while (true) {
    break outer;
  }
  legacy.load('x');
  legacy.save('x', items);
  return twice(shape.name);
}

run([new Shape('a')].map((s) => s.area()));
React.useState(run);
