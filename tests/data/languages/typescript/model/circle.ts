import { Named, Shape, type Point } from './shape';

export class Circle<T> extends Shape {
  private center: Point = { x: 0, y: 0 };
  onChange = (next: Circle<T>): void => { next.area(); };

  area(): number {
    return this.center.x * 3;
  }

  static of(value: string): Circle<string> {
    return new Circle<string>(value);
  }
}

export namespace Tools {
  export function measure(named: Named): string {
    return helper(named);
  }
  function helper(named: Named): string {
    return named.describe('é');
  }
}
