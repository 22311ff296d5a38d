export interface Named {
  name: string;
  describe(prefix: string): string;
}

export enum Style { Plain, Filled = 2 }

export abstract class Shape implements Named {
  constructor(public name: string, protected style: Style = Style.Plain) {}

  abstract area(): number;

  describe(prefix: string): string {
    return prefix + this.name;
  }
}

export type Point = { x: number; y: number };
export type Id = string | number;
