import numpy as np
import pytest
from safetensors.numpy import save_file

from gmert_pyg.data.building import GraphBuilder, GraphOptions
from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.columns import Evidence, Triples
from gmert_pyg.parsing import parse_module
from gmert_pyg.schema import EXTENDED_SCHEMA
from gmert_pyg.tokenization import GraphMertTokenizer

CODE = '''"""Says "hé" <&> \\ud800\\x00."""
import os
class A:
    x: "Literal['\\udc00\\ud800', '\\n']" = 1
    def f(self, y: int) -> "A": return self.g(y)
    def g(self, y):
        def h(): return y
        return A()
def ñ(a): return os.path.join(a.g(1))
'''


@pytest.fixture(scope="module")
def kg():
    return CodeKG.from_modules(
        [parse_module(CODE, "a.py", "a"), parse_module("", "b.py", "b")],
        EXTENDED_SCHEMA,
    )


@pytest.fixture(scope="module")
def saved(kg, tmp_path_factory):
    path = tmp_path_factory.mktemp("kg") / "kg.safetensors"
    kg.skipped["bad.py"] = "no reason"
    kg.save(path)
    return path


def test_everything_comes_back(kg, saved):
    back = CodeKG.load(saved)
    assert back.schema == kg.schema
    assert back.entities == kg.entities
    assert back.modules == kg.modules
    assert back.dropped == kg.dropped
    assert back.skipped == {"bad.py": "no reason"}
    for name, table in (("triples", Triples), ("evidence", Evidence)):
        for column in table.__slots__:
            was, now = (getattr(getattr(x, name), column) for x in (kg, back))
            assert was.dtype == now.dtype
            assert np.array_equal(was, now)
    for number, module in enumerate(kg.modules):
        assert back.definitions(module.path) == kg.definitions(number)
        assert back.statements(module.path) == kg.statements(number)
        for was, now in zip(
            kg.mentions(number), back.mentions(module.path), strict=True
        ):
            assert np.array_equal(was, now)
    for number, entity in enumerate(kg.entities):
        prefix = "type:" if entity.kind == "type" else ""
        assert back.entity_id(prefix + entity.qualified_name) == number
        assert np.array_equal(back.triples_of(number), kg.triples_of(number))
    assert any("\udc00" in entity.name for entity in back.entities)


def test_graphs_can_be_built_from_a_loaded_one(kg, saved):
    tokenizer = GraphMertTokenizer.default()
    first, second = (
        GraphBuilder(x, tokenizer, GraphOptions()).whole_file(0, CODE).get(0)
        for x in (kg, CodeKG.load(saved))
    )
    assert first.to_dict().keys() == second.to_dict().keys()
    for name, value in first.to_dict().items():
        assert np.array_equal(value, second[name])


def test_a_graph_without_files_comes_back(tmp_path):
    CodeKG.from_modules([]).save(tmp_path / "kg.safetensors")
    back = CodeKG.load(tmp_path / "kg.safetensors")
    assert (len(back), back.modules, back.entities) == (0, [], [])


@pytest.mark.parametrize("length", [0, 5, 100, -1])
def test_a_cut_file_is_named(saved, tmp_path, length):
    path = tmp_path / "cut.safetensors"
    path.write_bytes(saved.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"'path' must be a whole .*cut\.saf"):
        CodeKG.load(path)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"header": "[]"},
        {"header": "{"},
        {"header": '{"kind": "graphs", "format": 1}'},
        {"header": '{"kind": "knowledge graph", "format": 99}'},
        {"header": '{"kind": "knowledge graph", "format": 1}'},
    ],
)
def test_a_foreign_file_is_named(tmp_path, metadata):
    path = tmp_path / "other.safetensors"
    save_file({"a": np.zeros(2, np.int32)}, path, metadata=metadata)
    with pytest.raises(ValueError, match="'path' must be a whole knowledge"):
        CodeKG.load(path)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        CodeKG.load(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    ("column", "row", "value", "message"),
    [
        ("relation", 3, 17, r"'triples.relation' must be in \[0, 17\)"),
        ("tail", 2, -1, r"'triples.tail' must be in"),
        ("confidence", 1, 0.0, "a confidence in"),
        ("confidence", 1, np.nan, "a confidence in"),
        ("relation", 0, 9, "sorted and unique"),
    ],
)
def test_wrong_triples_are_named(saved, column, row, value, message):
    kg = CodeKG.load(saved)
    kg.validate()
    getattr(kg.triples, column)[row] = value
    with pytest.raises(ValueError, match=message):
        kg.validate()


def test_the_first_triple_outside_its_domain_is_named():
    code = "class A: pass\nclass B(A): pass\ndef f(): pass\n"
    kg = CodeKG.from_modules([parse_module(code, "m.py", "m")])
    (row,) = np.flatnonzero(
        kg.triples.relation == kg.schema.relation_id("inherits")
    )
    kg.triples.tail[row] = kg.entity_id("m.f")
    with pytest.raises(
        ValueError, match=r"got class 'm\.B' inherits function 'm\.f'"
    ):
        kg.validate()
