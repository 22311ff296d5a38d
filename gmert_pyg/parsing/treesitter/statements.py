"""Where the statements of a file, and their parts, start and end."""

from __future__ import annotations

import re
from typing import NamedTuple

from gmert_pyg.parsing.statement_table import StatementTable
from gmert_pyg.parsing.treesitter.flat_tree import FlatTree

_PUNCTUATION = re.compile(r"[^\w\"'`]*")


class _Row(NamedTuple):
    """A stretch of text, or a statement whose parts are still to be found."""

    start: int
    end: int
    depth: int
    node: int = -1


def statement_table(tree: FlatTree, bodies: frozenset[str]) -> StatementTable:
    """Return the extents of all statements of a file.

    Args:
        tree: its syntax tree.
        bodies: the types of nodes whose children are statements.
    """
    table = StatementTable()
    todo = _statements(tree, 0, 0)[::-1]
    while todo:
        row = todo.pop()
        table.add(row.start, row.end, row.depth)
        if row.node >= 0:
            todo += _parts(tree, bodies, row.node, row.depth + 1)[::-1]
    return table


def _statements(tree: FlatTree, body: int, depth: int) -> list[_Row]:
    return [
        _Row(tree.start[node], tree.end[node], depth, node)
        for node in tree.children(body)
        if not tree.type[node].endswith("comment")
        and tree.field[node] in ("", "alternative", "member")
        and tree.start[node] < tree.end[node]
    ]


def _parts(
    tree: FlatTree, bodies: frozenset[str], node: int, depth: int
) -> list[_Row]:
    """Return the header, the body and what follows; clauses, if several."""
    found = [
        (body, inside)
        for body in _bodies(tree, bodies, node)
        if (inside := _statements(tree, body, depth))
    ]
    rows: list[_Row] = []
    start, several = tree.start[node], len(found) > 1
    for body, inside in found:
        end = max(tree.end[body], inside[-1].end)
        if several:
            rows.append(_Row(start, end, depth))
        below = depth + several
        stop = _header_end(tree, body, start, inside[0].start)
        if start < stop:
            rows.append(_Row(start, stop, below))
        rows += [row._replace(depth=below) for row in inside]
        start = _skip(tree.text, end, tree.end[node])
    if found and start < tree.end[node]:
        rows.append(_Row(start, tree.end[node], depth))
    return rows


def _bodies(tree: FlatTree, bodies: frozenset[str], node: int) -> list[int]:
    """Return the bodies in a statement that are in no other."""
    if tree.type[node] in bodies:
        return [node]
    found, inside = [], node + 1
    while inside < tree.stop[node]:
        if tree.type[inside] in bodies:
            found.append(inside)
            inside = tree.stop[inside]
        else:
            inside += 1
    return found


def _header_end(tree: FlatTree, body: int, start: int, first: int) -> int:
    """Return where the header before the first statement of a body ends."""
    brace = tree.start[body]
    if start <= brace < first and tree.text[brace] == "{":
        return brace + 1
    return start + len(tree.text[start:first].rstrip())


def _skip(text: str, start: int, end: int) -> int:
    """Skip punctuation and white space."""
    match = _PUNCTUATION.match(text, start, end)
    return match.end() if match else start
