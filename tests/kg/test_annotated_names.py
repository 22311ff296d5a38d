"""What annotations say about attributes that are called later."""

import pytest

from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import parse_module

ANIMALS = """
from typing import Callable, Literal, Optional, TypeVar
T = TypeVar("T")
class Dog:
    def noise(self): pass
    @classmethod
    def make(cls): pass
class Robot:
    def noise(self): pass
    def make(self): pass
class Kennel:
    first: Optional[Dog] = None
    kind: type[Dog]
    names: "list[str]"
    mode: Literal["a"]
    hook: Optional[Callable[[], int]]
def find() -> "Dog | None": pass
def same(value: T) -> T: pass
"""
USES = """
from typing import Type, Union
from animals import Dog, Kennel, Robot, find, same
def use(dog: Union[None, "Dog"], either: Union[Dog, Robot], kind: Type[Dog],
        kennel: Kennel):
    {}
"""


@pytest.mark.parametrize(
    ("statement", "callee"),
    [
        ("dog.noise()", "animals.Dog.noise"),
        ("either.noise()", "?.noise"),
        ("kind.make()", "animals.Dog.make"),
        ("kind().noise()", "animals.Dog.noise"),
        ("kennel.first.noise()", "animals.Dog.noise"),
        ("kennel.kind.make()", "animals.Dog.make"),
        ("kennel.names.append('x')", "builtins.list.append"),
        ("kennel.mode.make()", "?.make"),
        ("kennel.hook.make()", "?.make"),
        ("find().noise()", "animals.Dog.noise"),
        ("same(3).noise()", "?.noise"),
    ],
)
def test_calls_through_an_annotation(statement, callee):
    modules = [
        parse_module(ANIMALS, "animals.py", "animals"),
        parse_module(USES.format(statement), "uses.py", "uses"),
    ]
    table = CodeKG.from_modules(modules).to_pandas()
    called = table[(table["head"] == "uses.use") & (table.relation == "calls")]
    assert callee in set(called["tail"])
    methods = ("noise", "make", "append")
    assert sum(tail.endswith(methods) for tail in called["tail"]) == 1


def test_a_type_variable_is_no_class():
    kg = CodeKG.from_modules([parse_module(ANIMALS, "animals.py", "animals")])
    rows = kg.to_pandas().values.tolist()
    types = {(row[0], row[1]): row[2] for row in rows}
    assert types["animals.T", "has_type"] == "typing.TypeVar"
    assert types["animals.same.value", "has_type"] == "T"
    assert types["animals.same", "returns"] == "T"


def test_annotations_of_a_second_project_mean_its_own_classes(tmp_path):
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "animals.py").write_text(ANIMALS)
        (folder / "uses.py").write_text(USES.format("find().noise()"))
    kg = CodeKG.from_source([tmp_path / "one", tmp_path / "two"])
    rows = kg.to_pandas().values.tolist()
    calls = {tuple(row[:3]) for row in rows}
    assert ("uses.use", "calls", "animals.Dog.noise") in calls
    assert ("uses~2.use", "calls", "animals~2.Dog.noise") in calls
