// Puts the page together, and tells if that fails.

const tellFailure = (reason) => {
  const failure = byId("failure");
  failure.textContent = "The page's script failed: " + reason;
  failure.hidden = false;
};

const listenToFilters = (store, redraw) => {
  const boxes = document.querySelectorAll("#relations input, #statuses input");
  const confidence = byId("confidence");
  const apply = () => {
    store.hidden = new Set(
      Array.from(boxes).filter((box) => !box.checked)
        .map((box) => Number(box.value)),
    );
    store.leastConfidence = Number(confidence.value);
    byId("confidence-shown").value = store.leastConfidence.toFixed(2);
    redraw();
  };
  let waiting = false;
  const applySoon = () => { // a slider tells more often than pages are drawn
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      apply();
    }, 30);
  };
  boxes.forEach((box) => box.addEventListener("change", applySoon));
  confidence.addEventListener("input", applySoon);
  for (const [id, checked] of [["all-relations", true], ["no-relation", false]]) {
    byId(id).addEventListener("click", () => {
      for (const box of document.querySelectorAll("#relations input")) {
        box.checked = checked;
      }
      applySoon();
    });
  }
  apply(); // a browser may keep the choices of an earlier visit
};

const openPage = () => {
  const store = new TripleStore(JSON.parse(byId("data").textContent));
  const table = new TripleTable(store, (entity) => {
    graph.centreOn(entity);
    byId("graph").scrollIntoView();
  });
  const graph = new EntityGraph(store, (entity) => {
    table.showOnly(entity);
    byId("triples").scrollIntoView();
  });
  listenToFilters(store, () => {
    graph.draw();
    table.filter();
  });
};

addEventListener("error", (event) => tellFailure(event.message));
openPage();
