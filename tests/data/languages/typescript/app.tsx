import { Circle, Tools } from './model/circle';
import * as model from './model/shape';

interface Props { circle: Circle<string>; label?: model.Id }

export function View({ circle, label }: Props) {
  const style: model.Style = model.Style.Filled;
  const shape = circle as model.Shape;
  shape.describe('a');
  return <Label text={label} onClick={() => Tools.measure(circle)}>{style}</Label>;
}

function Label(props: { text: string }) {
  return props.text;
}

const first: Circle<number> = makeCircle();
first.area();

function makeCircle(): Circle<number> {
  return new Circle('é');
}
