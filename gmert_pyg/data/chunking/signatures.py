"""The signatures that windows inside a definition repeat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.root_tokens import RootTokens
from gmert_pyg.parsing import Definition, StatementTable

IntArray = NDArray[np.int64]


class Signatures:
    r"""What a window that starts inside a definition repeats of its text.

    A signature goes from `def` or `class` to the colon, without decorators and
    with the line break and indentation before it. A window repeats those of all
    definitions around its first root, of a method after that of its class. If
    they have more than `limit` roots, outer ones are left out; if the innermost
    alone has more, nothing is repeated.

    Args:
        roots: the roots of the file.
        definitions: its definitions whose signatures are repeated, by start.
        statements: its statements.
        limit: the most roots to repeat.

    Attributes:
        length: by root, how many roots a window repeats that starts there.
    """

    def __init__(
        self,
        roots: RootTokens,
        definitions: Sequence[Definition],
        statements: StatementTable,
        limit: int,
    ) -> None:
        self.length = np.zeros(len(roots), np.int64)
        self._owner = np.full(len(roots), -1)
        self._repeated: list[list[tuple[int, int]]] = []
        signatures = _signatures(roots, definitions, statements)
        stops = np.searchsorted(
            roots.start, np.array([d.end for d in definitions], np.int64)
        ).tolist()
        around: list[int] = []
        for number, definition in enumerate(definitions):
            while around and definitions[around[-1]].end <= definition.start:
                around.pop()
            around.append(number)
            body, stop = signatures[number][1], stops[number]
            chosen = _innermost([signatures[n] for n in around], limit)
            self._repeated.append(chosen)
            # Inner definitions come later, and overwrite.
            self._owner[body:stop] = number
            self.length[body:stop] = sum(end - start for start, end in chosen)

    def repeated(self, root: int) -> list[tuple[int, int]]:
        """Return the stretches that a window repeats which starts at a root.

        Args:
            root: the first root of the window's own part.

        Returns:
            The first root of each stretch, and the root after its last one.
        """
        owner = int(self._owner[root])
        return self._repeated[owner] if owner >= 0 else []


def _signatures(
    roots: RootTokens,
    definitions: Sequence[Definition],
    statements: StatementTable,
) -> list[tuple[int, int]]:
    """Return the first root of each signature, and the one after its last."""
    if not definitions:
        return []
    # Of statements that start together, the last is the innermost: a header.
    headers = dict(zip(statements.start, statements.end, strict=True))
    found = []
    for definition in definitions:
        start, body = definition.header_start, definition.body_start
        end = headers.get(start, body)
        first = int(np.searchsorted(roots.end, start, side="right"))
        stop = int(np.searchsorted(roots.start, min(end, body)))
        while first > 0 and roots.line_break[first - 1]:
            first -= 1
        while stop > first and roots.line_break[stop - 1]:
            stop -= 1
        found.append((first, stop))
    return found


def _innermost(
    signatures: Sequence[tuple[int, int]], limit: int
) -> list[tuple[int, int]]:
    """Return the last signatures that together have at most `limit` roots."""
    room, kept = limit, 0
    for first, stop in reversed(signatures):
        room -= stop - first
        if room < 0:
            break
        kept += 1
    return list(signatures[len(signatures) - kept :])
