"""Inclusion constraints over sets of objects, solved to a fixed point."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from gmert_pyg.kg.flow.objects import Kind, Objects

Action = Callable[..., None]
_Task = tuple[Action, tuple[Any, ...], tuple[Any, ...]]

MAX_STEPS = 8_000_000
"""Steps after which the search for the fixed point ends short of it."""

_EMPTY: set[int] = set()
"""What nodes share that hold nothing yet; never changed."""

MAX_FIELDS = 64
"""Keys of a container that are told apart; the rest share a node."""


class Propagation:
    """Nodes that hold objects, what flows between them and who watches.

    Only what is new to a node is passed on. Watchers of the late kind (calls)
    wait until nothing else moves, so that names, imports and bases are settled
    before the first method is looked up. All orders are those of insertion:
    the result does not depend on hashes.

    Args:
        objects: the objects.
        limit: how many objects a node holds at most.
    """

    def __init__(self, objects: Objects, limit: int) -> None:
        self.objects = objects
        self.holds: list[set[int]] = []
        self._limit = limit
        self._new: list[set[int] | None] = []
        self._targets: list[dict[int, None] | None] = []
        self._watchers: list[list[tuple[Action, tuple[Any, ...], bool]] | None]
        self._watchers = []
        self._queue: deque[int] = deque()
        self._soon: deque[_Task] = deque()
        self._late: deque[_Task] = deque()
        self._fields: dict[int, dict[str, int]] = {}
        self._heard: set[tuple[Any, ...]] = set()
        self._steps = 0
        self._listeners: dict[int, list[tuple[Action, tuple[Any, ...]]]] = {}

    def nodes(self, count: int = 1) -> int:
        """Make fresh nodes; return the first."""
        first = len(self.holds)
        self.holds.extend([_EMPTY] * count)
        self._new.extend([None] * count)
        self._targets.extend([None] * count)
        self._watchers.extend([None] * count)
        return first

    def add(self, node: int, found: Iterable[int]) -> None:
        """Add objects to a node."""
        known = self.holds[node]
        new = [thing for thing in found if thing not in known]
        if not new:
            return
        room = self._limit - len(known)
        if room <= 0:
            return
        new = new[:room]
        if known is _EMPTY:
            self.holds[node] = set(new)
        else:
            known.update(new)
        waiting = self._new[node]
        if waiting is None:
            self._new[node] = set(new)
            self._queue.append(node)
        else:
            waiting.update(new)

    def add_if(self, node: int, thing: int) -> None:
        """Add an object to a node, unless nobody asks for it (-1)."""
        if node >= 0:
            self.add(node, (thing,))

    def edge(self, source: int, target: int) -> None:
        """State that a node holds all that another holds."""
        if source == target or source < 0 or target < 0:
            return
        targets = self._targets[source]
        if targets is None:
            targets = self._targets[source] = {}
        if target not in targets:
            targets[target] = None
            if self.holds[source]:
                self.add(target, self.holds[source])

    def watch(
        self, node: int, action: Action, *args: Any, late: bool = False
    ) -> None:
        """Call `action(thing, *args)` for all that a node ever holds."""
        if node < 0:
            return
        watchers = self._watchers[node]
        if watchers is None:
            watchers = self._watchers[node] = []
        watchers.append((action, args, late))
        if self.holds[node]:
            queue = self._late if late else self._soon
            queue.append((action, tuple(self.holds[node]), args))

    def field(self, thing: int, key: str) -> int:
        """Return the node of a field of an object."""
        fields = self._fields.get(thing)
        if fields is None:
            fields = self._fields[thing] = {}
        node = fields.get(key)
        if node is None:
            if len(fields) >= MAX_FIELDS and key[0] not in ".@*":
                return self.field(thing, "*")
            node = fields[key] = self.nodes()
            for action, args in self._listeners.get(thing, ()):
                self._soon.append((action, (key,), (node, *args)))
        return node

    def each_field(self, thing: int, action: Action, *args: Any) -> None:
        """Call `action(key, node, *args)` for all fields there ever are."""
        listener = thing, action, args
        if listener in self._heard:
            return
        self._heard.add(listener)
        self._listeners.setdefault(thing, []).append((action, args))
        for key, node in list(self._fields.get(thing, {}).items()):
            action(key, node, *args)

    def solve(self, *, calls: bool = True) -> None:
        """Propagate until nothing moves any more.

        Args:
            calls: whether the late watchers are called too.
        """
        while self._steps < MAX_STEPS:
            if self._queue:
                self._spread(self._queue.popleft())
            elif self._soon:
                self._tell(*self._soon.popleft())
            elif self._late and calls:
                self._tell(*self._late.popleft())
            else:
                return

    @property
    def complete(self) -> bool:
        """Whether the fixed point was reached within the steps allowed."""
        return self._steps < MAX_STEPS

    def saturated(self, node: int) -> bool:
        """Tell whether a node holds as much as it can, or more than known."""
        return len(self.holds[node]) >= self._limit

    def _tell(
        self, action: Action, things: tuple[Any, ...], args: tuple[Any, ...]
    ) -> None:
        self._steps += len(things)
        for thing in things:
            action(thing, *args)

    def _spread(self, node: int) -> None:
        new = self._new[node]
        self._new[node] = None
        if not new:
            return
        targets = self._targets[node]
        if targets is not None:
            self._steps += len(targets)
            for target in targets:
                self.add(target, new)
        watchers = self._watchers[node]
        if watchers is not None:
            things = tuple(new)
            for action, args, late in watchers:
                queue = self._late if late else self._soon
                queue.append((action, things, args))

    def held(self, node: int, *kinds: Kind) -> list[int]:
        """Return what a node holds of some kinds, by number."""
        kind = self.objects.kind
        return sorted(x for x in self.holds[node] if kind[x] in kinds)
