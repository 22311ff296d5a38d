"""A syntax tree as columns in preorder: no recursion, at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tree_sitter import Tree


@dataclass(slots=True)
class FlatTree:
    """The named nodes of a syntax tree, numbered in preorder.

    Args:
        text: the text.
        type: the type of each node.
        field: the field of its parent that each node is in, or empty.
        parent: the number of its parent, -1 for the root.
        stop: one more than the number of its last descendant.
        start: where it starts, in characters.
        end: where it ends.
        postorder: all nodes, children before parents.
        in_error: tokens that error recovery put directly under an error.
    """

    text: str
    type: list[str]
    field: list[str]
    parent: list[int]
    stop: list[int]
    start: list[int]
    end: list[int]
    postorder: list[int]
    in_error: frozenset[int]

    def __len__(self) -> int:
        return len(self.type)

    def children(self, node: int) -> Iterator[int]:
        """Yield the children of a node, in text order."""
        child, stop = node + 1, self.stop[node]
        while child < stop:
            yield child
            child = self.stop[child]

    def child(self, node: int, field: str) -> int | None:
        """Return the first child in a field, if there is one."""
        for child in self.children(node):
            if self.field[child] == field:
                return child
        return None

    def fields(self, node: int, field: str) -> list[int]:
        """Return the children in a field."""
        return [c for c in self.children(node) if self.field[c] == field]

    def span(self, node: int) -> tuple[int, int]:
        """Return where a node starts and ends."""
        return self.start[node], self.end[node]

    def source(self, node: int) -> str:
        """Return the text of a node."""
        return self.text[self.start[node] : self.end[node]]


def flatten(tree: Tree, text: str, encoded: bytes) -> FlatTree:
    """Read a tree into columns.

    Args:
        tree: what the parser made of `encoded`.
        text: the text.
        encoded: the same in UTF-8, whose bytes the positions count.
    """
    types: list[str] = []
    fields: list[str] = []
    parents: list[int] = []
    stops: list[int] = []
    spans: list[int] = []
    order: list[int] = []
    in_error: set[int] = set()
    open_nodes: list[int] = [-1]
    levels: list[bool] = []  # whether each ancestor of the cursor is kept
    cursor = tree.walk()
    while True:
        node = cursor.node
        assert node is not None
        name = cursor.field_name or ""
        kept = node.is_named or name == "kind"
        if kept:
            number, parent = len(types), open_nodes[-1]
            types.append(node.type)
            fields.append(name)
            parents.append(parent)
            stops.append(0)
            spans += (node.start_byte, node.end_byte)
            if parent >= 0 and types[parent] == "ERROR":
                in_error.add(number)
            open_nodes.append(number)
        levels.append(kept)
        if cursor.goto_first_child():
            continue
        while True:
            if levels.pop():
                done = open_nodes.pop()
                stops[done] = len(types)
                order.append(done)
            if cursor.goto_next_sibling():
                break
            if not cursor.goto_parent():
                start, end = _characters(spans, text, encoded)
                return FlatTree(
                    text,
                    types,
                    fields,
                    parents,
                    stops,
                    start,
                    end,
                    order,
                    frozenset(in_error),
                )


def _characters(
    spans: list[int], text: str, encoded: bytes
) -> tuple[list[int], list[int]]:
    """Translate offsets of bytes into offsets of characters."""
    offsets = np.array(spans, np.int64)
    if len(text) != len(encoded):
        # A character is counted at its first byte, not at those that follow.
        first = (np.frombuffer(encoded, np.uint8) & 0xC0) != 0x80
        offsets = np.concatenate([[0], np.cumsum(first)])[offsets]
    return offsets[::2].tolist(), offsets[1::2].tolist()
