// Where the nodes of a tree lie: on rings around the centre, every node without
// children in a slot of its own, a parent in the middle of its children.

const RING = 215; // room for the names between two rings
const FIRST_RING = 130;
const SLOT = 15;
const NAME_LENGTH = 26;
const CHARACTER = 7.4;

const countSlots = (node) => {
  node.slots = node.children.reduce((sum, one) => sum + countSlots(one), 0) || 1;
  return node.slots;
};

const ringRadii = (nodes) => {
  const slots = [];
  for (const node of nodes) {
    slots[node.depth] = (slots[node.depth] ?? 0) + node.slots;
  }
  const radii = [0];
  for (let depth = 1; depth < slots.length; depth++) {
    const least = depth === 1 ? FIRST_RING : radii[depth - 1] + RING;
    radii.push(Math.max(least, slots[depth] * SLOT / (2 * Math.PI)));
  }
  return radii;
};

const place = (node, start, step, radii) => {
  node.angle = start + step * node.slots / 2;
  node.x = radii[node.depth] * Math.cos(node.angle);
  node.y = radii[node.depth] * Math.sin(node.angle);
  let from = start;
  for (const child of node.children) {
    place(child, from, step, radii);
    from += step * child.slots;
  }
};

const layOut = (tree) => {
  for (const node of tree.nodes.values()) {
    node.name = shortenFront(tree.store.shown[node.entity], NAME_LENGTH);
  }
  const step = 2 * Math.PI / countSlots(tree.root);
  place(tree.root, -Math.PI, step, ringRadii(tree.nodes.values()));
};

// The box around the nodes and their names.
const extent = (tree) => {
  const box = { left: -120, right: 120, top: -30, bottom: 40 };
  for (const node of tree.nodes.values()) {
    if (!node.depth) continue;
    const reach = 16 + node.name.length * CHARACTER;
    const x = node.x + reach * Math.cos(node.angle);
    const y = node.y + reach * Math.sin(node.angle);
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y - 10);
    box.bottom = Math.max(box.bottom, y + 10);
  }
  return box;
};
