"""Where the boxes of a drawn leafy chain graph stand.

Roots flow in lines as in the source. Below each line hang the leaves that are
anchored in it: one strip for a head and a relation, with all its tails.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from gmert_pyg.report.content import DrawnGraph
from gmert_pyg.report.lanes import Hanging, pack_lanes
from gmert_pyg.report.plain_text import columns, shorten, visible

ROOT_COLUMN = 7.3  # pixels of a monospaced character of a root
LEAF_COLUMN = 6.7  # and of a leaf
PADDING = 4.0
ROOT_GAP = 5.0
LINK = 9.0  # the line between two leaves of a tail
TAIL_GAP = 9.0
LABEL_GAP = 7.0
STEM = 7.0  # from a root's left side to the stem below it
ELBOW = 8.0  # from the stem to the strip
LEFT = 22.0
WIDTH = 900.0  # longer lines are continued below
STRIP_WIDTH = 430.0  # longer strips are continued below
CONTINUED = 4  # columns that a continued line is indented by
ROOT_HEIGHT, LEAF_HEIGHT = 20.0, 17.0
TOP_OF_LANES, LANE, ROW_GAP = 33.0, 25.0, 8.0


@dataclass(frozen=True, slots=True)
class Box:
    """A box of text; `text` is what is shown, `whole` the token itself."""

    text: str
    whole: str
    left: float
    width: float

    @property
    def right(self) -> float:
        """The right side."""
        return self.left + self.width


@dataclass(frozen=True, slots=True)
class Strip:
    """The tails of one head and relation, in boxes after a label.

    Its triples are numbers of the graph's triples, one per tail.
    """

    relation: str
    first_root: int
    num_roots: int
    stem: float
    right: float
    tails: tuple[tuple[Box, ...], ...]
    triples: tuple[int, ...]


@dataclass(slots=True)
class Row:
    """A line of roots, and what hangs below it, lane by lane."""

    indent: float
    roots: list[int] = field(default_factory=list)
    strips: list[tuple[int, Strip]] = field(default_factory=list)

    @property
    def num_lanes(self) -> int:
        """The number of lanes."""
        return max((lane + 1 for lane, _ in self.strips), default=0)


@dataclass(frozen=True, slots=True)
class ChainLayout:
    """A graph laid out: one box per root, and the rows that hold them."""

    roots: list[Box]
    rows: list[Row]

    @property
    def right(self) -> float:
        """The rightmost side of all boxes."""
        strips = [strip.right for row in self.rows for _, strip in row.strips]
        return max([LEFT, *(box.right for box in self.roots), *strips])


def lay_out(graph: DrawnGraph) -> ChainLayout:
    """Place every root and every leaf of a graph."""
    roots, rows = _flow(graph.roots)
    grouped: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for number, triple in enumerate(graph.triples):
        key = (triple.first_root, triple.num_roots, triple.relation)
        grouped[key].append(number)
    for row in rows:
        members = set(row.roots)
        strips = [
            strip
            for (first, _, _), triples in grouped.items()
            if first in members
            for strip in _strips(graph, triples, roots[first].left)
        ]
        lanes = pack_lanes([Hanging(s.stem, s.right) for s in strips], 10.0)
        row.strips = list(zip(lanes, strips, strict=True))
    return ChainLayout(roots, rows)


def row_tops(layout: ChainLayout, lane: float) -> list[float]:
    """Return where every row starts, and where the last one ends.

    Args:
        layout: the layout.
        lane: the height of a lane.
    """
    tops = [4.0]
    for row in layout.rows:
        lanes = row.num_lanes * lane
        height = (TOP_OF_LANES if lanes else ROOT_HEIGHT + 4) + lanes
        tops.append(tops[-1] + height + ROW_GAP)
    return tops


def _flow(texts: list[str]) -> tuple[list[Box], list[Row]]:
    rows, boxes = [Row(LEFT)], []
    cursor, code_indent = LEFT, LEFT
    for index, text in enumerate(texts):
        core = text.strip()
        leading = text[: len(text) - len(text.lstrip())] if core else ""
        trailing = text[len(text.rstrip()) :] if core else text
        if "\n" in leading:
            cursor = code_indent = _indent(leading)
            rows.append(Row(cursor))
        else:
            cursor += len(leading) * ROOT_COLUMN
        shown = shorten(visible(core or _whitespace_sign(text)), 48)
        width = columns(shown) * ROOT_COLUMN + 2 * PADDING
        if rows[-1].roots and cursor + width > LEFT + WIDTH:
            cursor = code_indent + CONTINUED * ROOT_COLUMN
            rows.append(Row(cursor))
        boxes.append(Box(shown, text, cursor, width))
        rows[-1].roots.append(index)
        cursor += width + ROOT_GAP
        if "\n" in trailing:
            cursor = code_indent = _indent(trailing)
            rows.append(Row(cursor))
        elif core:
            cursor += len(trailing) * ROOT_COLUMN
    return boxes, [row for row in rows if row.roots]


def _indent(whitespace: str) -> float:
    last = whitespace.rsplit("\n", 1)[1].expandtabs(4)
    return LEFT + min(len(last), 60) * ROOT_COLUMN


def _whitespace_sign(text: str) -> str:
    breaks = text.count("\n")
    return "⏎" * min(breaks, 3) if breaks else "␣"


def _strips(
    graph: DrawnGraph, triples: list[int], anchor_left: float
) -> list[Strip]:
    """Lay out triples of one head and relation."""
    first = graph.triples[triples[0]]
    stem = anchor_left + STEM
    label = columns(shorten(visible(first.relation), 24)) * LEAF_COLUMN
    start = stem + ELBOW + PADDING + label + LABEL_GAP
    strips: list[list[tuple[Box, ...]]] = [[]]
    cursor = start
    for number in triples:
        tail = graph.triples[number].tail
        placed = _tail_boxes(tail, cursor)
        if strips[-1] and placed[-1].right > stem + STRIP_WIDTH:
            strips.append([])
            placed = _tail_boxes(tail, start)
        strips[-1].append(placed)
        cursor = placed[-1].right + TAIL_GAP
    numbers = iter(triples)
    return [
        Strip(
            first.relation,
            first.first_root,
            first.num_roots,
            stem,
            row[-1][-1].right + PADDING,
            tuple(row),
            tuple(next(numbers) for _ in row),
        )
        for row in strips
    ]


def _tail_boxes(tail: list[str], left: float) -> tuple[Box, ...]:
    boxes = []
    for text in tail:
        shown = shorten(visible(text.strip() or _whitespace_sign(text)), 28)
        width = columns(shown) * LEAF_COLUMN + 2 * PADDING
        boxes.append(Box(shown, text, left, width))
        left += width + LINK
    return tuple(boxes)
