"""What can be checked by rule about the docstrings of public names.

Their examples are run by pytest itself (`--doctest-modules`).
"""

import ast
import dataclasses
import doctest
import inspect
import re
import textwrap
from typing import ClassVar, get_origin

import pytest
from torch import Tensor, nn

import gmert_pyg
import gmert_pyg.nn.conv
import gmert_pyg.tokenization
import gmert_pyg.training
import gmert_pyg.transforms

PACKAGES = (
    gmert_pyg,
    gmert_pyg.nn,
    gmert_pyg.nn.conv,
    gmert_pyg.tokenization,
    gmert_pyg.training,
    gmert_pyg.transforms,
)
PUBLIC = sorted(
    {
        getattr(package, name)
        for package in PACKAGES
        for name in package.__all__
    },
    key=lambda public: public.__qualname__,
)
each_public_name = pytest.mark.parametrize(
    "public", PUBLIC, ids=[public.__qualname__ for public in PUBLIC]
)


def docs(public):
    inherits = isinstance(public, type) and "__doc__" not in vars(public)
    return "" if inherits else inspect.getdoc(public) or ""


def section(text, title):
    """The lines below a title, up to the next line that is not indented."""
    found = re.search(rf"^{title}:\n((?:(?: .*)?\n)*)", text + "\n", re.M)
    return textwrap.dedent(found[1]) if found else ""


def documented(text):
    """Parameters as a section `Args` gives them: name to (type, meaning)."""
    entries = re.split(r"^(?=\S)", section(text, "Args"), flags=re.M)
    parsed = [
        re.match(r"(\*{0,2}\w+) \((.*?)\):\s(.*)", " ".join(entry.split()))
        for entry in entries
        if entry.strip()
    ]
    assert all(parsed), f"not `name (type): meaning`: {entries}"
    return {found[1]: (found[2], found[3]) for found in parsed}


def parameters(public):
    """Names and defaults of what a function or a class itself takes."""
    empty = inspect.Parameter.empty
    if dataclasses.is_dataclass(public):
        own = inspect.get_annotations(public, eval_str=True)
        defaults = {
            field.name: empty
            if field.default is dataclasses.MISSING
            else field.default
            for field in dataclasses.fields(public)
        }
        return {
            name: defaults[name]
            for name, kind in own.items()
            if get_origin(kind) is not ClassVar and kind is not ClassVar
            and name in defaults
        }  # fmt: skip
    function = (
        vars(public).get("__init__") if isinstance(public, type) else public
    )
    if function is None:
        return {}
    prefix = {
        inspect.Parameter.VAR_POSITIONAL: "*",
        inspect.Parameter.VAR_KEYWORD: "**",
    }
    return {
        prefix.get(parameter.kind, "") + name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "self"
    }


def entry_points(public):
    """The functions that a user of the name calls first."""
    if not isinstance(public, type):
        return [public]
    names = ["__post_init__", "forward", "__call__"]
    if not dataclasses.is_dataclass(public):
        names.append("__init__")
    return [vars(public)[name] for name in names if name in vars(public)]


@each_public_name
def test_a_name_opens_with_a_sentence(public):
    first = docs(public).split("\n\n")[0]
    assert first[:1].isupper() or first[:1] in "`:"
    assert first.rstrip().endswith((".", ":")), first


@each_public_name
def test_every_parameter_is_documented_with_its_type_and_default(public):
    taken, told = parameters(public), documented(docs(public))
    told.pop("**kwargs", None) if "**kwargs" not in taken else None
    assert list(told) == list(taken)
    for name, default in taken.items():
        kind, meaning = told[name]
        if default is inspect.Parameter.empty:
            assert ("optional" in kind) == name.startswith("*")
            continue
        assert kind.endswith("optional"), name
        shown = re.search(r"\(default: (?::obj:`(.*?)`)?", meaning)
        assert shown or default is None, name
        if shown and shown[1] and isinstance(default, bool | int | float | str):
            assert eval(shown[1], {}) == default, name


@each_public_name
def test_there_is_an_example(public):
    finder = doctest.DocTestFinder(recurse=False)
    assert any(found.examples for found in finder.find(public))


@each_public_name
def test_an_error_that_is_raised_is_documented(public):
    functions = entry_points(public)
    raised = [
        node
        for function in functions
        for node in ast.walk(
            ast.parse(textwrap.dedent(inspect.getsource(function)))
        )
        if isinstance(node, ast.Raise)
    ]
    told = [docs(public), *(function.__doc__ or "" for function in functions)]
    assert not raised or any("Raises:" in text for text in told)


@each_public_name
def test_shapes_of_tensors_are_given(public):
    annotated = (
        inspect.get_annotations(public, eval_str=True).values()
        if inspect.isfunction(public)
        else ()
    )
    is_layer = isinstance(public, type) and issubclass(public, nn.Module)
    if is_layer or Tensor in annotated:
        assert section(docs(public), "Shapes")


@each_public_name
def test_public_methods_of_a_class_are_documented(public):
    if not isinstance(public, type):
        return
    module = public.__module__
    inherited = {name for base in public.__mro__[1:] for name in vars(base)}
    for name, method in vars(public).items():
        member = getattr(method, "__func__", method)
        if (
            name.startswith("_")
            or name in inherited
            # PyG adds methods of modules that it generates.
            or getattr(member, "__module__", module) != module
            or (
                not isinstance(member, property)
                and not inspect.isfunction(member)
            )
        ):
            continue
        text = inspect.getdoc(member)
        assert text, name
        if inspect.isfunction(member) and section(text, "Args"):
            taken = list(inspect.signature(member).parameters)
            told = [
                told.lstrip("*")
                for told in re.findall(
                    r"^(\*{0,2}\w+)(?: \(.*?\))?:", section(text, "Args"), re.M
                )
            ]
            assert told == [t for t in taken if t not in ("self", "cls")]
