"""How the attention of leaves to the tokens of their heads is drawn."""

from __future__ import annotations

from collections import defaultdict

from gmert_pyg.report.chain_layout import Box
from gmert_pyg.report.content import DrawnGraph, DrawnTriple
from gmert_pyg.report.plain_text import visible

CELLS = 5.0  # the height of the cells below a leaf
_THIN, _THICK = 1.0, 6.0  # of the line under a token without, with all of it


def is_shared(triple: DrawnTriple) -> bool:
    """Tell whether attention is known, and has several tokens to go to."""
    return bool(triple.attention) and triple.num_roots > 1


def lane_room(graph: DrawnGraph) -> float:
    """Return the room that a strip needs below its leaves."""
    return CELLS + 1 if any(map(is_shared, graph.triples)) else 0.0


def head_widths(graph: DrawnGraph) -> dict[tuple[int, int], list[float]]:
    """Return how thick the line under each token of a head is.

    The keys are the first root and the number of roots of the heads whose
    tokens share attention; triples of one head are averaged.
    """
    rows: dict[tuple[int, int], list[list[float]]] = defaultdict(list)
    for triple in filter(is_shared, graph.triples):
        key = triple.first_root, triple.num_roots
        rows[key].append(triple.head_attention)
    return {
        head: [
            _THIN + (_THICK - _THIN) * sum(shares) / len(shares)
            for shares in zip(*of_head, strict=True)
        ]
        for head, of_head in rows.items()
    }


def cells(box: Box, shares: list[float]) -> list[tuple[float, float, float]]:
    """Divide the width of a leaf among the tokens of its head.

    Returns:
        The left side, the width and the share of each.
    """
    width = box.width / len(shares)
    return [
        (box.left + place * width, width, share)
        for place, share in enumerate(shares)
    ]


def shares_text(head: list[str], shares: list[float]) -> str:
    """Say how attention is shared among the tokens of a head."""
    return ", ".join(
        f"{visible(text.strip()) or '␣'} {share:.2f}"
        for text, share in zip(head, shares, strict=True)
    )
