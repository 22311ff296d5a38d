"""A leafy chain graph drawn with matplotlib, as `chain_drawing` draws it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from gmert_pyg.report.attention_marks import (
    CELLS,
    cells,
    head_widths,
    is_shared,
    lane_room,
)
from gmert_pyg.report.chain_layout import (
    ELBOW,
    LANE,
    LEAF_HEIGHT,
    LEFT,
    PADDING,
    ROOT_HEIGHT,
    TOP_OF_LANES,
    Box,
    ChainLayout,
    Row,
    Strip,
    lay_out,
    row_tops,
)
from gmert_pyg.report.content import DrawnGraph
from gmert_pyg.report.palette import relation_colours
from gmert_pyg.report.plain_text import shorten, visible

PIXEL = 1 / 96  # inches
_POINTS = 72 / 96  # of a pixel
_INK, _FAINT, _PANEL, _PAGE = "#1c2128", "#5b6470", "#f5f7f9", "#ffffff"


class ChainFigure:
    """A graph laid out, ready to be drawn into axes of its size.

    Args:
        graph: the graph.
    """

    def __init__(self, graph: DrawnGraph) -> None:
        self.graph, self.layout = graph, lay_out(graph)
        self.lane = LANE + lane_room(graph)
        self.widths = head_widths(graph)
        self.colours = relation_colours(t.relation for t in graph.triples)
        self.tops = row_tops(self.layout, self.lane)

    @property
    def width(self) -> float:
        """The width in inches."""
        return (self.layout.right + 24) * PIXEL

    @property
    def height(self) -> float:
        """The height in inches."""
        return self.tops[-1] * PIXEL

    def draw(self, axes: Axes) -> None:
        """Draw the graph; one unit of the axes is then a pixel.

        Args:
            axes: axes of `width` and `height`.
        """
        axes.set_axis_off()
        axes.set_xlim(0, self.width / PIXEL)
        axes.set_ylim(self.tops[-1], 0)
        last = len(self.layout.rows) - 1
        for number, row in enumerate(self.layout.rows):
            top = self.tops[number]
            _chain(axes, self.layout, row, top, number > 0, number < last)
            for lane, strip in row.strips:
                y = top + TOP_OF_LANES + lane * self.lane
                middle = y + LEAF_HEIGHT / 2
                elbow = (strip.stem, strip.stem, strip.stem + ELBOW)
                _line(axes, elbow, (top + ROOT_HEIGHT, middle, middle), 1)
                self._head(axes, row, strip, top)
                self._strip(axes, strip, y)
            for index in row.roots:
                _root(axes, self.layout.roots[index], top)

    def _head(self, axes: Axes, row: Row, strip: Strip, top: float) -> None:
        first = strip.first_root
        last = min(first + strip.num_roots - 1, row.roots[-1])
        boxes = self.layout.roots[first : last + 1]
        y = top + ROOT_HEIGHT + 4
        _line(axes, (boxes[0].left, boxes[-1].right), (y, y), 2, _INK)
        of_head = self.widths.get((first, strip.num_roots), [])
        for box, width in zip(boxes, of_head, strict=False):
            _line(axes, (box.left, box.right), (y, y), width, _INK)

    def _strip(self, axes: Axes, strip: Strip, y: float) -> None:
        colour, left = self.colours[strip.relation], strip.stem + ELBOW
        height = self.lane - 4
        _box(
            axes, left, y - 2, strip.right - left, height, 4, fc=colour, a=0.13
        )
        axes.add_patch(Rectangle((left, y - 2), 3, height, fc=colour, lw=0))
        relation = shorten(visible(strip.relation), 24)
        start = left + PADDING + 3
        _text(axes, start, y + 12.5, relation, 11, ha="left", style="italic")
        for number, tail in zip(strip.triples, strip.tails, strict=True):
            triple = self.graph.triples[number]
            middle = y + LEAF_HEIGHT / 2
            for a, b in pairwise(tail):
                _line(axes, (a.right, b.left), (middle, middle), 2.5, colour)
            for place, box in enumerate(tail):
                _leaf(axes, box, y, colour)
                if is_shared(triple):
                    _shares(axes, box, y, colour, triple.attention[place])


def _chain(
    axes: Axes,
    layout: ChainLayout,
    row: Row,
    top: float,
    follows: bool,
    leads_on: bool,
) -> None:
    y = top + ROOT_HEIGHT / 2
    boxes = [layout.roots[index] for index in row.roots]
    for left, right in pairwise(boxes):
        _line(axes, (left.right, right.left), (y, y), 1.4)
    arrows = [(LEFT - 18, boxes[0].left)] if follows else []
    if leads_on:
        arrows.append((boxes[-1].right, boxes[-1].right + 16))
    for start, end in arrows:
        _line(axes, (start, end - 2), (y, y), 1.4, linestyle=(0, (2, 2)))
        tip = (end - 5, end - 1, end - 5)
        _line(axes, tip, (y - 3, y, y + 3), 1.4)


def _root(axes: Axes, box: Box, top: float) -> None:
    is_blank = not box.whole.strip()
    _box(
        axes,
        *(box.left, top, box.width, ROOT_HEIGHT, 3),
        fc=_PANEL,
        ec=_FAINT,
        lw=1 * _POINTS,
        ls=(0, (2, 2)) if is_blank else "-",
    )
    colour = _FAINT if is_blank else _INK
    middle = box.left + box.width / 2
    _text(axes, middle, top + 14, box.text, 12, color=colour)


def _leaf(axes: Axes, box: Box, y: float, colour: str) -> None:
    _box(
        axes,
        *(box.left, y, box.width, LEAF_HEIGHT, 8),
        fc=_PAGE,
        ec=colour,
        lw=1.4 * _POINTS,
    )
    _text(axes, box.left + box.width / 2, y + 12.5, box.text, 11)


def _shares(
    axes: Axes, box: Box, y: float, colour: str, shares: list[float]
) -> None:
    for left, width, share in cells(box, shares):
        axes.add_patch(
            Rectangle(
                (left, y + LEAF_HEIGHT + 1.5),
                width,
                CELLS,
                fc=(colour, share),
                ec=colour,
                lw=0.5,
            )
        )


def _line(
    axes: Axes,
    x: tuple[float, ...],
    y: tuple[float, ...],
    width: float,
    colour: str = _FAINT,
    **style: Any,
) -> None:
    style |= {"color": colour, "lw": width * _POINTS}
    axes.plot(x, y, solid_capstyle="butt", **style)


def _box(
    axes: Axes,
    left: float,
    top: float,
    width: float,
    height: float,
    radius: float,
    **style: Any,
) -> None:
    style = {"lw": 0, "alpha": style.pop("a", None)} | style
    shape = f"round,pad=0,rounding_size={radius}"
    axes.add_patch(
        FancyBboxPatch((left, top), width, height, boxstyle=shape, **style)
    )


def _text(
    axes: Axes, x: float, y: float, text: str, size: float, **style: Any
) -> None:
    style = {"ha": "center", "va": "baseline", "color": _INK} | style
    axes.text(x, y, text, size=size * _POINTS, family="monospace", **style)
