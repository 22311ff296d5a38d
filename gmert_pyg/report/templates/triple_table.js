// The table of triples: filtered, sorted, and drawn one page at a time.

const PAGE_SIZE = 50;
const SEARCHED = ["head", "relation", "tail", "file", "chunk"];

class TripleTable {
  constructor(store, showEntity) {
    this.store = store;
    this.showEntity = showEntity;
    this.table = byId("rows");
    this.order = new TripleOrder(store);
    this.page = 0;
    this.entity = null; // whose triples alone are shown
    this.listen();
    this.sort("confidence");
  }

  listen() {
    for (const heading of this.table.tHead.rows[0].cells) {
      heading.firstElementChild.addEventListener(
        "click", () => this.sort(heading.dataset.column),
      );
    }
    byId("containing").addEventListener("input", () => this.filter());
    byId("show-excerpts").addEventListener("change", () => this.draw());
    byId("only-entity").addEventListener("click", () => this.showOnly(null));
    const turns = {
      "first-page": () => 0,
      "previous-page": () => this.page - 1,
      "next-page": () => this.page + 1,
      "last-page": () => Infinity,
    };
    for (const [id, page] of Object.entries(turns)) {
      byId(id).addEventListener("click", () => {
        this.page = page();
        this.draw();
      });
    }
  }

  // A column of numbers starts with the largest, one of names with the first.
  sort(column) {
    const { store, table } = this;
    const numeric = column === "confidence" || column === "similarity";
    const down = column === this.column ? !this.down : numeric;
    Object.assign(this, { column, down });
    for (const heading of table.tHead.rows[0].cells) {
      heading.removeAttribute("aria-sort");
      if (heading.dataset.column === column) {
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      }
    }
    this.order.sort(column, down);
    this.filter();
  }

  showOnly(entity) {
    const { store } = this;
    this.entity = entity;
    const button = byId("only-entity");
    button.hidden = entity === null;
    if (entity !== null) {
      button.textContent = `only those of ${store.shown[entity]} ✕`;
    }
    this.filter();
  }

  filter() {
    const { store, entity } = this;
    const contains = this.containing(byId("containing").value.toLowerCase());
    this.rows = this.order.rows.filter((row) => store.passes(row)
      && (entity === null || store.head[row] === entity
        || store.tail[row] === entity)
      && contains(row));
    this.page = 0;
    this.draw();
  }

  containing(wanted) {
    if (!wanted) return () => true;
    const { store } = this;
    const matches = store.shown.map(
      (text) => text.toLowerCase().includes(wanted),
    );
    return (row) => SEARCHED.some((column) => matches[store[column][row]]);
  }

  draw() {
    const pages = Math.max(1, Math.ceil(this.rows.length / PAGE_SIZE));
    this.page = Math.min(this.page, pages - 1);
    const start = this.page * PAGE_SIZE;
    const rows = this.rows.slice(start, start + PAGE_SIZE);
    this.table.tBodies[0].replaceChildren(
      ...Array.from(rows, (row) => this.makeRows(row)).flat(),
    );
    byId("shown").value =
      `${this.rows.length.toLocaleString("en")} of `
      + counted(this.store.size, "triple", "triples");
    byId("page-number").textContent =
      `page ${(this.page + 1).toLocaleString("en")} of `
      + pages.toLocaleString("en");
    for (const id of ["first-page", "previous-page"]) {
      byId(id).disabled = this.page === 0;
    }
    for (const id of ["next-page", "last-page"]) {
      byId(id).disabled = this.page === pages - 1;
    }
  }

  // A row, and below it one that holds the excerpt.
  makeRows(row) {
    const { store } = this;
    const status = store.shown[store.status[row]];
    const excerpt = this.excerptRow(row);
    const cells = [
      this.entityCell(store.head[row], store.head_kind[row]),
      element("td", { textContent: store.shown[store.relation[row]] }),
      this.entityCell(store.tail[row], store.tail_kind[row]),
      this.shareCell(store.confidence[row]),
      this.shareCell(store.similarity[row]),
      element("td", {}, [
        element("span", { className: "status " + status, textContent: status }),
        element("small", { textContent: store.shown[store.decoding[row]] }),
      ]),
      this.sourceCell(row, excerpt),
    ];
    return [element("tr", {}, cells), excerpt];
  }

  entityCell(entity, kind) {
    const name = element("code", { textContent: this.store.shown[entity] });
    const button = element(
      "button",
      { type: "button", className: "entity", title: "show the graph around it" },
      [name],
    );
    button.addEventListener("click", () => this.showEntity(entity));
    const below = element("small", { textContent: this.store.shown[kind] });
    return element("td", {}, [button, below]);
  }

  shareCell(share) {
    const bar = element("span", { className: "bar" });
    bar.style.width = (100 * share).toFixed(1) + "%";
    return element("td", { className: "number" }, [
      share.toFixed(3), element("span", { className: "track" }, [bar]),
    ]);
  }

  sourceCell(row, excerpt) {
    const { store } = this;
    if (!store.line[row]) return element("td");
    const others = store.num_sources[row] - 1;
    const button = element("button", {
      type: "button",
      className: "open",
      title: "show the source",
      textContent: `${store.shown[store.file[row]]}:${store.line[row]}`,
    });
    button.setAttribute("aria-expanded", !excerpt.hidden);
    button.addEventListener("click", () => {
      excerpt.hidden = !excerpt.hidden;
      button.setAttribute("aria-expanded", !excerpt.hidden);
    });
    const more = others
      ? ", and " + counted(others, "other source", "other sources") : "";
    const chunk = store.shown[store.chunk[row]] + more;
    return element("td", {}, [button, element("small", { textContent: chunk })]);
  }

  excerptRow(row) {
    const { store } = this;
    const number = store.excerpt[row];
    const cell = element("td", { colSpan: 7 });
    if (number < 0) {
      cell.textContent = "The source is not at hand.";
    } else {
      const lines = store.excerpts[number].map((line) => store.lines[line]);
      cell.append(element("pre", {
        textContent: lines
          .map((line) => visible(line.replaceAll("\t", "    "))).join("\n"),
      }));
    }
    const made = element("tr", { className: "excerpt" }, [cell]);
    made.classList.toggle("nothing", number < 0);
    made.hidden = !byId("show-excerpts").checked || !store.line[row];
    return made;
  }
}
