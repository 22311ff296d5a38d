// Pan and zoom of what an `<svg>` holds.

const ZOOM = 1.25;
const PAN = 60;
const LARGEST = 8;
const SMALLEST = 0.05;
const CLICK = 4; // a pointer that moves less has not dragged

class GraphView {
  constructor(svg) {
    this.svg = svg;
    this.x = 0;
    this.y = 0;
    this.scale = 1;
    this.dragged = false;
    this.listen();
  }

  listen() {
    const { svg } = this;
    byId("zoom-in").addEventListener("click", () => this.zoom(ZOOM));
    byId("zoom-out").addEventListener("click", () => this.zoom(1 / ZOOM));
    byId("fit").addEventListener("click", () => this.fit());
    svg.addEventListener("pointerdown", (event) => this.drag(event));
    svg.addEventListener("wheel", (event) => {
      const active = svg.contains(document.activeElement);
      if (!active && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = svg.getBoundingClientRect();
      this.zoom(
        event.deltaY < 0 ? ZOOM : 1 / ZOOM,
        event.clientX - box.left, event.clientY - box.top,
      );
    }, { passive: false });
    svg.addEventListener("keydown", (event) => this.press(event));
    addEventListener("resize", () => this.fit());
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { svg } = this;
    const actions = {
      "+": () => this.zoom(ZOOM),
      "=": () => this.zoom(ZOOM),
      "-": () => this.zoom(1 / ZOOM),
      "0": () => this.fit(),
    };
    if (event.target === svg) { // on a node, arrows go to other nodes
      Object.assign(actions, {
        ArrowLeft: () => this.move(PAN, 0),
        ArrowRight: () => this.move(-PAN, 0),
        ArrowUp: () => this.move(0, PAN),
        ArrowDown: () => this.move(0, -PAN),
      });
    }
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  }

  drag(start) {
    if (start.button !== 0) return;
    const { svg } = this;
    this.dragged = false;
    let last = start;
    const move = (event) => {
      const far = Math.hypot(
        event.clientX - start.clientX, event.clientY - start.clientY,
      );
      if (!this.dragged && far < CLICK) return;
      this.dragged = true;
      this.move(event.clientX - last.clientX, event.clientY - last.clientY);
      last = event;
    };
    const stop = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", stop);
      removeEventListener("pointercancel", stop);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", stop);
    addEventListener("pointercancel", stop);
    svg.focus({ preventScroll: true });
  }

  show(group, box) {
    this.group = group;
    this.box = box;
    this.fit();
  }

  fit() {
    if (!this.box) return;
    const { left, right, top, bottom } = this.box;
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    this.scale = Math.min(
      1.3, 0.98 * width / (right - left), 0.98 * height / (bottom - top),
    );
    this.x = width / 2 - this.scale * (left + right) / 2;
    this.y = height / 2 - this.scale * (top + bottom) / 2;
    this.apply();
  }

  move(x, y) {
    this.x += x;
    this.y += y;
    this.apply();
  }

  // The point (x, y) stays where it is.
  zoom(factor, x = this.svg.clientWidth / 2, y = this.svg.clientHeight / 2) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    this.x = x - (x - this.x) * scale / this.scale;
    this.y = y - (y - this.y) * scale / this.scale;
    this.scale = scale;
    this.apply();
  }

  apply() {
    this.group.setAttribute(
      "transform", `translate(${this.x} ${this.y}) scale(${this.scale})`,
    );
  }
}
