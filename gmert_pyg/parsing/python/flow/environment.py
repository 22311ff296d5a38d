"""Which assignments to a name reach a read of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

from gmert_pyg.parsing.python.flow.emitter import Emitter
from gmert_pyg.parsing.python.scopes import Scope

Key = tuple[Scope, str]
Path = tuple[Hashable, ...]
_DIFFERENT = -2


class State(NamedTuple):
    """The values of names at a point of the program.

    Args:
        names: the node of each name's value.
        paths: the nodes of items and attributes stored under constant keys.
        dead: whether control cannot reach the point.
    """

    names: dict[Key, int]
    paths: dict[Path, int]
    dead: bool


_Loop = tuple[dict[Key, int], list[State]]
_Body = tuple[State, list[_Loop], list[dict[Key, int]]]


class Environment:
    """Follows the assignments of one body after the other.

    A name that is read where it is assigned has the value of the assignments
    that reach the read; read from another scope it may have any of its values.

    Args:
        emitter: where constraints are recorded.
        volatile: names that an inner scope assigns.
    """

    def __init__(self, emitter: Emitter, volatile: set[Key]) -> None:
        self.names: dict[Key, int] = {}
        self.paths: dict[Path, int] = {}
        self.dead = False
        self.values: dict[Key, list[int]] = {}
        self._emitter = emitter
        self._volatile = volatile
        self._merged: dict[Key, int] = {}
        self._loops: list[_Loop] = []
        self._handlers: list[dict[Key, int]] = []

    def read(self, key: Key) -> int:
        """Return the value of a name here."""
        known = self.names.get(key)
        return self.any_value(key) if known is None else known

    def any_value(self, key: Key) -> int:
        """Return the node of everything a name is ever bound to."""
        node = self._merged.get(key)
        if node is None:
            node = self._merged[key] = self._emitter.node()
        return node

    def write(self, key: Key, node: int) -> None:
        """Bind a name to a value from here on."""
        if node >= 0:
            self.values.setdefault(key, []).append(node)
        else:
            self.values.setdefault(key, [])
        if self.paths:
            self._forget(key)
        if key in self._volatile:
            return
        self.names[key] = node
        for handler in self._handlers:
            if key in handler:
                self._emitter.copy(node, handler[key])

    def store(self, path: Path, node: int) -> None:
        """Bind an item or an attribute to a value from here on."""
        last = path[-1]
        self.paths = {
            known: value
            for known, value in self.paths.items()
            if last not in known[2:]
        }
        self.paths[path] = node

    def _forget(self, key: Key) -> None:
        self.paths = {
            path: value for path, value in self.paths.items() if path[:2] != key
        }

    def enter(self) -> _Body:
        """Start a body that runs at another time; return what `leave` needs."""
        saved = self.state(), self._loops, self._handlers
        self.names, self.paths, self.dead = {}, {}, False
        self._loops, self._handlers = [], []
        return saved

    def leave(self, saved: _Body) -> None:
        """Return to the body around."""
        (self.names, self.paths, self.dead), self._loops, self._handlers = saved

    def state(self) -> State:
        """Return the present state, not to be changed."""
        return State(self.names, self.paths, self.dead)

    def resume(self, state: State) -> None:
        """Go on from a state."""
        self.names, self.paths = dict(state.names), dict(state.paths)
        self.dead = state.dead

    def join(self, states: list[State]) -> None:
        """Go on from where several ways meet."""
        live = [state for state in states if not state.dead] or states
        if len(live) < 2:
            self.resume(live[0])
            return
        first, *others = live
        names = dict(first.names)
        for state in others:
            for key, node in state.names.items():
                if names.setdefault(key, node) != node:
                    names[key] = _DIFFERENT
        for key, node in names.items():
            if node == _DIFFERENT:
                found = [s.names[key] for s in live if key in s.names]
                names[key] = self._emitter.joined(found)
        self.names, self.dead = names, first.dead
        self.paths = {
            path: node
            for path, node in first.paths.items()
            if all(state.paths.get(path) == node for state in others)
        }

    def meet(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return fresh nodes for names, holding their present values."""
        nodes = {}
        for key in keys:
            nodes[key] = self._emitter.node()
            self._emitter.copy(self.names.get(key, -1), nodes[key])
        return nodes

    def start_loop(self, keys: Iterable[Key]) -> None:
        """Enter a loop whose body binds some names."""
        nodes = self.meet(keys)
        self.names.update(nodes)
        self.paths = {}
        self._loops.append((nodes, []))

    def go_round(self) -> None:
        """Carry the values of names to the start of the loop."""
        if self._loops and not self.dead:
            for key, node in self._loops[-1][0].items():
                self._emitter.copy(self.names.get(key, -1), node)
        self.dead = True

    def break_out(self) -> None:
        """Carry the values of names to the end of the loop."""
        if self._loops:
            state = State(dict(self.names), {}, self.dead)
            self._loops[-1][1].append(state)
        self.dead = True

    def end_loop(self, endless: bool = False) -> None:
        """Leave the loop; an endless one ends where something breaks it."""
        self.go_round()
        nodes, ends = self._loops.pop()
        if not endless or not ends:
            ends.append(State({**self.names, **nodes}, {}, False))
        self.join(ends)
        self.paths = {}

    def start_try(self, keys: Iterable[Key]) -> None:
        """Enter a `try` whose body binds some names."""
        self._handlers.append(self.meet(keys))

    def end_try(self) -> dict[Key, int]:
        """Leave its body; return the names as a handler may find them."""
        return self._handlers.pop()

    def exports(self, scope: Scope) -> dict[str, int]:
        """Return the node of every name that a scope binds."""
        keys = {key for key in (*self.values, *self._merged) if key[0] is scope}
        found = {}
        for key in sorted(keys, key=lambda key: key[1]):
            values = set(self.values.get(key, ()))
            if key not in self._merged and len(values) == 1:
                found[key[1]] = values.pop()
            else:
                found[key[1]] = self.any_value(key)
        return found

    def finish(self) -> None:
        """State what every name may be bound to."""
        for key, node in self._merged.items():
            for value in dict.fromkeys(self.values.get(key, ())):
                self._emitter.copy(value, node)
