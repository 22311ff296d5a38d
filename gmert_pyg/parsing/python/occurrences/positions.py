"""Where identifiers start: the places that occurrences are known by."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.python.spans import Spans

NO_PLACE = -2
"""Stands for the place of a name that was not found in the text."""


class Positions:
    """Places of names, which are those of the file's mentions.

    Args:
        spans: the positions of the file, whose names the walk through it has
            looked up before.
    """

    def __init__(self, spans: Spans) -> None:
        self.spans = spans
        self._starts = spans.index.starts
        self._ascii = spans.text.isascii()
        self._plain = self._ascii
        self._in_string = False

    def name(self, node: ast.Name) -> int:
        """Return the place of a name."""
        if self._plain:
            return self._starts[node.lineno - 1] + node.col_offset
        if self._in_string:
            return self._recalled(node)
        span = self.spans.name(node)
        return span[0] if span else NO_PLACE

    def attribute(self, node: ast.Attribute) -> int:
        """Return the place of an attribute's own name."""
        if self._plain:
            end = self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[operator]
            return end - len(node.attr)
        if self._in_string:
            return self._recalled(node)
        span = self.spans.attribute(node)
        return span[0] if span else NO_PLACE

    def at_start(self, node: ast.AST, name: str) -> int:
        """Return the place of a name that its node starts with."""
        if self._in_string:
            return self._recalled(node)
        span = self.spans.at_start(node, name)
        return span[0] if span else NO_PLACE

    def at_end(self, node: ast.AST, name: str) -> int:
        """Return the place of a name that its node ends with."""
        span = self.spans.at_end(node, name)
        return span[0] if span else NO_PLACE

    @property
    def in_string(self) -> bool:
        """Whether nodes are part of an f-string with unsure positions."""
        return self._in_string

    @in_string.setter
    def in_string(self, inside: bool) -> None:
        self._in_string = inside
        self._plain = self._ascii and not inside

    def _recalled(self, node: ast.AST) -> int:
        span = self.spans.found_in_string(node)
        return span[0] if span else NO_PLACE
