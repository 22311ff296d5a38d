"""Where the names of a syntax tree stand in the text, verified."""

from __future__ import annotations

import ast
import re
import sys
import unicodedata
from collections.abc import Iterator

from gmert_pyg.parsing.source_file import LineIndex

Span = tuple[int, int]

_GAP = r"(?:[ \t\f]|\\(?:\r\n|\r|\n))*"
_LOOSE = r"(?:[ \t\f\r\n()]|\\(?:\r\n|\r|\n)|\#[^\r\n]*)*"
_WORD = r"([^\W\d]\w*)"
_HEADER = re.compile(rf"(?:async\b{_GAP})?(?:def|class)\b{_GAP}")
_EXCEPT_AS = re.compile(rf"{_LOOSE}\bas\b{_GAP}{_WORD}")
_FROM = re.compile(rf"from\b(?:{_GAP}\.)*{_GAP}")
_DOT = re.compile(rf"{_GAP}\.{_GAP}")
_OUTER = re.compile(rf"(?:global|nonlocal)\b{_GAP}")
_COMMA = re.compile(rf"{_GAP},{_GAP}")
_KEYWORD = re.compile(rf"{_WORD}{_LOOSE}={_LOOSE}\Z")
_REST = re.compile(rf"\*\*{_LOOSE}{_WORD}")
_STARS = re.compile(rf"\**{_GAP}")
_WORDS = re.compile(_WORD)

GUESSED = sys.version_info < (3, 12)
"""Before 3.12 an f-string was one token; positions inside it are guesses."""


class Spans:
    """Finds names of a syntax tree in the text; `None` where it cannot.

    Args:
        text: the source text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.index = LineIndex(text)
        self._starts = self.index.starts
        self._ascii = text.isascii()
        self._string: Span | None = None
        self._cursor = 0
        self._used: set[int] = set()
        self._found: dict[ast.AST, Span | None] = {}

    def offset(self, node: ast.expr | ast.stmt) -> int:
        """Return where a node starts."""
        return self.index.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        """Return where a node ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.index.offset(node.end_lineno, node.end_col_offset)

    def name(self, node: ast.Name) -> Span | None:
        """Return the span of a name."""
        if self._ascii and self._string is None:
            start = self._starts[node.lineno - 1] + node.col_offset
            if self.text.startswith(node.id, start):
                return start, start + len(node.id)
        return self.at_start(node, node.id)

    def attribute(self, node: ast.Attribute) -> Span | None:
        """Return the span of the attribute's own name."""
        if self._ascii and self._string is None:
            end = self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[operator]
            if self.text.startswith(node.attr, end - len(node.attr)):
                return end - len(node.attr), end
        return self.at_end(node, node.attr)

    def at_start(self, node: ast.AST, name: str) -> Span | None:
        """Return the span of a name that its node starts with."""
        if self._string is not None:
            return self._inside_string(node, name, at_end=False)
        start = self.offset(node)  # type: ignore[arg-type]
        return self._word(start, name)

    def at_end(self, node: ast.AST, name: str) -> Span | None:
        """Return the span of a name that its node ends with."""
        if self._string is not None:
            return self._inside_string(node, name, at_end=True)
        end = self.end(node)  # type: ignore[arg-type]
        start = end - len(name)
        if self.text[start:end] == name:
            return start, end
        return self._last_word(end, name)

    def header(self, node: ast.stmt, name: str) -> tuple[int, Span | None]:
        """Return where a `def` or `class` starts, and its name's span."""
        start = self.offset(node)
        match = _HEADER.match(self.text, start)
        return start, self._word(match.end(), name) if match else None

    def exception(self, node: ast.ExceptHandler) -> Span | None:
        """Return the span of `e` in `except E as e`."""
        assert node.type is not None
        assert node.name is not None
        match = _EXCEPT_AS.match(self.text, self.end(node.type))
        return self._word(match.start(1), node.name) if match else None

    def dotted(
        self, start: int, name: str
    ) -> Iterator[tuple[str, Span | None]]:
        """Yield the parts of a dotted name that starts at `start`."""
        for part in name.split("."):
            span = self._word(start, part)
            yield part, span
            if span is not None:
                gap = _DOT.match(self.text, span[1])
                start = gap.end() if gap else span[1]

    def source_module(self, node: ast.ImportFrom) -> int:
        """Return where the module's name in `from m import x` starts."""
        match = _FROM.match(self.text, self.offset(node))
        return match.end() if match else 0

    def outer(
        self, node: ast.Global | ast.Nonlocal
    ) -> Iterator[tuple[str, Span | None]]:
        """Yield the names that a `global` or `nonlocal` statement lists."""
        match = _OUTER.match(self.text, self.offset(node))
        start = match.end() if match else 0
        for name in node.names:
            span = self._word(start, name)
            yield name, span
            if span is not None:
                gap = _COMMA.match(self.text, span[1])
                start = gap.end() if gap else span[1]

    def pattern_keyword(
        self, node: ast.MatchClass, pattern: ast.pattern, name: str
    ) -> Span | None:
        """Return the span of `x` in the class pattern `C(x=...)`."""
        assert isinstance(pattern, ast.AST)
        before = self.text[self.offset(node) : self.offset(pattern)]  # type: ignore[arg-type]
        match = _KEYWORD.search(before)
        if match is None:
            return None
        return self._word(self.offset(node) + match.start(1), name)  # type: ignore[arg-type]

    def rest(self, node: ast.MatchMapping) -> Span | None:
        """Return the span of `rest` in the pattern `{**rest}`."""
        assert node.rest is not None
        last = node.patterns[-1] if node.patterns else None
        start = self.end(last) if last else self.offset(node)  # type: ignore[arg-type]
        match = _REST.search(self.text, start, self.end(node))  # type: ignore[arg-type]
        return self._word(match.start(1), node.rest) if match else None

    def type_parameter(self, node: ast.AST, name: str) -> Span | None:
        """Return the span of a type parameter's name."""
        match = _STARS.match(self.text, self.offset(node))  # type: ignore[arg-type]
        return self._word(match.end(), name) if match else None

    def enter_string(self, node: ast.JoinedStr) -> bool:
        """Note an f-string; positions inside it are searched where unsure."""
        if not GUESSED or self._string is not None:
            return False
        self._string = (self.offset(node), self.end(node))
        self._cursor = self._string[0]
        self._used = set()
        return True

    def leave_string(self) -> None:
        """Note the end of the f-string that was entered."""
        self._string = None

    def found_in_string(self, node: ast.AST) -> Span | None:
        """Return where a name inside an f-string was found before."""
        return self._found.get(node)

    def _word(self, start: int, name: str) -> Span | None:
        end = start + len(name)
        if self.text[start:end] == name and not _continues(self.text, end):
            return start, end
        match = _WORDS.match(self.text, start)
        if match and _same(match.group(), name):
            return match.span()
        return None

    def _last_word(self, end: int, name: str) -> Span | None:
        start = end
        while start > 0 and _continues(self.text, start - 1):
            start -= 1
        return (start, end) if _same(self.text[start:end], name) else None

    def _inside_string(
        self, node: ast.AST, name: str, at_end: bool
    ) -> Span | None:
        if node not in self._found:
            self._found[node] = self._search(node, name, at_end)
        return self._found[node]

    def _search(self, node: ast.AST, name: str, at_end: bool) -> Span | None:
        assert self._string is not None
        first, last = self._string
        line = getattr(node, "end_lineno" if at_end else "lineno")
        column = getattr(node, "end_col_offset" if at_end else "col_offset")
        if 0 < line <= len(self._starts) and column >= 0:
            guess = self.index.offset(line, column)
            guess -= len(name) if at_end else 0
            if first < guess < last and self._fits(guess, name):
                return self._take(guess, name)
        for low, high in ((self._cursor, last), (first, self._cursor)):
            start = self.text.find(name, low, high)
            while start >= 0:
                if self._fits(start, name):
                    return self._take(start, name)
                start = self.text.find(name, start + 1, high)
        return None

    def _fits(self, start: int, name: str) -> bool:
        text, end = self.text, start + len(name)
        return (
            start not in self._used
            and text[start:end] == name
            and not _continues(text, end)
            and not _continues(text, start - 1)
        )

    def _take(self, start: int, name: str) -> Span:
        self._used.add(start)
        self._cursor = start + len(name)
        return start, self._cursor


def _continues(text: str, offset: int) -> bool:
    char = text[offset : offset + 1]
    return char != "" and ("a" + char).isidentifier()


def _same(written: str, name: str) -> bool:
    return unicodedata.normalize("NFKC", written) == name
