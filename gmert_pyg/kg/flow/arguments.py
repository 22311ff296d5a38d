"""Binding arguments to parameters."""

from __future__ import annotations

from gmert_pyg.kg.flow.items import ANY, KEYS
from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.objects import Function, Kind
from gmert_pyg.parsing.flow import ArgumentKind, ParameterKind

_POSITIONAL = (ParameterKind.POSITIONAL, ParameterKind.NAMED)


class Arguments:
    """Binds the arguments of calls.

    Args:
        machine: the state of the analysis.
    """

    def __init__(self, machine: Machine) -> None:
        self._m = machine

    def bind(
        self, thing: int, function: Function, call: Call, receiver: int
    ) -> dict[int, int]:
        """Bind the arguments of a call to parameters.

        Args:
            thing: the function as an object.
            function: the function.
            call: the call.
            receiver: what a method is bound to, or -1.

        Returns:
            the nodes that parameters are bound to, by position, where the
            call says so on its own.
        """
        flow = self._m.flow
        bound: dict[int, int] = {}
        index, spread = 0, False
        if receiver >= 0:
            self.receive(thing, function, receiver)
            index = 1
        for kind, node in call.arguments:
            if kind == ArgumentKind.POSITIONAL:
                if spread:
                    self._rest(thing, function, node, index)
                else:
                    self._position(thing, function, node, index, bound)
                index += 1
            elif kind == ArgumentKind.STAR:
                flow.watch(node, self._spread, thing, index)
                spread = True
            elif kind == ArgumentKind.DOUBLE_STAR:
                flow.watch(node, self._spread_named, thing)
            else:
                self._named(thing, function, str(kind), node, bound)
        return bound

    def receive(self, thing: int, function: Function, receiver: int) -> None:
        """Bind the first parameter to what a method is bound to."""
        if not function.parameters:
            return
        _, kind, node = function.parameters[0]
        if kind in _POSITIONAL:
            self._m.flow.add(node, (receiver,))
        elif kind == ParameterKind.STAR:
            place = self._m.flow.field(self._star(thing, node), "i0")
            self._m.flow.add(place, (receiver,))

    def _star(self, thing: int, node: int) -> int:
        held = self._m.objects.container("tuple", "star", thing)
        self._m.flow.add(node, (held,))
        return held

    def _double_star(self, thing: int, node: int) -> int:
        held = self._m.objects.container("dict", "double star", thing)
        self._m.flow.add(node, (held,))
        return held

    def _position(
        self,
        thing: int,
        function: Function,
        node: int,
        index: int,
        bound: dict[int, int],
    ) -> None:
        for position, (_, kind, parameter) in enumerate(function.parameters):
            if kind not in _POSITIONAL:
                if kind == ParameterKind.STAR:
                    place = f"i{index - position}"
                    held = self._star(thing, parameter)
                    self._m.flow.edge(node, self._m.flow.field(held, place))
                return
            if position == index:
                bound[position] = node
                self._m.flow.edge(node, parameter)
                return

    def _rest(
        self, thing: int, function: Function, node: int, index: int
    ) -> None:
        """Bind an argument to any of the parameters from a place on."""
        for position, (_, kind, parameter) in enumerate(function.parameters):
            if kind == ParameterKind.STAR:
                held = self._star(thing, parameter)
                self._m.flow.edge(node, self._m.flow.field(held, ANY))
            elif kind in _POSITIONAL and position >= index:
                self._m.flow.edge(node, parameter)

    def _spread(self, held: int, thing: int, index: int) -> None:
        m = self._m
        if m.kind(held) == Kind.CONTAINER:
            m.flow.each_field(held, self._spread_field, thing, index)
        elif m.kind(held) == Kind.GENERATOR:
            node = m.flow.nodes()
            m.items.read_all(held, node)
            self._rest(thing, m.objects.data[thing], node, index)

    def _spread_field(
        self, key: str, node: int, thing: int, index: int
    ) -> None:
        function = self._m.objects.data[thing]
        if key[0] == "i" and key[1] != "-":
            place = index + int(key[1:])
            self._position(thing, function, node, place, {})
        elif key[0] not in "@.":
            self._rest(thing, function, node, index)

    def _named(
        self,
        thing: int,
        function: Function,
        name: str,
        node: int,
        bound: dict[int, int],
    ) -> None:
        flow = self._m.flow
        for position, (known, kind, parameter) in enumerate(
            function.parameters
        ):
            if kind == ParameterKind.DOUBLE_STAR:
                held = self._double_star(thing, parameter)
                flow.edge(node, flow.field(held, f"s{name}"))
            elif known == name and kind in (
                ParameterKind.NAMED,
                ParameterKind.KEYWORD,
            ):
                bound[position] = node
                flow.edge(node, parameter)
                return

    def _spread_named(self, held: int, thing: int) -> None:
        if self._m.kind(held) == Kind.CONTAINER:
            self._m.flow.each_field(held, self._spread_item, thing)

    def _spread_item(self, key: str, node: int, thing: int) -> None:
        function = self._m.objects.data[thing]
        if key[0] == "s":
            self._named(thing, function, key[1:], node, {})
        elif key not in (KEYS,) and key[0] != ".":
            for name, kind, _ in function.parameters:
                if kind in (ParameterKind.NAMED, ParameterKind.KEYWORD):
                    self._named(thing, function, name, node, {})
