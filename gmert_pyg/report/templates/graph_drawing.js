// Draws a tree that was laid out into an `<svg>`.

const NODE_RADIUS = 5;
const CENTRE_RADIUS = 9;
const MOST_BEND = 80; // of the lines of many triples of the same entities

class GraphDrawing {
  constructor(svg, store) {
    this.svg = svg;
    this.store = store;
  }

  make(tag, attributes, parent) {
    const made = document.createElementNS(this.svg.namespaceURI, tag);
    for (const [name, value] of Object.entries(attributes)) {
      made.setAttribute(name, value);
    }
    parent.append(made);
    return made;
  }

  draw(tree) {
    this.svg.replaceChildren();
    this.view = this.make("g", {}, this.svg);
    const parallel = new Map();
    for (const triple of tree.triples) this.drawTriple(tree, triple, parallel);
    for (const node of tree.nodes.values()) this.drawNode(tree, node);
  }

  drawTriple(tree, triple, parallel) {
    const { store } = this;
    const ends = [store.head[triple], store.tail[triple]];
    const [from, to] = ends.map((entity) => tree.nodes.get(entity));
    const [low, high] = ends.slice().sort((a, b) => a - b);
    const pair = low + "-" + high;
    const position = parallel.get(pair) ?? 0;
    parallel.set(pair, position + 1);
    const status = store.texts[store.status[triple]];
    const colour = store.colours[store.relation[triple]];
    const edge = this.make("g", { class: "triple" }, this.view);
    const { path, tip, direction } = from === to
      ? this.loop(from, position)
      : this.curve(from, to, position, low === ends[0]);
    this.make(
      "path", { class: "edge " + status, stroke: colour, d: path }, edge,
    );
    const degrees = direction * 180 / Math.PI;
    this.make("path", {
      d: "M0 0L-8 3.5L-8 -3.5Z",
      fill: colour,
      transform: `translate(${tip.join(" ")}) rotate(${degrees.toFixed(1)})`,
    }, edge);
    this.make("title", {}, edge).textContent = this.tell(triple);
  }

  tell(triple) {
    const { store } = this;
    const [head, relation, tail, status] =
      ["head", "relation", "tail", "status"].map(
        (name) => store.shown[store[name][triple]],
      );
    const confidence = store.confidence[triple].toFixed(3);
    return `${head} · ${relation} · ${tail}\n${confidence}, ${status}`;
  }

  // The triples of two entities fan out on both sides of the straight line.
  curve(from, to, position, forward) {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy) || 1;
    const level = Math.ceil(position / 2);
    const bend = MOST_BEND * level / (level + 2)
      * (position % 2 ? 1 : -1) * (forward ? 1 : -1);
    const middle = [
      (from.x + to.x) / 2 - bend * dy / length,
      (from.y + to.y) / 2 + bend * dx / length,
    ];
    const direction = Math.atan2(to.y - middle[1], to.x - middle[0]);
    const gap = (to.depth ? NODE_RADIUS : CENTRE_RADIUS) + 2;
    const tip = [
      to.x - gap * Math.cos(direction), to.y - gap * Math.sin(direction),
    ].map((value) => value.toFixed(1));
    const points = [from.x, from.y, ...middle].map((value) => value.toFixed(1));
    const [x, y, middleX, middleY] = points;
    const path = `M${x} ${y}Q${middleX} ${middleY} ${tip.join(" ")}`;
    return { path, tip, direction };
  }

  loop(node, position) {
    const size = 22 + 8 * Math.min(position, 4);
    const [x, y] = [node.x, node.y];
    const tip = [(x + 3).toFixed(1), (y - NODE_RADIUS - 2).toFixed(1)];
    const path = `M${x} ${y}C${x - size} ${y - 1.6 * size} `
      + `${x + size} ${y - 1.6 * size} ${tip.join(" ")}`;
    return { path, tip, direction: 2 };
  }

  drawNode(tree, node) {
    const name = this.store.shown[node.entity];
    const states = ["node"];
    if (!node.depth) states.push("centre");
    if (node.expanded) states.push("expanded");
    else if (tree.hasMore(node)) states.push("more");
    const group = this.make("g", {
      class: states.join(" "),
      tabindex: node.depth ? -1 : 0,
      role: "button",
      "aria-label": name,
      "aria-expanded": Boolean(node.expanded),
      "data-entity": node.entity,
      transform: `translate(${node.x.toFixed(1)} ${node.y.toFixed(1)})`,
    }, this.view);
    this.make("title", {}, group).textContent =
      `${name}\n${this.store.kind(node.entity)}`;
    this.make("circle", {
      r: node.depth ? NODE_RADIUS : CENTRE_RADIUS,
    }, group);
    this.drawName(node, group);
    node.element = group;
  }

  // Names read outwards, and never upside down.
  drawName(node, group) {
    if (!node.depth) {
      const attributes = { y: 28, "text-anchor": "middle" };
      this.make("text", attributes, group).textContent = node.name;
      return;
    }
    const leftwards = Math.cos(node.angle) < -1e-9;
    const degrees = node.angle * 180 / Math.PI + (leftwards ? 180 : 0);
    this.make("text", {
      x: leftwards ? -11 : 11,
      y: 4,
      "text-anchor": leftwards ? "end" : "start",
      transform: `rotate(${degrees.toFixed(1)})`,
    }, group).textContent = node.name;
  }
}
