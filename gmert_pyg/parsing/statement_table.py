"""The extents of a file's statements, for cutting it into chunks."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field


def _ints() -> array[int]:
    return array("i")


@dataclass(slots=True)
class StatementTable:
    """Statements and their parts as columns, outer ones before inner ones.

    Rows nest: a row lies inside the last row before it whose depth is one
    less. Inside a compound statement lie its header, up to the colon, and the
    statements of its body; where it has several clauses, such as `if` and
    `else`, each clause with its own header and body. Decorators belong to the
    header, and are rows inside it, as is then the rest of it. So the text
    between two rows of one parent is punctuation, comments and blank lines.

    Args:
        start: the first character of each row.
        end: the character after its last one.
        depth: the number of rows around it.
    """

    start: array[int] = field(default_factory=_ints)
    end: array[int] = field(default_factory=_ints)
    depth: array[int] = field(default_factory=_ints)

    def __len__(self) -> int:
        return len(self.start)

    def add(self, start: int, end: int, depth: int) -> None:
        """Append a row."""
        self.start.append(start)
        self.end.append(end)
        self.depth.append(depth)
