from pathlib import Path

import numpy as np
import pytest

from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import parse_module, read_source
from gmert_pyg.schema import DEFAULT_SCHEMA

SOURCES = Path(__file__).parents[1] / "data" / "sources"


@pytest.fixture(scope="module")
def kg():
    return CodeKG.from_source(SOURCES)


@pytest.fixture(scope="module")
def stated(kg):
    table = kg.to_pandas()
    return {
        (head, relation, tail): how
        for head, relation, tail, how in zip(
            table["head"],
            table["relation"],
            table["tail"],
            table["resolution"],
            strict=True,
        )
    }


CIRCLE = "geometry.shapes.Circle"


@pytest.mark.parametrize(
    ("head", "relation", "tail", "how"),
    [
        ("client", "instantiates", CIRCLE, "import"),
        ("client.disc", "has_type", CIRCLE, "constructor"),
        ("client.main", "calls", "geometry.shapes.make_circle", "import"),
        ("client.main.made", "has_type", CIRCLE, "return"),
        ("client.main", "calls", f"{CIRCLE}.area", "constructor"),
        ("client.main", "calls", f"{CIRCLE}.grow", "constructor"),
        ("client.main", "calls", "geometry.helpers.normalise", "star"),
        ("client.main", "calls", "geometry.missing", "import"),
        (CIRCLE, "inherits", "geometry.base.Shape", "import"),
        (CIRCLE, "has_field", f"{CIRCLE}.radius", "self"),
        (f"{CIRCLE}.area", "calls", "geometry.base.Shape.area", None),
        (f"{CIRCLE}.grow", "calls", "geometry.base.Shape.scale", "inherited"),
        (f"{CIRCLE}.grow", "calls", "?.unheard_of", "name"),
        (f"{CIRCLE}.grow.by", "has_type", "int | None", "annotation"),
        ("geometry.shapes.make_circle", "returns", CIRCLE, "constructor"),
        ("geometry.base.Shape.scale", "returns", "geometry.base.Shape", None),
        ("geometry.shapes.strange", "calls", f"{CIRCLE}.grow", "unique-name"),
        ("geometry.shapes.strange", "calls", "?.append", "name"),
        ("geometry.shapes.strange", "calls", "?.area", "name"),
        ("geometry", "imports", "geometry.helpers", "import"),
        (CIRCLE, "imported_from", "geometry.shapes", "import"),
        ("geometry.shapes", "imports", "math", "import"),
    ],
)
def test_asserted_triples(stated, head, relation, tail, how):
    assert (head, relation, tail) in stated
    assert how in (None, stated[head, relation, tail])


@pytest.mark.parametrize(
    "triple",
    [
        ("client.main", "calls", "client.maker"),
        ("client", "calls", CIRCLE),
        ("geometry.shapes.strange", "calls", "geometry.shapes.strange.radius"),
        (f"{CIRCLE}.area", "calls", f"{CIRCLE}.area"),
        ("geometry.shapes.strange", "calls", "geometry.base.Shape.area"),
    ],
)
def test_refuted_triples(stated, triple):
    assert triple not in stated


def test_callee_that_is_a_variable_is_dropped_and_counted(kg):
    assert kg.dropped["calls"] >= 1


def test_every_triple_respects_the_schema(kg):
    for head, relation, tail in zip(
        kg.triples.head, kg.triples.relation, kg.triples.tail, strict=True
    ):
        assert DEFAULT_SCHEMA.admits(
            int(relation), kg.entities[head].kind, kg.entities[tail].kind
        )


def test_triples_are_unique_and_found_by_head(kg):
    keys = np.stack([kg.triples.head, kg.triples.relation, kg.triples.tail])
    assert len(np.unique(keys, axis=1).T) == len(kg)
    found = [kg.triples_of(i) for i in range(len(kg.entities))]
    assert np.array_equal(np.concatenate(found), np.arange(len(kg)))
    circle = kg.entity_id(CIRCLE)
    assert (kg.triples.head[kg.triples_of(circle)] == circle).all()


def test_evidence_holds_all_places_of_a_triple():
    code = "def f(): pass\ndef g():\n  f()\n  f()\n"
    kg = CodeKG.from_modules([parse_module(code, "m.py", "m")])
    calls = kg.schema.relation_id("calls")
    (triple,) = np.flatnonzero(kg.triples.relation == calls)
    first, last = kg.evidence.pointers[triple : triple + 2]
    places = kg.evidence.start[first:last].tolist()
    assert places == [code.index("f()\n  f"), code.rindex("f()")]
    assert kg.triples.start[triple] == places[0]
    assert kg.triples.line[triple] == 3


def test_mentions_link_every_identifier(kg):
    for number, module in enumerate(kg.modules):
        text = read_source(module.path)
        start, end, entity = kg.mentions(number)
        assert np.array_equal(start, np.sort(start))
        facts = parse_module(text, module.path, module.name)
        assert len(start) == len(facts.mentions)
        assert entity.min(initial=0) >= 0
        for first, last, linked in zip(start, end, entity, strict=True):
            found = kg.entities[linked]
            written = text[first:last]
            assert written.isidentifier()
            if found.qualified_name.startswith("?."):
                assert found.name == written


def test_keyword_argument_is_linked_to_the_parameter(kg):
    path = str(SOURCES / "client.py")
    text = read_source(path)
    start, _, entity = kg.mentions(path)
    place = np.searchsorted(start, text.index("by=1"))
    linked = kg.entities[entity[place]].qualified_name
    assert linked == f"{CIRCLE}.grow.by"


def test_tail_text(kg):
    assert kg.tail_text(kg.entity_id(CIRCLE)) == "Circle"
    assert kg.tail_text(kg.entity_id("geometry.shapes")) == "geometry.shapes"
    assert kg.tail_text(kg.entity_id("type:int | None")) == "int | None"
    assert kg.tail_text(kg.entity_id("?.append")) == "append"
    assert kg.entity_id("no.such") is None


def test_exports_agree(kg):
    table, graph = kg.to_pandas(), kg.to_networkx()
    assert list(table.columns) == [
        *("head", "relation", "tail", "head_kind", "tail_kind"),
        *("file", "line", "resolution", "confidence"),
    ]
    assert len(table) == len(kg) == graph.number_of_edges()
    assert graph.number_of_nodes() == len(kg.entities)
    assert table["confidence"].between(0.0, 1.0, inclusive="right").all()
    assert repr(kg).startswith("CodeKG(modules=")


def test_bad_files_are_skipped_with_a_reason(tmp_path):
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("def (:\n")
    (tmp_path / "null.py").write_bytes(b"\0")
    kg = CodeKG.from_source(tmp_path)
    assert [module.name for module in kg.modules] == ["good"]
    assert set(kg.skipped) == {
        str(tmp_path / "bad.py"),
        str(tmp_path / "null.py"),
    }
    assert "null bytes" in kg.skipped[str(tmp_path / "null.py")]


def test_empty_project(tmp_path):
    kg = CodeKG.from_source(tmp_path)
    assert (len(kg), len(kg.entities), len(kg.evidence)) == (0, 0, 0)
    assert len(kg.to_pandas()) == 0


def test_missing_source_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'source' must be"):
        CodeKG.from_source(tmp_path / "none")


def test_cycles_of_imports_and_bases_end():
    codes = {
        "a": "from b import x\nfrom b import *\nclass C(D): pass\n"
        "class D(C): pass\nC().y\nx.z\nv = w\nw = v\nv()",
        "b": "from a import x\nfrom a import *\n",
    }
    kg = CodeKG.from_modules(
        [parse_module(code, f"{name}.py", name) for name, code in codes.items()]
    )
    assert len(kg.mentions(0)[0]) > 0


def test_diamond_follows_the_method_resolution_order():
    code = (
        "class A:\n  def f(self): pass\n"
        "class B(A): pass\n"
        "class C(A):\n  def f(self): pass\n"
        "class D(B, C):\n  def g(self): self.f()\n"
    )
    kg = CodeKG.from_modules([parse_module(code, "m.py", "m")])
    table = kg.to_pandas()
    assert table[table["relation"] == "calls"]["tail"].tolist() == ["m.C.f"]


def test_a_relative_import_outside_any_package_has_no_module():
    code = "from . import near\nfrom .. import *\nnear.f()\n"
    kg = CodeKG.from_modules([parse_module(code, "m.py", "m")])
    assert {entity.qualified_name for entity in kg.entities} >= {"m", "near"}
    assert "imports" not in set(kg.to_pandas().relation)


def test_a_star_brings_private_names_of_the_project():
    codes = {
        "a": "__all__ = ['_f']\ndef _f(): pass\n",
        "b": "from a import *\nfrom os import *\n",
        "c": "import b\nb._f()\nb._g()\n",
    }
    kg = CodeKG.from_modules(
        [parse_module(code, f"{name}.py", name) for name, code in codes.items()]
    )
    table = kg.to_pandas()
    table = table[table["relation"] == "calls"]
    assert set(table["tail"]) == {"a._f", "b._g"}
