"""What the parts of the analysis share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gmert_pyg.kg.flow.hierarchy import ClassOrders
from gmert_pyg.kg.flow.objects import Kind, Objects
from gmert_pyg.kg.flow.propagation import Propagation
from gmert_pyg.parsing.flow import ArgumentKind, CallMode

if TYPE_CHECKING:
    from gmert_pyg.kg.flow.arguments import Arguments
    from gmert_pyg.kg.flow.attributes import Attributes
    from gmert_pyg.kg.flow.calls import Calls
    from gmert_pyg.kg.flow.copies import Copies
    from gmert_pyg.kg.flow.items import Items
    from gmert_pyg.kg.flow.models import Models
    from gmert_pyg.kg.flow.modules import Modules


class Call(NamedTuple):
    """A call, or what amounts to one.

    Args:
        site: where it is.
        result: the node of its result.
        arguments: the kind (the name, for keywords) and node of each argument.
        mode: why it is made.
        partials: the objects of `partial` that it was made through.
    """

    site: int
    result: int
    arguments: tuple[tuple[int | str, int], ...] = ()
    mode: int = CallMode.CALL
    partials: tuple[int, ...] = ()

    def positional(self, position: int) -> int:
        """Return the node of a positional argument, or -1."""
        found = [
            node
            for kind, node in self.arguments
            if kind == ArgumentKind.POSITIONAL
        ]
        return found[position] if position < len(found) else -1

    def argument(self, name: str, position: int = 1 << 20) -> int:
        """Return the node of an argument by its name or position, or -1."""
        for kind, node in self.arguments:
            if kind == name:
                return node
        return self.positional(position)


class Machine:
    """The state of the analysis.

    Attributes:
        callees: for each site, the functions it calls and what lies outside.
        made: for each site, the classes it makes instances of.
    """

    arguments: Arguments
    attributes: Attributes
    calls: Calls
    copies: Copies
    items: Items
    models: Models
    modules: Modules

    def __init__(self, limit: int) -> None:
        self.objects = Objects()
        self.flow = Propagation(self.objects, limit)
        self.orders = ClassOrders(self.objects)
        self.callees: list[dict[str, None] | None] = []
        self.made: list[dict[str, None] | None] = []
        self.site_module: list[int] = []
        self.called_nodes: list[tuple[int, int]] = []
        self._decorated: list[Call] = []
        self._late_base = False

    def called(self, site: int, name: str) -> None:
        """Record a callee of a site."""
        if site >= 0:
            known = self.callees[site]
            if known is None:
                known = self.callees[site] = {}
            known[name] = None

    def forget_saturated(self) -> None:
        """Drop what sites call whose callees are too many to be known."""
        for site, node in self.called_nodes:
            if self.flow.saturated(node):
                self.callees[site] = self.made[site] = None

    def instantiated(self, site: int, name: str) -> None:
        """Record a class that a site makes an instance of."""
        if site >= 0:
            known = self.made[site]
            if known is None:
                known = self.made[site] = {}
            known[name] = None

    def add_base(self, thing: int, position: int, base: int) -> None:
        """Record that a class has a base."""
        if self.orders.add_base(thing, position, base):
            self._late_base = True

    def note_decorated(self, call: Call) -> None:
        """Remember the call of a decorator."""
        if call.mode == CallMode.DECORATE:
            self._decorated.append(call)

    def settle_decorators(self) -> None:
        """Let decorators that give nothing known give what they decorate."""
        for call in self._decorated:
            if not self.flow.holds[call.result]:
                self.flow.edge(call.positional(0), call.result)

    def repair_bases(self, *, calls: bool = True) -> None:
        """Read attributes again if bases were found after the first reads."""
        for _ in range(3):
            if not self._late_base:
                return
            self._late_base = False
            self.attributes.read_all_again()
            self.flow.solve(calls=calls)

    def kind(self, thing: int) -> int:
        """Return the kind of an object."""
        return self.objects.kind[thing]

    def instance(self, class_: int) -> int:
        """Return the object of all instances of a class."""
        return self.objects.derive(Kind.INSTANCE, class_)

    def external(self, path: str) -> int:
        """Return the object of something outside of the project."""
        # Calls of calls of calls have ever longer names.
        return self.objects.derive(Kind.EXTERNAL, ".".join(path.split(".")[:6]))

    def builtin(self, name: str) -> int:
        """Return the object of a built-in name."""
        return self.objects.derive(Kind.BUILTIN, name)

    def constant(self, type_name: str, key: str | None = None) -> int:
        """Return the object of a constant; its key, if it is known."""
        return self.objects.derive(Kind.CONSTANT, type_name, key)
