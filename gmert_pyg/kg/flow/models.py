"""What built-in functions do with the functions they are given."""

from __future__ import annotations

from gmert_pyg.kg.flow.builtin_models import BUILTINS, LIBRARY
from gmert_pyg.kg.flow.items import ANY
from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.native_methods import METHODS, RESULTS
from gmert_pyg.kg.flow.objects import Kind
from gmert_pyg.parsing.flow import ArgumentKind

_OWN_METHODS = {
    "len": "__len__",
    "str": "__str__",
    "repr": "__repr__",
    "bool": "__bool__",
    "int": "__int__",
    "float": "__float__",
    "hash": "__hash__",
    "abs": "__abs__",
    "format": "__format__",
    "bytes": "__bytes__",
    "round": "__round__",
    "reversed": "__reversed__",
    "dir": "__dir__",
}
_CONTAINERS = ("list", "tuple", "set", "frozenset", "reversed", "sorted")
_CONSTANTS = ("str", "int", "float", "bytes", "complex", "repr", "bool")


class Models:
    """Models of functions whose code is not Python of the project.

    Args:
        machine: the state of the analysis.
    """

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def run(self, name: str, call: Call) -> bool:
        """Model a function of the standard library; tell whether it is one."""
        model = LIBRARY.get(name)
        if model is None:
            return False
        model(self, call)
        return True

    def run_builtin(self, name: str, call: Call) -> None:
        """Model a built-in function or class."""
        own = _OWN_METHODS.get(name)
        if own is not None:
            self.m.flow.watch(call.positional(0), self._call_own, own, call)
        model = BUILTINS.get(name)
        if model is not None:
            model(self, call)
        elif name in _CONSTANTS:
            self.m.flow.add_if(call.result, self.m.constant(name))
        elif name in _CONTAINERS:
            self.m.flow.add_if(call.result, self.collect(name, call))
            if name == "sorted":
                self.by_key(call)

    def run_native(
        self, type_name: str, name: str, thing: int, call: Call
    ) -> None:
        """Model a method of a built-in type."""
        model = METHODS.get(name)
        if model is not None and self.m.kind(thing) != Kind.CONSTANT:
            model(self.m, thing, call)
        given = RESULTS.get(type_name, {}).get(name)
        if given in ("str", "bytes", "int"):
            self.m.flow.add_if(call.result, self.m.constant(given))
        elif given is not None:
            made = self.m.objects.container(given, "of", thing, name)
            self.m.flow.add_if(call.result, made)
            element = self.m.constant(type_name)
            self.m.flow.add(self.m.flow.field(made, ANY), (element,))

    def _call_own(self, thing: int, name: str, call: Call) -> None:
        if self.m.kind(thing) == Kind.INSTANCE:
            self.m.items.call_own(thing, name, Call(call.site, -1))

    def collect(self, type_name: str, call: Call) -> int:
        """Return a fresh container of the elements of the first argument."""
        names = {"reversed": "list", "sorted": "list", "frozenset": "set"}
        kind = names.get(type_name, type_name)
        made = self.m.objects.container(kind, "made", call.result, call.site)
        iterable = call.positional(0)
        if iterable >= 0:
            self.m.flow.watch(iterable, self._collect_one, made, call.site)
        return made

    def _collect_one(self, thing: int, made: int, site: int) -> None:
        m = self.m
        if m.kind(thing) == Kind.CONTAINER:
            data = m.objects.data[thing]
            if data.type in ("list", "tuple"):
                # A copy keeps the places of its elements.
                m.copies.update_from(thing, made)
                return
        m.items.iterate_one(thing, m.flow.field(made, ANY), site)

    def elements(self, node: int, site: int) -> int:
        """Return a node that holds the elements of what another holds."""
        found = self.m.flow.nodes()
        if node >= 0:
            self.m.items.iterate(node, found, site)
        return found

    def call(
        self, callee: int, site: int, *arguments: int, result: int = -1
    ) -> None:
        """State that a built-in function calls what it is given."""
        pairs = tuple((int(ArgumentKind.POSITIONAL), a) for a in arguments)
        self.m.flow.watch(
            callee,
            self.m.calls.apply,
            Call(site, result, pairs),
            -1,
            late=True,
        )

    def by_key(self, call: Call) -> None:
        """State that the `key` of a call is called with each element."""
        key = call.argument("key")
        if key >= 0:
            found = self.elements(call.positional(0), call.site)
            self.call(key, call.site, found)
