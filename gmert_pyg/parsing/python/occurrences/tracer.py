"""The state of the pass that follows the variables of a file."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from gmert_pyg.parsing.columns import OCCURRENCE_CODES, OccurrenceTable
from gmert_pyg.parsing.python.occurrences.blocks import NOWHERE, Block
from gmert_pyg.parsing.python.occurrences.jumps import Exit, Handler
from gmert_pyg.parsing.python.occurrences.positions import Positions
from gmert_pyg.parsing.python.occurrences.reaching import Reaching
from gmert_pyg.parsing.python.occurrences.signatures import Signatures
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND, Variables
from gmert_pyg.parsing.python.scopes import Scope
from gmert_pyg.parsing.python.syntax import children, registers_in

Visitor = Callable[["Tracer", Any], int]
VISITORS: dict[type[ast.AST], Visitor] = {}

_LAST_USE = OCCURRENCE_CODES["last_use"]
_LAST_WRITE = OCCURRENCE_CODES["last_write"]
_RETURNS_TO = OCCURRENCE_CODES["returns_to"]
_COMPUTED_FROM = OCCURRENCE_CODES["computed_from"]
MAX_SOURCES = 64
"""A target is linked to no more than this many variables of its value."""

traces = registers_in(VISITORS)


class Tracer:
    """Walks a file in the order of evaluation, and records accesses.

    The code of a module, a function or a lambda is one *unit*: a flow graph of
    its own. Function bodies wait until the code around them is done.

    Args:
        positions: the places of the file's names.
        scopes: its scopes, by the node that opens them.
        root: the scope of the module.
        signatures: the parameters of its functions.

    Attributes:
        block: the block that is being filled.
        used: the places of variables read so far in this statement.
        nested: parts of `used`, as ranges, that calls pass on.
        handler: what an exception would lead to here.
        edges: sources, targets and kinds, one after the other.
        exits: the loops and `finally` clauses around, the innermost last.
        definition: the place of the name of the function, for returns.
    """

    def __init__(
        self,
        positions: Positions,
        scopes: dict[ast.AST, Scope],
        root: Scope,
        signatures: Signatures,
    ) -> None:
        self.spans = positions.spans
        self.positions = positions
        self.scopes = scopes
        self.signatures = signatures
        self.variables = Variables()
        self.waiting: dict[ast.AST, Callable[[], None]] = {}
        self.blocks: list[Block] = []
        self.edges: list[int] = []
        self._names: dict[Scope, dict[str, int]] = {}
        self.enter_unit(root, UNBOUND)

    def enter_unit(self, scope: Scope, definition: int) -> None:
        """Start the flow graph of a module, a function or a lambda."""
        self.handler: Handler | None = None
        self.exits: list[Exit] = []
        self.definition = definition
        self.used: list[int] = []
        self.nested: list[tuple[int, int]] = []
        self.num_copies = 0
        self.block = Block(len(self.blocks), opens=scope)
        self.blocks.append(self.block)
        self.scope = scope

    @property
    def scope(self) -> Scope:
        """The scope that names are looked up in."""
        return self._scope

    @scope.setter
    def scope(self, scope: Scope) -> None:
        self._scope = scope
        self._known = self._names.setdefault(scope, {})

    def visit(self, node: ast.AST) -> int:
        """Visit a node; return the variable that it is, if it is one."""
        visitor = VISITORS.get(node.__class__)
        if visitor is not None:
            return visitor(self, node)
        for child in children(node):
            self.visit(child)
        return UNBOUND

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        """Visit several nodes."""
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_body(self, statements: Sequence[ast.stmt]) -> None:
        """Visit statements."""
        for statement in statements:
            self.used.clear()
            self.nested.clear()
            self.visit(statement)

    def uses_of(self, node: ast.AST) -> list[int]:
        """Visit an expression; return the places of the variables in it."""
        first = len(self.used)
        self.visit(node)
        return self.used[first:]

    def start(
        self, before: Iterable[Block], interrupted: Iterable[Block] = ()
    ) -> Block:
        """Go on in a new block, after others."""
        block = Block(len(self.blocks), before, interrupted)
        self.blocks.append(block)
        if self.handler is not None:
            self.handler.guarded.append(block)
        self.block = block
        return block

    def variable(self, name: str) -> int:
        """Return the variable that a name stands for here."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self.variables.name(self._scope, name)
        return known

    def read(self, variable: int, place: int) -> None:
        """Record that a variable is read."""
        self._link(variable, place)
        known = self.block.reads.get(variable)
        if known is None:
            self.block.reads[variable] = [place]
        else:
            known.append(place)

    def write(self, variable: int, place: int) -> None:
        """Record that a variable is assigned."""
        self._link(variable, place)
        known = self.block.writes.get(variable)
        if known is None:
            self.block.writes[variable] = [place]
        else:
            known.append(place)
        if self.variables.fields[variable]:
            self._forget_fields(variable)

    def delete(self, variable: int, place: int) -> None:
        """Record that a variable is deleted, at a name or without one."""
        if place != NOWHERE:
            self._link(variable, place)
        for places in (self.block.reads, self.block.writes):
            places.setdefault(variable, []).append(NOWHERE)
        self._forget_fields(variable)

    def compute(self, place: int, sources: Sequence[int]) -> None:
        """Record that what is assigned at a place was computed from others."""
        if place >= 0:
            for source in sources[:MAX_SOURCES]:
                self.edges += (place, source, _COMPUTED_FROM)

    def give(self, sources: Iterable[int]) -> None:
        """Record that the function returns or yields what is read."""
        if self.definition >= 0:
            for source in sources:
                self.edges += (source, self.definition, _RETURNS_TO)

    def _link(self, variable: int, place: int) -> None:
        """Link an access to the last ones, or ask what came before."""
        block = self.block
        if block.dead:
            return
        bases = self.variables.bases[variable]
        if bases and self._is_fresh(variable, bases):
            block.reads[variable] = [NOWHERE]
            block.writes[variable] = [NOWHERE]
        known = block.reads.get(variable)
        if known is None:
            if not block.first:
                block.asks_reads.setdefault(variable, []).append(place)
        elif known[-1] >= 0:
            self.edges += (place, known[-1], _LAST_USE)
        known = block.writes.get(variable)
        if known is None:
            if not block.first or self.variables.unit[variable] != block.unit:
                block.asks_writes.setdefault(variable, []).append(place)
        elif known[-1] >= 0:
            self.edges += (place, known[-1], _LAST_WRITE)

    def _is_fresh(self, variable: int, bases: Iterable[int]) -> bool:
        """Tell whether a field is not touched since a base was assigned."""
        block = self.block
        if variable in block.reads or variable in block.writes:
            return False
        return any(base in block.writes for base in bases)

    def _forget_fields(self, variable: int) -> None:
        reads, writes = self.block.reads, self.block.writes
        for name in self.variables.fields[variable]:
            if name in reads or name in writes:
                reads.setdefault(name, []).append(NOWHERE)
                writes.setdefault(name, []).append(NOWHERE)

    def table(self) -> OccurrenceTable:
        """Return all edges; call it once, at the end."""
        reaching = Reaching(self.blocks, self.variables)
        edges = [np.array(self.edges, np.int64).reshape(-1, 3)]
        for code, links in (
            (_LAST_USE, reaching.last_uses()),
            (_LAST_WRITE, reaching.last_writes()),
        ):
            pairs = np.array(links, np.int64).reshape(-1, 2)
            edges.append(np.insert(pairs, 2, code, axis=1))
        # Without cycles, blocks are freed as soon as they are left.
        for block in self.blocks:
            block.before.clear()
        self.waiting.clear()
        return OccurrenceTable.from_edges(np.concatenate(edges))
