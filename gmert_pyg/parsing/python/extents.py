"""Where the statements of a Python file, and their parts, start and end."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from gmert_pyg.parsing.python.spans import Spans
from gmert_pyg.parsing.python.syntax import Function
from gmert_pyg.parsing.statement_table import StatementTable

_COLON = re.compile(r"[^:#]*+(?:#[^\r\n]*+[^:#]*+)*+:")
_BETWEEN = re.compile(r"(?:[\s;\\]|#[^\r\n]*)*+")


class _Clause(NamedTuple):
    """A header and a body, such as `else:` and what follows.

    Args:
        start: where it starts, `None` if nothing but comments is before it.
        last: the last expression of its header, if there is one.
        body: its statements.
    """

    start: int | None
    last: ast.AST | None
    body: Sequence[ast.stmt]


def statement_table(tree: ast.Module, spans: Spans) -> StatementTable:
    """Return the extents of all statements of a file.

    Args:
        tree: its syntax tree.
        spans: its positions.

    Raises:
        RecursionError: if it is nested too deeply.
    """
    reader = _Reader(spans)
    reader.block(tree.body, 0)
    return reader.table


class _Reader:
    def __init__(self, spans: Spans) -> None:
        self.table = StatementTable()
        self._spans = spans

    def block(self, statements: Sequence[ast.stmt], depth: int) -> None:
        """Add the statements of a body."""
        for node in statements:
            read = _COMPOUND.get(type(node))
            if read is None:
                spans = self._spans
                self.table.add(spans.offset(node), spans.end(node), depth)
            else:
                read(self, node, depth)

    def definition(self, node: Function | ast.ClassDef, depth: int) -> None:
        """A function or a class, from its first decorator."""
        spans, add = self._spans, self.table.add
        start = spans.offset(node)
        last = (
            _last_base(node)
            if isinstance(node, ast.ClassDef)
            else _last_parameter(node)
        )
        stop = self._header_end(start, last)
        decorators = [
            (spans.text.rfind("@", 0, spans.offset(d)), spans.end(d))
            for d in node.decorator_list
        ]
        first = decorators[0][0] if decorators else start
        add(first, spans.end(node), depth)
        add(first, stop, depth + 1)
        if decorators:
            for extent in [*decorators, (start, stop)]:
                add(*extent, depth + 2)
        self.block(node.body, depth + 1)

    def clauses(self, node: ast.stmt, depth: int) -> None:
        """A statement of one clause or several."""
        spans = self._spans
        start = spans.offset(node)
        self.table.add(start, spans.end(node), depth)
        clauses = list(_clauses(node, spans))
        if len(clauses) == 1:
            self._clause(start, clauses[0].last, clauses[0].body, depth + 1)
        else:
            self._all(clauses, start, depth + 1)

    def match(self, node: ast.Match, depth: int) -> None:
        """A `match` statement; its cases are clauses."""
        spans = self._spans
        start = spans.offset(node)
        self.table.add(start, spans.end(node), depth)
        end = self._header_end(start, node.subject)
        self.table.add(start, end, depth + 1)
        cases = [
            _Clause(None, case.guard or case.pattern, case.body)
            for case in node.cases
        ]
        self._all(cases, end, depth + 1)

    def _all(self, clauses: Sequence[_Clause], before: int, depth: int) -> None:
        """Add clauses, the first of which starts at or after `before`."""
        for clause in clauses:
            start = clause.start
            if start is None:
                match = _BETWEEN.match(self._spans.text, before)
                start = match.end() if match else before
            before = self._spans.end(clause.body[-1])
            self.table.add(start, before, depth)
            self._clause(start, clause.last, clause.body, depth + 1)

    def _clause(
        self,
        start: int,
        last: ast.AST | None,
        body: Sequence[ast.stmt],
        depth: int,
    ) -> None:
        self.table.add(start, self._header_end(start, last), depth)
        self.block(body, depth)

    def _header_end(self, start: int, last: ast.AST | None) -> int:
        """Return where the colon after the last expression of a header ends."""
        after = start if last is None else self._spans.end(last)  # type: ignore[arg-type]
        match = _COLON.match(self._spans.text, after)
        return match.end() if match else after


def _clauses(node: ast.stmt, spans: Spans) -> Iterator[_Clause]:
    match node:
        case ast.If():
            yield from _branches(node, spans)
        case ast.While():
            yield _Clause(spans.offset(node), node.test, node.body)
        case ast.For() | ast.AsyncFor():
            yield _Clause(spans.offset(node), node.iter, node.body)
        case ast.With() | ast.AsyncWith():
            item = node.items[-1]
            last = item.optional_vars or item.context_expr
            yield _Clause(spans.offset(node), last, node.body)
        case ast.Try() | ast.TryStar():
            yield _Clause(spans.offset(node), None, node.body)
            for handler in node.handlers:
                start = spans.offset(handler)  # type: ignore[arg-type]
                yield _Clause(start, handler.type, handler.body)
    # `else` and `finally` have no node of their own.
    for name in ("orelse", "finalbody"):
        body = getattr(node, name, None)
        if body and not isinstance(node, ast.If):
            yield _Clause(None, None, body)


def _branches(node: ast.If, spans: Spans) -> Iterator[_Clause]:
    """Yield `if`, every `elif`, which the tree nests, and `else`."""
    while True:
        yield _Clause(spans.offset(node), node.test, node.body)
        if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
            break
        inner = node.orelse[0]
        if not spans.text.startswith("elif", spans.offset(inner)):
            break
        node = inner
    if node.orelse:
        yield _Clause(None, None, node.orelse)


def _last_base(node: ast.ClassDef) -> ast.AST | None:
    parts: list[ast.expr | ast.keyword] = [*node.bases, *node.keywords]
    if not parts:
        return _last_type_parameter(node)
    return max(
        parts, key=lambda part: (part.end_lineno or 0, part.end_col_offset or 0)
    )


def _last_parameter(node: Function) -> ast.AST | None:
    args = node.args
    if node.returns is not None:
        return node.returns
    if args.kwarg is not None:
        return args.kwarg
    if args.kwonlyargs:
        return args.kw_defaults[-1] or args.kwonlyargs[-1]
    if args.vararg is not None:
        return args.vararg
    positional = [*args.posonlyargs, *args.args]
    if positional:
        return args.defaults[-1] if args.defaults else positional[-1]
    return _last_type_parameter(node)


def _last_type_parameter(node: ast.stmt) -> ast.AST | None:
    parameters = getattr(node, "type_params", None)
    return parameters[-1] if parameters else None


_COMPOUND: dict[type[ast.stmt], Callable[[_Reader, Any, int], None]] = {
    ast.FunctionDef: _Reader.definition,
    ast.AsyncFunctionDef: _Reader.definition,
    ast.ClassDef: _Reader.definition,
    ast.Match: _Reader.match,
    **dict.fromkeys(
        (
            ast.If,
            ast.While,
            ast.For,
            ast.AsyncFor,
            ast.With,
            ast.AsyncWith,
            ast.Try,
            ast.TryStar,
        ),
        _Reader.clauses,
    ),
}
