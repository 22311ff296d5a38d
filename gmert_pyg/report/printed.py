"""Figures of matplotlib as files, on white."""

from __future__ import annotations

import os
import warnings
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gmert_pyg.report.inline_svg import STYLE
from gmert_pyg.whole_output import whole_file

PRINTED: dict[Any, Any] = {
    **STYLE,
    "text.color": "#1c2128",
    "axes.edgecolor": "#5b6470",
    "axes.labelcolor": "#1c2128",
    "xtick.color": "#1c2128",
    "ytick.color": "#1c2128",
    "grid.color": "#1c2128",
    "savefig.facecolor": "#ffffff",
    "figure.facecolor": "#ffffff",
}


def write_png(
    figure: Figure, path: str | os.PathLike[str], dots: int = 144
) -> None:
    """Write a figure that was made in this style to a file, which exists whole
    or not at all.

    Args:
        figure: the figure.
        path: the file.
        dots: how many of them are an inch.
    """
    with (
        matplotlib.rc_context(PRINTED),
        warnings.catch_warnings(),
        whole_file(path) as temporary,
    ):
        # Of a character that no font has, a box is drawn.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        FigureCanvasAgg(figure)
        figure.savefig(temporary, format="png", dpi=dots)
