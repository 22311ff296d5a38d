"""A leafy chain graph as an SVG drawing that reads as code."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from markupsafe import Markup

from gmert_pyg.report.attention_marks import (
    CELLS,
    cells,
    head_widths,
    is_shared,
    lane_room,
    shares_text,
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


def relation_legend(graph: DrawnGraph) -> list[tuple[str, str, int]]:
    """List the drawn relations: name, colour, number of triples."""
    counts = Counter(triple.relation for triple in graph.triples)
    colours = relation_colours(counts)
    return [
        (name, colour, counts[name])
        for name, colour in colours.items()
        if name in counts
    ]


def triple_texts(graph: DrawnGraph) -> list[tuple[str, str, str]]:
    """List the drawn triples as head, relation and tail."""
    return [
        (
            "".join(_head(graph, triple.first_root, triple.num_roots)),
            triple.relation,
            "".join(triple.tail),
        )
        for triple in graph.triples
    ]


def draw_chain(graph: DrawnGraph) -> Markup:
    """Draw a graph.

    Where it is known how leaves attend to the tokens of a head, the line under
    a token is the thicker the more attention it gets, and cells below every
    leaf, one per token of its head, are filled by the leaf's own attention.

    Returns:
        An `<svg>` element; its lines, boxes and letters take their colours
        from the page's style sheet, the relations theirs from the palette.
    """
    layout = lay_out(graph)
    colours = relation_colours(triple.relation for triple in graph.triples)
    widths, room = head_widths(graph), lane_room(graph)
    tops, parts = row_tops(layout, LANE + room), [Markup()]
    for number, row in enumerate(layout.rows):
        top, is_last = tops[number], number == len(layout.rows) - 1
        parts.append(_chain(layout, row, top, number > 0, not is_last))
        parts.append(_stems(row, top, LANE + room))
        parts += [
            _head_line(layout, row, s, top, widths) for _, s in row.strips
        ]
        parts += [_root(layout.roots[i], top) for i in row.roots]
        for lane, strip in row.strips:
            y = top + TOP_OF_LANES + lane * (LANE + room)
            colour = colours[strip.relation]
            parts.append(_strip(graph, strip, y, colour, room))
    width = layout.right + 24
    return Markup(
        '<svg class="chain" role="img" aria-label="{}" width="{:g}"'
        ' height="{:g}" viewBox="0 0 {:g} {:g}">{}</svg>'
    ).format(
        f"Leafy chain graph of {visible(graph.title)}:"
        f" {len(graph.roots)} roots, {len(graph.triples)} triples",
        *(width, tops[-1], width, tops[-1]),
        Markup("").join(parts),
    )


def _head(graph: DrawnGraph, first: int, length: int) -> list[str]:
    return graph.roots[first : first + length]


def _line(kind: str, *points: tuple[float, float], style: str = "") -> Markup:
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    return Markup('<path class="{}" d="{}" style="{}"/>').format(
        kind, path, style
    )


def _chain(
    layout: ChainLayout, row: Row, top: float, follows: bool, leads_on: bool
) -> Markup:
    """Link the roots of a row, and point to its neighbours."""
    y = top + ROOT_HEIGHT / 2
    boxes = [layout.roots[index] for index in row.roots]
    links = [
        _line("link", (left.right, y), (right.left, y))
        for left, right in pairwise(boxes)
    ]
    if follows:
        links.append(_arrow(LEFT - 18, boxes[0].left, y))
    if leads_on:
        links.append(_arrow(boxes[-1].right, boxes[-1].right + 16, y))
    return Markup("").join(links)


def _arrow(left: float, right: float, y: float) -> Markup:
    return _line("link dashed", (left, y), (right - 2, y)) + _line(
        "link", (right - 5, y - 3), (right - 1, y), (right - 5, y + 3)
    )


def _root(box: Box, top: float) -> Markup:
    kind = "root" if box.whole.strip() else "root blank"
    return Markup(
        '<g class="{}"><title>{}</title><rect x="{:g}" y="{:g}" width="{:g}"'
        ' height="{:g}" rx="3"/><text x="{:g}" y="{:g}">{}</text></g>'
    ).format(
        kind,
        f"root {visible(box.whole)}",
        *(box.left, top, box.width, ROOT_HEIGHT),
        *(box.left + box.width / 2, top + 14),
        box.text,
    )


def _head_line(
    layout: ChainLayout,
    row: Row,
    strip: Strip,
    top: float,
    widths: dict[tuple[int, int], list[float]],
) -> Markup:
    """Underline the roots of a head, as far as they stand in this row."""
    first = strip.first_root
    last = min(first + strip.num_roots - 1, row.roots[-1])
    boxes = layout.roots[first : last + 1]
    y = top + ROOT_HEIGHT + 4
    line = _line("head", (boxes[0].left, y), (boxes[-1].right, y))
    of_head = widths.get((first, strip.num_roots), [])
    for box, width in zip(boxes, of_head, strict=False):
        ends = (box.left, y), (box.right, y)
        line += _line("head", *ends, style=f"stroke-width: {width:.2g}")
    return line


def _stems(row: Row, top: float, lane_height: float) -> Markup:
    """Draw one connector per anchor, and its elbows."""
    lowest: dict[float, float] = {}
    lines = []
    for lane, strip in row.strips:
        y = top + TOP_OF_LANES + lane * lane_height + LEAF_HEIGHT / 2
        lowest[strip.stem] = max(y, lowest.get(strip.stem, 0.0))
        lines.append(_line("stem", (strip.stem, y), (strip.stem + ELBOW, y)))
    for stem, y in lowest.items():
        lines.append(_line("stem", (stem, top + ROOT_HEIGHT), (stem, y)))
    return Markup("").join(lines)


def _strip(
    graph: DrawnGraph, strip: Strip, y: float, colour: str, room: float
) -> Markup:
    left, middle = strip.stem + ELBOW, y + LEAF_HEIGHT / 2
    height = LEAF_HEIGHT + 4 + room
    roots = _head(graph, strip.first_root, strip.num_roots)
    parts = [
        Markup(
            '<rect class="strip" x="{:g}" y="{:g}" width="{:g}" height="{:g}"'
            ' rx="4" fill="{}"/><rect x="{:g}" y="{:g}" width="3"'
            ' height="{:g}" fill="{}"/><text class="relation" x="{:g}"'
            ' y="{:g}">{}</text>'
        ).format(
            *(left, y - 2, strip.right - left, height, colour),
            *(left, y - 2, height, colour),
            *(left + PADDING + 3, y + 12.5),
            shorten(visible(strip.relation), 24),
        )
    ]
    for number, tail in zip(strip.triples, strip.tails, strict=True):
        triple = graph.triples[number]
        text = visible("".join(box.whole for box in tail))
        parts.append(
            Markup('<g class="tail"><title>{}</title>').format(
                f"{visible(''.join(roots))} {strip.relation} {text}"
            )
        )
        for a, b in pairwise(tail):
            ends = (a.right, middle), (b.left, middle)
            parts.append(_line("leaf-link", *ends, style=f"stroke: {colour}"))
        parts += [_leaf(box, y, colour) for box in tail]
        if is_shared(triple):
            parts += [
                _shares(box, y + LEAF_HEIGHT + 1.5, colour, roots, shares)
                for box, shares in zip(tail, triple.attention, strict=True)
            ]
        parts.append(Markup("</g>"))
    return Markup("").join(parts)


def _leaf(box: Box, y: float, colour: str) -> Markup:
    return Markup(
        '<rect class="leaf" x="{:g}" y="{:g}" width="{:g}" height="{:g}"'
        ' rx="8" style="stroke: {}"/><text class="leaf-text" x="{:g}"'
        ' y="{:g}">{}</text>'
    ).format(
        *(box.left, y, box.width, LEAF_HEIGHT, colour),
        *(box.left + box.width / 2, y + 12.5),
        box.text,
    )


def _shares(
    box: Box, y: float, colour: str, head: list[str], shares: list[float]
) -> Markup:
    """Draw a leaf's attention to the tokens of its head."""
    title = f"{visible(box.whole)} attends to {shares_text(head, shares)}"
    parts = [Markup('<g class="shares"><title>{}</title>').format(title)]
    for left, width, share in cells(box, shares):
        parts.append(
            Markup(
                '<rect x="{:g}" y="{:g}" width="{:g}" height="{:g}" fill="{}"'
                ' fill-opacity="{:.3f}" style="stroke: {}"/>'
            ).format(left, y, width, CELLS, colour, share, colour)
        )
    return Markup("").join([*parts, Markup("</g>")])
