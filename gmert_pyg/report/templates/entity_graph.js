// The graph around a chosen entity: which one, and what is expanded.

const MOST_SUGGESTIONS = 20;

class EntityGraph {
  constructor(store, showTriplesOf) {
    this.store = store;
    this.showTriplesOf = showTriplesOf;
    this.svg = byId("drawing");
    this.drawing = new GraphDrawing(this.svg, store);
    this.view = new GraphView(this.svg);
    this.search = byId("entity");
    this.listen();
    this.centreOn(store.mainEntity());
  }

  listen() {
    this.search.addEventListener("input", () => this.suggest());
    this.search.addEventListener("change", () => this.choose());
    this.svg.addEventListener("click", (event) => {
      const node = this.nodeAt(event.target);
      if (node && !this.view.dragged) this.toggle(node);
    });
    this.svg.addEventListener("keydown", (event) => {
      const node = this.nodeAt(event.target);
      if (!node) return;
      const steps = {
        ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1,
      };
      if (event.key === "Enter" || event.key === " ") this.toggle(node);
      else if (Object.hasOwn(steps, event.key)) this.step(node, steps[event.key]);
      else return;
      event.preventDefault();
    });
  }

  nodeAt(target) {
    const group = target.closest(".node");
    return group && this.tree.nodes.get(Number(group.dataset.entity));
  }

  suggest() {
    const text = this.search.value;
    const exact = this.store.named(text);
    if (exact !== undefined) {
      this.centreOn(exact);
      return;
    }
    const found = text ? this.store.search(text, MOST_SUGGESTIONS) : [];
    byId("entities").replaceChildren(...found.map(
      (entity) => element("option", { value: this.store.shown[entity] }),
    ));
  }

  choose() {
    const text = this.search.value;
    if (!text) return;
    const found = this.store.named(text) ?? this.store.search(text, 1)[0];
    this.search.setCustomValidity(
      found === undefined ? "no entity has such a name" : "",
    );
    if (found === undefined) this.search.reportValidity();
    else this.centreOn(found);
  }

  centreOn(entity) {
    if (entity === this.centre) return;
    this.centre = entity;
    this.chosen = entity;
    this.expanded = new Set();
    this.search.setCustomValidity("");
    this.search.value = this.store.shown[entity];
    this.draw();
  }

  toggle(node) {
    this.chosen = node.entity;
    if (this.expanded.has(node.entity)) this.expanded.delete(node.entity);
    else if (node.depth) this.expanded.add(node.entity);
    this.draw();
    this.focus(this.chosen);
  }

  step(node, by) {
    const nodes = Array.from(this.tree.nodes.values())
      .sort((a, b) => a.depth - b.depth || a.angle - b.angle);
    const at = nodes.indexOf(node) + by;
    this.focus(nodes[(at + nodes.length) % nodes.length].entity);
  }

  focus(entity) {
    const node = this.tree.nodes.get(entity);
    if (!node) return;
    for (const one of this.tree.nodes.values()) {
      one.element.setAttribute("tabindex", one === node ? 0 : -1);
    }
    node.element.focus({ preventScroll: true });
  }

  draw() {
    this.tree = new EntityTree(this.store, this.centre, this.expanded);
    if (!this.tree.nodes.has(this.chosen)) this.chosen = this.centre;
    layOut(this.tree);
    this.drawing.draw(this.tree);
    this.tree.nodes.get(this.chosen).element.classList.add("chosen");
    this.view.show(this.drawing.view, extent(this.tree));
    this.count();
    this.describe();
  }

  count() {
    const { tree } = this;
    const parts = [
      counted(tree.nodes.size - 1, "neighbour", "neighbours"),
      counted(tree.triples.length, "triple", "triples") + " drawn",
    ];
    const left = tree.neighboursLeftOut();
    if (left) {
      parts.push(counted(left, "neighbour", "neighbours") + " left out");
    }
    if (tree.triplesLeftOut) {
      parts.push(
        counted(tree.triplesLeftOut, "triple", "triples")
        + " among the drawn left out",
      );
    }
    byId("drawn").value = parts.join(", ");
  }

  describe() {
    const { store, chosen } = this;
    const size = store.triplesOf(chosen).length;
    const parts = [
      element("code", { textContent: store.shown[chosen] }),
      element("span", { className: "count", textContent: store.kind(chosen) }),
    ];
    if (size) {
      const button = element("button", {
        type: "button",
        textContent: counted(size, "triple", "triples") + " in the table",
      });
      button.addEventListener("click", () => this.showTriplesOf(chosen));
      parts.push(button);
    }
    if (chosen !== this.centre) {
      const button = element("button", {
        type: "button", textContent: "put it in the centre",
      });
      button.addEventListener("click", () => this.centreOn(chosen));
      parts.push(button);
    }
    byId("selected").replaceChildren(...parts);
  }
}
