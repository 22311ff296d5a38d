"""What a model attends to, as one figure of matplotlib."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure

from gmert_pyg.nn.explanation import DistanceAttention
from gmert_pyg.report.chain_drawing import relation_legend
from gmert_pyg.report.chain_figure import ChainFigure
from gmert_pyg.report.content import DrawnGraph
from gmert_pyg.report.distance_figure import (
    WIDTH,
    distances_height,
    draw_distances,
)
from gmert_pyg.report.plain_text import visible
from gmert_pyg.report.printed import PRINTED
from gmert_pyg.whole_output import whole_file

FORMATS = (".png", ".svg")
_HEADING, _GAP, _MARGIN = 0.55, 0.3, 0.15  # inches
_DOTS, _MAX_DOTS = 144, 60_000  # per inch, and of a side


def explanation_figure(
    graphs: Sequence[DrawnGraph], attention: DistanceAttention | None = None
) -> Figure:
    """Draw graphs, and below them the attention of an encoder by distance.

    Args:
        graphs: the graphs, with the attention of H-GAT where it is known.
        attention: the attention of the encoder. (default: not known)
    """
    chains = [ChainFigure(graph) for graph in graphs]
    width = max([WIDTH, *(chain.width for chain in chains)]) + 2 * _MARGIN
    heights = [_HEADING + chain.height + _GAP for chain in chains]
    if attention is not None:
        heights.append(distances_height(attention))
    with matplotlib.rc_context(PRINTED):
        figure = Figure(figsize=(width, sum(heights)))
        parts = figure.subfigures(
            len(heights), 1, squeeze=False, height_ratios=heights, hspace=0
        )[:, 0]
        for chain, part, height in zip(chains, parts, heights, strict=False):
            _draw_chain(part, chain, width, height)
        if attention is not None:
            draw_distances(parts[-1], attention, heights[-1], width)
    return figure


def write_figure(
    graphs: Sequence[DrawnGraph],
    attention: DistanceAttention | None,
    path: str | os.PathLike[str],
) -> None:
    """Write `explanation_figure` to a file, which exists whole or not at all.

    Args:
        graphs: the graphs.
        attention: the attention of the encoder, if known.
        path: a file whose name ends in one of `FORMATS`.

    Raises:
        ValueError: if it does not.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in FORMATS:
        raise ValueError(f"'path' must end in one of {FORMATS} (got '{path}')")
    figure = explanation_figure(graphs, attention)
    # A picture of many lines would outgrow what a file of pixels can hold.
    dots = min(_DOTS, _MAX_DOTS / max(figure.get_size_inches()))
    with (
        matplotlib.rc_context({**PRINTED, "svg.hashsalt": "explanation"}),
        warnings.catch_warnings(),
        whole_file(path) as temporary,
    ):
        # Of a character that no font has, a box is drawn.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        FigureCanvasAgg(figure)
        figure.savefig(
            temporary,
            format=suffix[1:],
            dpi=dots,
            metadata={"Date": None} if suffix == ".svg" else None,
        )


def _draw_chain(
    part: SubFigure, chain: ChainFigure, width: float, height: float
) -> None:
    axes = part.add_axes(
        (
            _MARGIN / width,
            _GAP / height,
            chain.width / width,
            chain.height / height,
        )
    )
    chain.draw(axes)
    left, line = _MARGIN / width + 0.004, 0.2 / height
    part.text(
        left, 1 - line, visible(chain.graph.title), size=11, weight="bold"
    )
    cursor = left
    for name, colour, count in relation_legend(chain.graph):
        part.text(cursor, 1 - 2.1 * line, "■", color=colour, size=9)
        text = f"{visible(name)} {count}"
        part.text(cursor + 0.13 / width, 1 - 2.1 * line, text, size=8)
        cursor += (0.4 + 0.072 * len(text)) / width
