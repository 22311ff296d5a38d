"""Writes the constraints of one file."""

from __future__ import annotations

from array import array

from gmert_pyg.parsing.flow import NOTHING, FlowTable, Op

_SITE = 6
"""How many integers make a call site."""


class Emitter:
    """Numbers nodes, objects, strings and sites, and records instructions."""

    def __init__(self) -> None:
        self.code = array("i")
        self.num_nodes = 0
        self.num_objects = 0
        self._strings: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._sites = array("i")

    def emit(self, op: Op, *operands: int) -> None:
        """Record an instruction."""
        self.code.extend((op, *operands))

    def copy(self, source: int, target: int) -> None:
        """State that all a node holds, another holds too."""
        if source >= 0 and target >= 0 and source != target:
            self.code.extend((Op.COPY, source, target))

    def node(self) -> int:
        """Return a fresh node."""
        self.num_nodes += 1
        return self.num_nodes - 1

    def object(self) -> int:
        """Return a fresh object."""
        self.num_objects += 1
        return self.num_objects - 1

    def holding(self, thing: int) -> int:
        """Return a fresh node that holds an object."""
        node = self.node()
        self.code.extend((Op.OBJECT, node, thing))
        return node

    def joined(self, nodes: list[int]) -> int:
        """Return a node that holds what any of some nodes holds."""
        distinct = sorted({node for node in nodes if node >= 0})
        if len(distinct) < 2:
            return distinct[0] if distinct else NOTHING
        target = self.node()
        for node in distinct:
            self.copy(node, target)
        return target

    def text(self, text: str) -> int:
        """Return the number of a string."""
        return self._strings.setdefault(text, len(self._strings))

    def path(self, name: str) -> int:
        """Return the number of a qualified name."""
        return self._paths.setdefault(name, len(self._paths))

    def site(
        self, place: tuple[int, int, int], named: bool, caller: str, owner: str
    ) -> int:
        """Return a fresh call site.

        Args:
            place: start, end and line of the name at it.
            named: whether the callee has that name.
            caller: the qualified name of the code that calls.
            owner: that of the function, class or module around it.
        """
        paths = self._paths
        self._sites.extend(
            (
                *place,
                named,
                paths.setdefault(caller, len(paths)),
                paths.setdefault(owner, len(paths)),
            )
        )
        return len(self._sites) // _SITE - 1

    def table(self) -> FlowTable:
        """Return all that was recorded."""
        return FlowTable(
            list(self._paths),
            list(self._strings),
            self.code,
            array("i", [self.num_nodes, self.num_objects]),
            *(self._sites[column::_SITE] for column in range(_SITE)),
        )
