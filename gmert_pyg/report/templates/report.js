"use strict";
// Sorts the table of completed triples and filters it; the page works without.
(() => {
  const table = document.getElementById("completed");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const filters = ["status", "relation"];
  const select = (name) => document.getElementById("by-" + name);

  const filter = () => {
    let shown = 0;
    for (const row of rows) {
      row.hidden = filters.some((name) => {
        const wanted = select(name).value;
        return wanted && row.dataset[name] !== wanted;
      });
      shown += row.hidden ? 0 : 1;
    }
    document.getElementById("shown").value =
      shown + " of " + rows.length + " shown";
  };

  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.key === undefined
      ? cell.textContent.trim()
      : Number(cell.dataset.key);
  };

  const sort = (heading, column) => {
    const down = heading.getAttribute("aria-sort") !== "descending";
    for (const other of table.tHead.rows[0].cells) {
      other.removeAttribute("aria-sort");
    }
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    rows.sort((a, b) => {
      const x = key(a, column);
      const y = key(b, column);
      const order = typeof x === "number"
        ? x - y
        : x.localeCompare(y, "en", { numeric: true });
      return sign * order;
    });
    body.append(...rows);
  };

  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.title = "sort";
    button.addEventListener("click", () => sort(heading, column));
    heading.replaceChildren(button);
  });
  filters.forEach((name) => select(name).addEventListener("change", filter));
  document.querySelector(".filters").hidden = false;
  filter();
})();
