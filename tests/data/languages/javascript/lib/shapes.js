import { EventEmitter } from 'events';

export const LIMIT = 10;

export class Shape extends EventEmitter {
  #hidden = 1;
  static count = 0;

  constructor(name, { width, height: h = 2 } = {}) {
    super();
    this.name = name;
    this.größe = width * h; // 'é'
  }

  area(scale = LIMIT) {
    return this.größe * scale + this.#hidden;
  }
}

export default class Square extends Shape {
  area() {
    return super.area(2);
  }

  static make(side) {
    return new Square(side);
  }
}

export const double = (value) => value * 2;

export function makeShape(name) {
  return new Shape(name);
}
