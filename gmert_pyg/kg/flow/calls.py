"""Calls: what they bind, run and give."""

from __future__ import annotations

from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.objects import Function, Kind
from gmert_pyg.parsing.flow import ArgumentKind, CallMode

MAX_PARTIALS = 3
"""How many objects of `partial` inside one another are followed."""


class Calls:
    """Applies objects to arguments.

    Args:
        machine: the state of the analysis.
    """

    def __init__(self, machine: Machine) -> None:
        self._m = machine
        self._seen: set[tuple[int, int, int]] = set()
        self._bound: set[tuple[int, int]] = set()
        self._calls: dict[Call, int] = {}

    def apply(self, thing: int, call: Call, receiver: int) -> None:
        """Call an object.

        Args:
            thing: the object.
            call: the call.
            receiver: what a method is bound to, or -1.
        """
        number = self._calls.setdefault(call, len(self._calls))
        if (thing, number, receiver) in self._seen:
            return
        self._seen.add((thing, number, receiver))
        m, kind, data = (
            self._m,
            self._m.kind(thing),
            self._m.objects.data[thing],
        )
        if kind == Kind.FUNCTION:
            if not m.models.run(data.name, call):
                if (thing, number) not in self._bound:
                    self._bound.add((thing, number))
                    self._function(thing, data, call, receiver)
                elif receiver >= 0:
                    m.arguments.receive(thing, data, receiver)
                    if 0 in data.passed:
                        m.flow.add_if(call.result, receiver)
            m.called(call.site, data.name)
        elif kind == Kind.CLASS:
            if not m.models.run(data.name, call):
                self.instantiate(thing, call)
        elif kind == Kind.BOUND:
            self.apply(data[0], call, data[1])
        elif kind == Kind.INSTANCE:
            self._m.items.call_own(thing, "__call__", call)
        elif kind == Kind.PARTIAL:
            self._partial(thing, data, call)
        elif kind == Kind.BUILTIN:
            m.called(call.site, f"builtins.{data}")
            if call.mode == CallMode.DECORATE:
                self.give_back(call)
            else:
                m.models.run_builtin(data, call)
        elif kind == Kind.NATIVE:
            m.called(call.site, f"builtins.{data[0]}.{data[1]}")
            m.models.run_native(data[0], data[1], data[2], call)
        elif kind == Kind.EXTERNAL:
            m.called(call.site, data)
            if call.mode == CallMode.DECORATE:
                self.give_back(call)
            elif not m.models.run(data, call):
                m.flow.add_if(call.result, thing)

    def give_back(self, call: Call) -> None:
        """State that a call gives its arguments back, as most wrappers do."""
        for kind, node in call.arguments:
            if kind == ArgumentKind.POSITIONAL:
                self._m.flow.edge(node, call.result)

    def instantiate(self, thing: int, call: Call) -> None:
        """Make an instance of a class."""
        m = self._m
        m.instantiated(call.site, m.objects.data[thing].name)
        instance = m.instance(thing)
        m.flow.add_if(call.result, instance)
        quiet = call._replace(result=-1)
        for held in m.orders.mro(thing):
            if m.kind(held) == Kind.EXTERNAL:
                path = m.objects.data[held]
                m.called(call.site, f"{path}.__init__")
                break
            if m.kind(held) == Kind.CLASS:
                found = m.objects.data[held].attributes.get("__init__")
                if found is not None:
                    m.flow.watch(
                        found[0], self.apply, quiet, instance, late=True
                    )
                    break
        for held in m.orders.mro(thing):
            if m.kind(held) == Kind.CLASS:
                found = m.objects.data[held].attributes.get("__new__")
                if found is not None:
                    m.flow.watch(found[0], self.apply, call, thing, late=True)
                    break

    def raised(self, thing: int, site: int) -> None:
        """Raise an object: a class is called without arguments."""
        if self._m.kind(thing) == Kind.CLASS:
            self.instantiate(thing, Call(site, -1))

    def caught(self, thing: int, target: int) -> None:
        """State that a node holds the exceptions that a handler names."""
        m = self._m
        if m.kind(thing) == Kind.CLASS:
            m.flow.add(target, (m.instance(thing),))
        elif m.kind(thing) == Kind.EXTERNAL:
            m.flow.add(target, (thing,))
        elif m.kind(thing) == Kind.CONTAINER:
            m.flow.each_field(thing, self._caught_field, target)

    def _caught_field(self, key: str, node: int, target: int) -> None:
        self._m.flow.watch(node, self.caught, target)

    def entered(self, thing: int, target: int, site: int) -> None:
        """Enter a context manager."""
        m, kind = self._m, self._m.kind(thing)
        if kind == Kind.INSTANCE:
            found = Call(site, target)
            m.items.call_own(thing, "__enter__", found)
            m.items.call_own(thing, "__exit__", found._replace(result=-1))
            m.items.call_own(thing, "__aenter__", found)
            m.items.call_own(thing, "__aexit__", found._replace(result=-1))
        elif kind == Kind.GENERATOR:
            m.items.read_all(thing, target)
        elif kind == Kind.EXTERNAL:
            m.flow.add(target, (thing,))

    def _partial(self, thing: int, data: tuple[int, Call], call: Call) -> None:
        # `f = partial(f, x)` would call itself with ever more arguments.
        if thing in call.partials or len(call.partials) == MAX_PARTIALS:
            return
        function, first = data
        arguments = (*first.arguments[1:], *call.arguments)
        joined = Call(
            call.site,
            call.result,
            arguments,
            partials=(*call.partials, thing),
        )
        self._m.flow.watch(function, self.apply, joined, -1, late=True)

    def _function(
        self, thing: int, function: Function, call: Call, receiver: int
    ) -> None:
        arguments = self._m.arguments
        bound = arguments.bind(thing, function, call, receiver)
        self._result(thing, function, call, receiver, bound)

    def _result(
        self,
        thing: int,
        function: Function,
        call: Call,
        receiver: int,
        bound: dict[int, int],
    ) -> None:
        m = self._m
        if call.result < 0:
            return
        if function.yields >= 0:
            made = m.objects.derive(Kind.GENERATOR, thing)
            m.flow.add(call.result, (made,))
            return
        m.flow.edge(function.result, call.result)
        for position in function.passed:
            if position == 0 and receiver >= 0:
                m.flow.add(call.result, (receiver,))
            elif position in bound:
                m.flow.edge(bound[position], call.result)
            else:
                m.flow.edge(function.parameters[position][2], call.result)
