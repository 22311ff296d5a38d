from pathlib import Path

import pytest

from gmert_pyg.kg import CodeKG

for grammar in ("c", "go", "java", "javascript", "python", "typescript"):
    pytest.importorskip(f"tree_sitter_{grammar}")

PROJECTS = Path(__file__).parents[1] / "data" / "languages"
APP, BASE = "com.example.app", "com.example.base"
GO = "example_com/acme/shapes"
GEOMETRY = f"{GO}/geometry"

ASSERTED = {
    "java": [
        (BASE, "contains", f"{BASE}.Shape"),
        (f"{BASE}.Shape", "has_field", f"{BASE}.Shape.scale"),
        (f"{BASE}.Shape.grow", "returns", f"{BASE}.Shape"),
        (f"{BASE}.Shape.grow", "has_parameter", f"{BASE}.Shape.grow.by"),
        (APP, "imports", BASE),
        (f"{BASE}.Shape", "imported_from", BASE),
        (f"{APP}.Circle", "inherits", f"{BASE}.Shape"),
        (f"{APP}.Circle", "inherits", f"{BASE}.Named"),
        (f"{APP}.Circle", "contains", f"{APP}.Circle.Circle"),
        (f"{APP}.Circle.style", "has_type", f"{APP}.Circle.Style"),
        (f"{APP}.Circle.Style", "has_field", f"{APP}.Circle.Style.FILLED"),
        (f"{APP}.Circle.name", "calls", f"{APP}.Circle.helper"),
        (f"{APP}.Circle.radius", "flows_to", f"{APP}.Circle.helper"),
        (f"{APP}.Circle.area", "declares", f"{APP}.Circle.area.grösse"),
        (f"{APP}.Main.make", "instantiates", f"{APP}.Circle"),
        (f"{APP}.Main.make.r", "flows_to", f"{APP}.Circle"),
        (f"{APP}.Main.main", "calls", f"{BASE}.Shape.grow"),
        (f"{APP}.Main.main", "calls", f"{BASE}.Shape.area"),
        (f"{APP}.Main.main", "calls", f"{APP}.Circle.area"),
        (f"{APP}.Main.main", "calls", f"{APP}.Circle.name"),
        (f"{APP}.Main.main", "calls", "java.lang.Integer.parseInt"),
        (
            f"{APP}.Main.main",
            "calls",
            "com.google.common.collect.Lists.newArrayList",
        ),
        (f"{APP}.Main.main.shape", "has_type", f"{BASE}.Shape"),
        (f"{APP}.Main.main.other", "has_type", f"{APP}.Circle"),
        (f"{APP}.Main.main.shapes", "has_type", "List<Shape>"),
        (f"{APP}.Main.Pair", "has_field", f"{APP}.Main.Pair.left"),
    ],
    "javascript": [
        ("lib/shapes.Square", "inherits", "lib/shapes.Shape"),
        ("lib/shapes.Shape", "inherits", "events.EventEmitter"),
        ("lib/shapes.Shape", "has_field", "lib/shapes.Shape.größe"),
        ("lib/shapes.Shape", "has_field", "lib/shapes.Shape.#hidden"),
        ("lib/shapes.Square.area", "calls", "lib/shapes.Shape.area"),
        ("lib/shapes.makeShape", "returns", "lib/shapes.Shape"),
        ("lib/shapes", "contains", "lib/shapes.double"),
        (
            "lib/shapes.Shape.constructor",
            "has_parameter",
            "lib/shapes.Shape.constructor.h",
        ),
        ("lib/shapes.LIMIT", "flows_to", "lib/shapes.Shape.area.scale"),
        ("main", "instantiates", "lib/shapes.Square"),
        ("main.square", "has_type", "lib/shapes.Square"),
        ("main.run", "calls", "lib/shapes.makeShape"),
        ("main.run", "calls", "lib/shapes.Shape.area"),
        ("main.run", "calls", "lib/shapes.Square.area"),
        ("main.run", "calls", "lib/shapes.double"),
        ("main.run", "calls", "legacy.load"),
        ("main.run", "calls", "legacy.save"),
        ("main.run", "calls", "globalThis.console.log"),
        ("main.run", "declares", "main.run.<scope1>.shape"),
        ("main.run.items", "flows_to", "main.run.item"),
        ("main", "calls", "react.useState"),
        ("main", "imports", "lib"),
        ("legacy.load", "calls", "legacy.Reader"),
        ("legacy.load", "calls", "util.format"),
        ("legacy.Reader", "calls", "fs.readFileSync"),
    ],
    "typescript": [
        ("model/circle.Circle", "inherits", "model/shape.Shape"),
        ("model/shape.Shape", "inherits", "model/shape.Named"),
        ("model/shape.Shape", "has_field", "model/shape.Shape.name"),
        ("model/shape.Shape.style", "has_type", "model/shape.Style"),
        ("model/shape.Named", "contains", "model/shape.Named.describe"),
        ("model/circle.Circle.center", "has_type", "model/shape.Point"),
        ("model/circle.Circle", "contains", "model/circle.Circle.onChange"),
        ("model/circle.Circle.of", "returns", "Circle<string>"),
        ("model/circle.Tools.measure", "calls", "model/circle.Tools.helper"),
        ("model/circle.Tools.helper", "calls", "model/shape.Named.describe"),
        ("app.View", "calls", "model/shape.Shape.describe"),
        ("app.View", "calls", "model/circle.Tools.measure"),
        ("app.View.style", "has_type", "model/shape.Style"),
        ("app.Props.label", "has_type", "model/shape.Id"),
        ("app", "calls", "model/circle.Circle.area"),
        ("app.makeCircle", "instantiates", "model/circle.Circle"),
    ],
    "go": [
        (f"{GO}/app", "imports", GEOMETRY),
        (f"{GEOMETRY}.Circle", "inherits", f"{GEOMETRY}.Base"),
        (f"{GEOMETRY}.Circle", "contains", f"{GEOMETRY}.Circle.Area"),
        (f"{GEOMETRY}.Circle.next", "has_type", f"{GEOMETRY}.Circle"),
        (f"{GEOMETRY}.NewCircle", "instantiates", f"{GEOMETRY}.Circle"),
        (f"{GEOMETRY}.NewCircle", "returns", f"{GEOMETRY}.Circle"),
        (f"{GEOMETRY}.Circle.Area", "calls", f"{GEOMETRY}.Base.Rename"),
        (
            f"{GEOMETRY}.Base.Rename.name",
            "flows_to",
            f"{GEOMETRY}.Base.Name",
        ),
        (f"{GEOMETRY}.Area", "contains", f"{GEOMETRY}.Area.Area"),
        (f"{GO}/app.main", "calls", f"{GEOMETRY}.NewCircle"),
        (f"{GO}/app.main", "calls", f"{GEOMETRY}.Circle.Area"),
        (f"{GO}/app.main", "calls", f"{GEOMETRY}.Base.Rename"),
        (f"{GO}/app.main", "calls", f"{GEOMETRY}.Area.Area"),
        (f"{GO}/app.main", "calls", f"{GEOMETRY}.Celsius.Double"),
        (f"{GO}/app.main.c", "has_type", f"{GEOMETRY}.Circle"),
        (f"{GO}/app.total", "calls", "fmt.Println"),
        (f"{GO}/app.total", "declares", f"{GO}/app.total.<scope1>.sum"),
        (
            f"{GO}/app.total.sum",
            "flows_to",
            f"{GO}/app.total.<scope1>.sum",
        ),
    ],
    "c": [
        ("src/shape", "imports", "include/geo/shape"),
        ("src/main", "imports", "include/geo/shape"),
        ("src/main", "imports", "stdio"),
        (
            "include/geo/shape.shape",
            "has_field",
            "include/geo/shape.shape.next",
        ),
        ("src/main.main", "calls", "src/shape.shape_new"),
        ("src/main.main", "calls", "src/shape.shape_area"),
        ("src/main.main", "calls", "include/geo/shape.external_only"),
        ("src/main.main", "calls", "?.printf"),
        ("src/main.main.shape", "has_type", "include/geo/shape.shape"),
        ("src/main.main.argc", "flows_to", "src/shape.shape_area"),
        ("src/shape.shape_area", "calls", "src/internal.count_call"),
        ("src/shape.shape_area", "calls", "src/shape.scaled"),
        ("src/shape.shape_new", "calls", "include/geo/shape.SQUARE"),
        (
            "src/shape.shape_area",
            "has_parameter",
            "src/shape.shape_area.scale",
        ),
        ("src/internal.count_call", "calls", "src/internal._hidden"),
        (
            "src/shape.shape_new.width",
            "flows_to",
            "include/geo/shape.shape.width",
        ),
    ],
    "broken_python": [
        ("old.Old", "inherits", "base.Base"),
        ("old.Old", "has_field", "old.Old.name"),
        ("old.Old.__init__", "has_parameter", "old.Old.__init__.größe"),
        ("old.Old.show", "calls", "old.Old.draw"),
        ("old.Old.show.items", "flows_to", "old.Old.show.item"),
        ("old.Old.draw", "calls", "os.path.join"),
        ("base.use", "calls", "old.Old.show"),
        ("unfinished.first", "calls", "base.Base.paint"),
    ],
}
REFUTED = {
    "java": [
        (f"{APP}.Circle", "has_field", f"{APP}.Circle.helper.total"),
        (f"{APP}.Circle.Circle", "has_parameter", f"{APP}.Circle.radius"),
        (f"{APP}.Main.make", "returns", f"{APP}.Circle.Circle"),
        (f"{APP}.Main.main", "contains", f"{APP}.Main.main.f"),
    ],
    "javascript": [
        ("lib/shapes.Square", "contains", "lib/shapes.Shape.area"),
        ("main", "declares", "main.legacy"),
        ("main.run.<scope1>.shape", "has_type", "lib/shapes.Shape"),
        ("legacy", "declares", "legacy.save"),
    ],
    "typescript": [
        ("app.View.circle", "has_type", "app.Props"),
        ("app.Label", "declares", "app.Label.text"),
        ("model/circle", "contains", "model/circle.helper"),
    ],
    "go": [
        (f"{GO}/app.total", "instantiates", "fmt.Println"),
        (f"{GEOMETRY}.Circle.Area", "has_parameter", f"{GEOMETRY}.Circle"),
        (f"{GO}/app.total", "declares", f"{GO}/app.total._"),
    ],
    "c": [
        ("include/geo/shape", "contains", "src/shape.shape_area"),
        ("src/internal", "declares", "src/internal.i"),
        (
            "src/shape.shape_area",
            "has_parameter",
            "include/geo/shape.shape_area.scale",
        ),
    ],
    "broken_python": [
        ("old.Old.show", "has_parameter", "old.Old.show.self"),
        ("old", "declares", "old.name"),
    ],
}


@pytest.fixture(scope="module")
def stated():
    known = {}

    def of(project):
        if project not in known:
            kg = CodeKG.from_source(PROJECTS / project, languages="all")
            assert not kg.skipped
            assert not any(module.dropped_spans for module in kg.modules)
            table = kg.to_pandas()
            known[project] = set(
                zip(
                    table["head"],
                    table["relation"],
                    table["tail"],
                    strict=True,
                )
            )
        return known[project]

    return of


@pytest.mark.parametrize(
    ("project", "triple"),
    [(name, triple) for name, found in ASSERTED.items() for triple in found],
)
def test_asserted_triples(stated, project, triple):
    assert triple in stated(project)


@pytest.mark.parametrize(
    ("project", "triple"),
    [(name, triple) for name, found in REFUTED.items() for triple in found],
)
def test_refuted_triples(stated, project, triple):
    assert triple not in stated(project)


def test_a_directory_is_searched_for_the_languages_asked_for():
    kg = CodeKG.from_source(PROJECTS, languages=("go", "c"))
    assert {module.language for module in kg.modules} == {"go", "c"}
    kg = CodeKG.from_source(PROJECTS / "broken_python")
    assert {module.language for module in kg.modules} == {"python"}
    recovered = {Path(path).stem for path in kg.recovered}
    assert recovered == {"old", "unfinished"}
    with pytest.raises(ValueError, match=r"'languages' must be .*'cobol'"):
        CodeKG.from_source(PROJECTS, languages=("go", "cobol"))


def test_all_languages_at_once_in_workers():
    alone = CodeKG.from_source(PROJECTS, languages="all")
    together = CodeKG.from_source(PROJECTS, languages="all", num_workers=2)
    assert alone.entities == together.entities
    assert alone.modules == together.modules


def test_an_include_that_two_headers_answer_to_is_left_open(tmp_path):
    for name, text in {
        "a/x.h": "int f(void);",
        "b/x.h": "int f(void);",
        "m.c": '#include "x.h"\nint main(void) { return f(); }',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    table = CodeKG.from_source(tmp_path, languages="c").to_pandas()
    calls = table[table["relation"] == "calls"]
    assert calls["tail"].tolist() == ["?.f"]
