// Orders of the table's rows.

// The position of every text among all, so that rows compare as numbers.
const textRanks = (texts) => {
  const collator = new Intl.Collator("en", { numeric: true });
  const numbers = texts.map((_, number) => number);
  numbers.sort((a, b) => collator.compare(texts[a], texts[b]));
  const ranks = new Int32Array(texts.length);
  numbers.forEach((number, rank) => { ranks[number] = rank; });
  return ranks;
};

class TripleOrder {
  constructor(store) {
    this.store = store;
    this.rows = Int32Array.from({ length: store.size }, (_, row) => row);
  }

  sort(column, descending) {
    const sign = descending ? -1 : 1;
    const { line } = this.store;
    const key = this.key(column);
    this.rows.sort((a, b) => sign * (key[a] - key[b]
      || (column === "file" ? line[a] - line[b] : 0)) || a - b);
  }

  key(column) {
    const values = this.store[column];
    if (column === "confidence" || column === "similarity") return values;
    this.ranks ??= textRanks(this.store.shown);
    return Int32Array.from(values, (text) => this.ranks[text]);
  }
}
