"""The pass over a Python file that states its constraints."""

from __future__ import annotations

import ast
import sys
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gmert_pyg.parsing.flow import NOTHING, KeyKind, Op
from gmert_pyg.parsing.python.binder import Binder
from gmert_pyg.parsing.python.flow.emitter import Emitter
from gmert_pyg.parsing.python.flow.environment import Environment, Key
from gmert_pyg.parsing.python.flow.names import bound_names
from gmert_pyg.parsing.python.scopes import BUILTINS, Scope
from gmert_pyg.parsing.python.syntax import children, registers_in
from gmert_pyg.parsing.source_file import LineIndex

Visitor = Callable[["Extractor", Any], int | None]
_NOWHERE = (-1, -1, 0)
VISITORS: dict[type[ast.AST], Visitor] = {}

visits = registers_in(VISITORS)


@dataclass(slots=True)
class Frame:
    """The code that one call runs.

    Args:
        caller: the name under which its calls are listed.
        result: the node of what it returns.
        yields: the node of what it yields.
        parameters: the nodes of its parameters, to their positions.
        passed: the parameters that it returns as they are.
        receiver: the node of its first parameter, if it is a method.
        class_node: a node that holds the class around it.
        generates: whether it yields.
    """

    caller: str
    result: int
    yields: int
    parameters: dict[int, int] = field(default_factory=dict)
    passed: list[int] = field(default_factory=list)
    receiver: int = NOTHING
    class_node: int = NOTHING
    generates: bool = False


class Extractor:
    """Walks a file in the order in which it runs, function bodies last.

    Args:
        index: the lines of the text.
        binder: the scopes of the file.
        package: the dotted name of the package that holds it.
    """

    def __init__(self, index: LineIndex, binder: Binder, package: str) -> None:
        self.index = index
        self._ascii = index.text.isascii()
        self._walrus = ":=" in index.text
        self.emitter = Emitter()
        self.scopes = binder.scopes
        self.package = package
        self.stars = list(dict.fromkeys(binder.stars))
        self.scope = binder.root
        self.environment = Environment(self.emitter, _volatile(binder))
        module = binder.root.qualname
        self.frame = Frame(module, self.emitter.node(), self.emitter.node())
        self.class_node = NOTHING
        self.classes_open: list[int] = []
        self.classes: list[tuple[int, str, list[int], Scope]] = []
        self.descriptors: dict[Key, int] = {}
        self.bodies: deque[Callable[[], None]] = deque()
        self.placeless = 0
        """How many nodes around this one have positions that are guesses."""

    def visit(self, node: ast.AST | None) -> int:
        """Visit a node; return the node of its value."""
        if node is None:
            return NOTHING
        visitor = VISITORS.get(node.__class__)
        if visitor is not None:
            value = visitor(self, node)
            return NOTHING if value is None else value
        for child in children(node):
            self.visit(child)
        return NOTHING

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        """Visit several nodes."""
        for node in nodes:
            if node is not None:
                self.visit(node)

    def read(self, name: str) -> int:
        """Return the node of the value of a name."""
        binding, home = self.scope.lookup(name)
        if (
            home is not None
            and home.kind == "class"
            and (home, name) not in self.environment.names
        ):
            # `render = render`: not bound yet in the class, so a global.
            home = home.module()
            binding = home.names.get(name)
        if binding is not None and home is not None:
            return self.environment.read((home, name))
        if self.stars:
            node = self.environment.any_value((self.scope.module(), name))
            self.emitter.emit(Op.STAR_NAME, node, self.emitter.text(name))
            return node
        if name not in BUILTINS:
            return NOTHING
        node = self.emitter.node()
        self.emitter.emit(Op.BUILTIN, node, self.emitter.text(name))
        return node

    def is_builtin(self, node: ast.expr, *names: str) -> bool:
        """Tell whether an expression is a built-in of one of some names."""
        return (
            isinstance(node, ast.Name)
            and node.id in names
            and self.scope.lookup(node.id)[0] is None
        )

    def write(self, name: str, node: int) -> None:
        """Bind a name."""
        binding, home = self.scope.lookup(name)
        if binding is not None and home is not None:
            self.environment.write((home, name), node)

    def bound_keys(self, nodes: Iterable[ast.AST]) -> list[Key]:
        """Return the keys in the environment of the names that code binds."""
        found = []
        for name in bound_names(nodes, self._walrus):
            home = self.scope.lookup(name)[1]
            if home is not None:
                found.append((home, name))
        return found

    def site(self, node: ast.AST | None) -> int:
        """Return a fresh call site; `node` names what is called."""
        named = isinstance(node, (ast.Name, ast.Attribute))
        while isinstance(node, (ast.Call, ast.Subscript)):
            node = node.func if isinstance(node, ast.Call) else node.value
        place = _NOWHERE
        if not self.placeless and isinstance(node, (ast.Name, ast.Attribute)):
            place = self._place(node)
        caller, owner = self.frame.caller, self.scope.owner
        return self.emitter.site(place, named, caller, owner)

    def _place(self, node: ast.Name | ast.Attribute) -> tuple[int, int, int]:
        if isinstance(node, ast.Name):
            name, line, column = node.id, node.lineno, node.col_offset
        else:
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            name, line = node.attr, node.end_lineno
            column = node.end_col_offset
        if self._ascii:
            start = self.index.starts[line - 1] + column
        else:
            start = self.index.offset(line, column)
        if isinstance(node, ast.Attribute):
            start -= len(name)
        if self.index.text.startswith(name, start):
            return start, start + len(name), line
        return _NOWHERE

    def key(self, node: ast.expr) -> tuple[int, int]:
        """Return the kind of a subscript's key, and the key."""
        text = key_text(node)
        if text is not None:
            return KeyKind.CONSTANT, self.emitter.text(text)
        found = self.visit(node)
        if found < 0:
            return KeyKind.UNKNOWN, NOTHING
        return KeyKind.NODE, found

    def path(self, node: ast.expr) -> tuple[Any, ...] | None:
        """Return the scope, the name and the constant keys of a place."""
        keys: list[str] = []
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Attribute):
                keys.append(f".{node.attr}")
            elif isinstance(node, ast.Subscript):
                text = key_text(node.slice)
                if text is None:
                    return None
                keys.append(text)
            else:
                return None
            node = node.value
        home = self.scope.lookup(node.id)[1]
        return None if home is None else (home, node.id, *reversed(keys))


GUESSED_IN_STRINGS = sys.version_info < (3, 12)
"""Whether positions inside an f-string are guesses."""


def key_text(node: ast.expr) -> str | None:
    """Return a constant key as text; equal keys have equal texts."""
    sign = ""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, "-"
    if not isinstance(node, ast.Constant):
        return None
    return constant_text(node.value, sign)


def constant_text(value: object, sign: str = "") -> str | None:
    """Return a constant as text, if it can be a key."""
    if isinstance(value, str):
        return None if sign or len(value) > 80 else f"s{value}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and abs(value) < 2**31:
        return f"i{sign}{int(value)}"
    if value is None or isinstance(value, (bytes, float)):
        return f"c{sign}{value!r}"
    return None


def _volatile(binder: Binder) -> set[Key]:
    found = set()
    for scope in binder.scopes.values():
        for name in scope.outer:
            home = scope.lookup(name)[1]
            if home is not None and home is not scope:
                found.add((home, name))
    return found
