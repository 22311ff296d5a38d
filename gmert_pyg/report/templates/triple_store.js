// The triples of the page, and which of them the filters let through.

class TripleStore {
  constructor(data) {
    Object.assign(this, data.columns);
    this.texts = data.texts;
    this.lines = data.lines;
    this.excerpts = data.excerpts;
    this.colours = data.colours;
    this.shown = data.texts.map(visible);
    this.size = this.head.length;
    this.hidden = new Set(); // numbers of relations and statuses
    this.leastConfidence = 0;
    this.around = new Map(); // an entity's triples
    for (let triple = 0; triple < this.size; triple++) {
      this.join(this.head[triple], triple);
      if (this.tail[triple] !== this.head[triple]) {
        this.join(this.tail[triple], triple);
      }
    }
    this.entities = Array.from(this.around.keys());
  }

  join(entity, triple) {
    const found = this.around.get(entity);
    if (found) found.push(triple);
    else this.around.set(entity, [triple]);
  }

  passes(triple) {
    return this.confidence[triple] >= this.leastConfidence
      && !this.hidden.has(this.relation[triple])
      && !this.hidden.has(this.status[triple]);
  }

  triplesOf(entity) {
    return this.around.get(entity).filter((triple) => this.passes(triple));
  }

  other(triple, entity) {
    return this.head[triple] === entity ? this.tail[triple] : this.head[triple];
  }

  // Entities that share a triple with one, each with its surest triple; the
  // surest come first.
  neighbours(entity) {
    const surest = new Map();
    for (const triple of this.triplesOf(entity)) {
      const other = this.other(triple, entity);
      const found = surest.get(other);
      if (other !== entity && (found === undefined
          || this.confidence[triple] > this.confidence[found])) {
        surest.set(other, triple);
      }
    }
    return Array.from(surest, ([other, triple]) => ({ other, triple })).sort(
      (a, b) => this.confidence[b.triple] - this.confidence[a.triple],
    );
  }

  kind(entity) {
    const triple = this.around.get(entity)[0];
    return this.shown[this.head[triple] === entity
      ? this.head_kind[triple] : this.tail_kind[triple]];
  }

  // The head of most triples: a tail that all share, such as a type, says less.
  mainEntity() {
    const counts = new Map();
    let best = this.head[0];
    for (const head of this.head) {
      counts.set(head, (counts.get(head) ?? 0) + 1);
      if (counts.get(head) > counts.get(best)) best = head;
    }
    return best;
  }

  // Entities whose name contains a text: whole names first, then last parts,
  // then beginnings; among equals those with more triples.
  search(text, most) {
    const wanted = text.toLowerCase();
    const rank = (name) => name === wanted ? 0
      : name.endsWith("." + wanted) ? 1
        : name.startsWith(wanted) ? 2 : 3;
    this.lower ??= this.entities.map((e) => this.shown[e].toLowerCase());
    return this.entities
      .map((entity, at) => ({ entity, name: this.lower[at] }))
      .filter(({ name }) => name.includes(wanted))
      .map(({ entity, name }) => ({
        entity, rank: rank(name), size: this.around.get(entity).length,
      }))
      .sort((a, b) => a.rank - b.rank || b.size - a.size)
      .slice(0, most)
      .map(({ entity }) => entity);
  }

  named(text) {
    return this.entities.find((entity) => this.shown[entity] === text);
  }
}
