from pathlib import Path

import numpy as np
import pytest

import gmert_pyg
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import parse_module
from gmert_pyg.schema import DEFAULT_SCHEMA, EXTENDED_SCHEMA, Relation, Schema

ERRORS = '''"""What can go wrong."""
class Failure(Exception):
    """A failure, e.g. of a disk. It is rare."""
def failure() -> Failure:
    return Failure()
'''
SHAPES = '''import abc
import functools
from errors import Failure, failure
import errors as wrong
cached = functools.lru_cache
class Shape:
    @abc.abstractmethod
    def area(self):
        """Return
        the area.

        Of any shape.
        """
        raise NotImplementedError
    def name(self): return "shape"
class Square(Shape):
    def area(self): raise wrong.Failure("no side")
    def side(self): raise failure()
    size = 1
class Tile(Square):
    @cached
    def name(self):
        try:
            return 1
        except (KeyError) as error:
            raise error from None
    def area(self):
        raise
    def size(self): pass
async def load(path, problem: Failure):
    await fetch(path)
    task = fetch(path)
    await task
    raise problem
async def fetch(path):
    """"""
    raise Unheard("x")
def plain(x):
    raise x()
'''


@pytest.fixture(scope="module")
def modules():
    codes = {"errors": ERRORS, "shapes": SHAPES}
    return [parse_module(c, f"{name}.py", name) for name, c in codes.items()]


@pytest.fixture(scope="module")
def kg(modules):
    return CodeKG.from_modules(modules, EXTENDED_SCHEMA)


def stated(kg, relation):
    table = kg.to_pandas()
    chosen = table[table["relation"] == relation]
    return set(zip(chosen["head"], chosen["tail"], strict=True))


def test_decorated_by(kg):
    assert stated(kg, "decorated_by") == {
        ("shapes.Shape.area", "abc.abstractmethod"),
        ("shapes.Tile.name", "functools.lru_cache"),
    }


def test_raises_names_the_class_of_the_exception(kg):
    assert stated(kg, "raises") == {
        ("shapes.Shape.area", "builtins.NotImplementedError"),
        ("shapes.Square.area", "errors.Failure"),
        ("shapes.Square.side", "errors.Failure"),
        ("shapes.Tile.name", "builtins.KeyError"),
        ("shapes.load", "errors.Failure"),
        ("shapes.fetch", "?.Unheard"),
    }


def test_overrides_the_next_method_of_the_resolution_order(kg):
    assert stated(kg, "overrides") == {
        ("shapes.Square.area", "shapes.Shape.area"),
        ("shapes.Tile.area", "shapes.Square.area"),
        ("shapes.Tile.name", "shapes.Shape.name"),
    }


def test_awaits_a_call(kg):
    assert stated(kg, "awaits") == {("shapes.load", "shapes.fetch")}


def test_documented_by_the_first_sentence(kg):
    assert stated(kg, "documented_by") == {
        ("errors", "doc:errors"),
        ("errors.Failure", "doc:errors.Failure"),
        ("shapes.Shape.area", "doc:shapes.Shape.area"),
    }
    texts = {
        tail: kg.tail_text(kg.entity_id(tail))
        for _, tail in stated(kg, "documented_by")
    }
    assert texts == {
        "doc:errors": "What can go wrong.",
        "doc:errors.Failure": "A failure, e.g. of a disk.",
        "doc:shapes.Shape.area": "Return the area.",
    }
    (triple,) = np.flatnonzero(
        kg.triples.tail == kg.entity_id("doc:errors.Failure")
    )
    start, end = kg.triples.start[triple], kg.triples.end[triple]
    assert ERRORS[start:end] == "A failure, e.g. of a disk."


def test_the_default_schema_is_not_disturbed(modules, kg):
    plain = CodeKG.from_modules(modules)
    first = kg.triples.relation < DEFAULT_SCHEMA.num_relations
    assert len(plain) == first.sum()
    assert not any(e.qualified_name.startswith("doc:") for e in plain.entities)
    table = kg.to_pandas()[first].reset_index(drop=True)
    assert table.equals(plain.to_pandas())


def test_a_schema_keeps_what_it_names_with_ids_of_its_own(modules, kg):
    schema = Schema(
        "two", 1, tuple(EXTENDED_SCHEMA.relations[i] for i in (13, 2))
    )
    two = CodeKG.from_modules(modules, schema)
    assert stated(two, "raises") == stated(kg, "raises")
    assert stated(two, "instantiates") == stated(kg, "instantiates")
    assert two.relation_counts() == {"raises": 6, "instantiates": 2}


def test_a_narrower_range_drops_and_counts(modules):
    inside = Relation.of("raises", ["method"], ["class"])
    kg = CodeKG.from_modules(modules, Schema("inside", 1, (inside,)))
    assert stated(kg, "raises") == {
        ("shapes.Square.area", "errors.Failure"),
        ("shapes.Square.side", "errors.Failure"),
    }
    # Two built-in classes, and two functions that raise.
    assert kg.dropped == {"raises": 4}


@pytest.mark.parametrize("schema", [DEFAULT_SCHEMA, EXTENDED_SCHEMA])
def test_no_triple_of_real_code_breaks_its_domain_or_range(schema):
    kg = CodeKG.from_source(Path(gmert_pyg.__file__).parent, schema=schema)
    kg.validate()
    assert all(
        kg.relation_counts()[name] for name in schema.relation_names[:11]
    )
    for head, relation, tail in zip(
        kg.triples.head, kg.triples.relation, kg.triples.tail, strict=True
    ):
        assert schema.admits(
            int(relation), kg.entities[head].kind, kg.entities[tail].kind
        )


def test_a_module_whose_name_has_spaces_is_documented():
    facts = parse_module('"""It works."""\n', "my script.py", "my script")
    kg = CodeKG.from_modules([facts], EXTENDED_SCHEMA)
    (tail,) = kg.to_pandas()["tail"]
    assert tail == "doc:my script"
    assert kg.tail_text(kg.entity_id(tail)) == "It works."
