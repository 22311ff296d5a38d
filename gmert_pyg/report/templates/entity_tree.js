// What is drawn of the graph: a tree from the centre through the entities that
// were expanded, and the triples among its nodes.

const MOST_NEIGHBOURS = 150;
const MOST_TRIPLES = 600;

class EntityTree {
  constructor(store, centre, expanded) {
    this.store = store;
    this.root = { entity: centre, parent: null, depth: 0, children: [] };
    this.nodes = new Map([[centre, this.root]]);
    this.found = new Map(); // neighbours of an expanded entity
    this.grow(new Set([centre, ...expanded]));
    this.order(this.root);
    this.collectTriples();
  }

  // Every expanded entity first gets an even share of the neighbours, those
  // that are expanded themselves first; then they take what is left.
  grow(expanded) {
    const share = Math.ceil(MOST_NEIGHBOURS / expanded.size);
    for (const quota of [share, Infinity]) {
      for (const node of this.nodes.values()) { // those added meanwhile, too
        if (!expanded.has(node.entity)) continue;
        node.expanded = true;
        for (const { other, triple } of this.candidates(node.entity, expanded)) {
          if (node.children.length >= quota
              || this.nodes.size > MOST_NEIGHBOURS) break;
          this.add(node, other, triple);
        }
      }
    }
  }

  candidates(entity, expanded) {
    if (!this.found.has(entity)) {
      const all = this.store.neighbours(entity);
      this.found.set(entity, [
        ...all.filter(({ other }) => expanded.has(other)),
        ...all.filter(({ other }) => !expanded.has(other)),
      ]);
    }
    return this.found.get(entity);
  }

  add(parent, entity, triple) {
    if (this.nodes.has(entity)) return;
    const node = {
      entity, parent, triple, depth: parent.depth + 1, children: [],
    };
    parent.children.push(node);
    this.nodes.set(entity, node);
  }

  // Neighbours by the same relation, in the same direction, lie together.
  order(node) {
    const { head, relation, confidence } = this.store;
    const key = ({ triple }) => [
      head[triple] === node.entity ? 0 : 1, relation[triple], -confidence[triple],
    ];
    node.children.sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const at = x.findIndex((part, position) => part !== y[position]);
      return at < 0 ? 0 : x[at] - y[at];
    });
    node.children.forEach((child) => this.order(child));
  }

  collectTriples() {
    const { store, nodes } = this;
    const all = [];
    for (const entity of nodes.keys()) {
      for (const triple of store.triplesOf(entity)) {
        if (store.head[triple] === entity && nodes.has(store.tail[triple])) {
          all.push(triple);
        }
      }
    }
    const joins = (triple) => {
      const [a, b] = [store.head, store.tail].map((of) => nodes.get(of[triple]));
      return a.parent === b || b.parent === a ? 0 : 1;
    };
    all.sort((a, b) => joins(a) - joins(b)
      || store.confidence[b] - store.confidence[a]);
    this.triples = all.slice(0, MOST_TRIPLES);
    this.triplesLeftOut = all.length - this.triples.length;
  }

  neighboursLeftOut() {
    const left = new Set();
    for (const neighbours of this.found.values()) {
      for (const { other } of neighbours) {
        if (!this.nodes.has(other)) left.add(other);
      }
    }
    return left.size;
  }

  hasMore(node) {
    return !node.expanded && this.store.triplesOf(node.entity).some(
      (triple) => !this.nodes.has(this.store.other(triple, node.entity)),
    );
  }
}
