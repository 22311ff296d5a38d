"""Which relations a model takes for which, as a figure."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gmert_pyg.report.palette import COLOURS
from gmert_pyg.report.plain_text import shorten
from gmert_pyg.report.printed import PRINTED


def confusion_figure(
    confusion: NDArray[np.float64], names: Sequence[str]
) -> Figure:
    """Draw a confusion matrix: of every class, the shares of the answers.

    Args:
        confusion: how often each class (row) was taken for each (column).
        names: the names of the classes.

    Raises:
        ValueError: if there is not one name for each.
    """
    if confusion.shape != (len(names), len(names)):
        raise ValueError(
            f"'names' must be one for each class of {confusion.shape} (got"
            f" {len(names)})"
        )
    number = confusion.sum(axis=1, keepdims=True)
    share = confusion / np.maximum(number, 1)
    labels = [shorten(name, 24) for name in names]
    rows = [
        f"{label} ({int(count):,})"
        for label, count in zip(labels, number[:, 0], strict=True)
    ]
    side = 1.8 + 0.38 * len(names)
    with matplotlib.rc_context({**PRINTED, "axes.grid": False}):
        figure = Figure(figsize=(side + 0.6, side), layout="constrained")
        axes = figure.add_subplot()
        colours = matplotlib.colors.LinearSegmentedColormap.from_list(
            "share", ["#ffffff", COLOURS[0]]
        )
        axes.imshow(share, cmap=colours, vmin=0, vmax=1)
        ticks = range(len(names))
        axes.set_xticks(ticks, labels, rotation=90)
        axes.set_yticks(ticks, rows)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true (number)")
        for row, column in zip(*np.nonzero(share >= 0.005), strict=True):
            text = f"{share[row, column]:.0%}"
            axes.text(column, row, text, ha="center", va="center", fontsize=6)
        return figure
