"""The attention of an encoder by distance, as panels of a figure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure, FigureBase
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from gmert_pyg.nn.explanation import DistanceAttention
from gmert_pyg.report.charts import DASHES
from gmert_pyg.report.distance_bins import DistanceBins, mean_mass
from gmert_pyg.report.palette import COLOURS

WIDTH = 10.8  # inches
_PANEL, _LAYER, _BETWEEN, _FOOT = 2.9, 1.35, 0.62, 0.45
_LAYER_COLUMNS = 4
_LEFT, _RIGHT, _LEGEND = 0.62, 0.15, 1.4  # margins
# From nothing to the colour: what lies behind shows through where it is little.
_SHADES = LinearSegmentedColormap.from_list(
    "mass", [to_rgba(COLOURS[0], 0.0), to_rgba(COLOURS[0], 1.0)]
)


def distances_height(attention: DistanceAttention) -> float:
    """Return the height in inches that `draw_distances` needs."""
    rows = math.ceil(attention.mass.size(0) / _LAYER_COLUMNS)
    return _PANEL + _BETWEEN + rows * (_LAYER + _BETWEEN) + _FOOT


def distance_figure(attention: DistanceAttention) -> Figure:
    """Draw the attention of an encoder by distance.

    Above, of every head: the attention mass by distance, averaged over the
    layers, beside what even attention would give; the mean weight of one pair;
    and the decay. Below, the mass of every head in each layer.

    Args:
        attention: the attention.
    """
    figure = Figure(figsize=(WIDTH, distances_height(attention)))
    draw_distances(figure, attention, figure.get_figheight())
    return figure


def draw_distances(
    figure: FigureBase,
    attention: DistanceAttention,
    height: float,
    width: float = WIDTH,
) -> None:
    """Draw the panels of `distance_figure` into a part of a figure.

    Args:
        figure: the part.
        attention: the attention.
        height: its height in inches.
        width: its width in inches; what is wider than `WIDTH` stays empty.
    """
    bins = DistanceBins(attention.mass.size(-1))
    mass = bins.sums(attention.mass.double().cpu().numpy())
    top = height - 0.35
    grid = figure.add_gridspec(
        1,
        3,
        left=_LEFT / width,
        right=(WIDTH - _LEGEND) / width,
        top=top / height,
        bottom=(top - _PANEL + 0.6) / height,
        wspace=0.28,
        width_ratios=(1.25, 1, 1),
    )
    _mass(figure.add_subplot(grid[0]), attention, bins)
    lines = _weight(figure.add_subplot(grid[1]), attention)
    axes = figure.add_subplot(grid[2])
    _decay(axes, attention)
    axes.legend(
        lines,
        head_names(attention),
        frameon=False,
        fontsize=7.5,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.04),
        handlelength=2.6,
    )
    rows = math.ceil(len(mass) / _LAYER_COLUMNS)
    grid = figure.add_gridspec(
        rows,
        _LAYER_COLUMNS,
        left=_LEFT / width,
        right=(WIDTH - _RIGHT) / width,
        top=(top - _PANEL - 0.35) / height,
        bottom=_FOOT / height,
        wspace=0.12,
        hspace=_BETWEEN / _LAYER,
    )
    scale = float(mass.max())
    for layer, of_layer in enumerate(mass):
        place = divmod(layer, _LAYER_COLUMNS)
        axes = figure.add_subplot(grid[place])
        _heat(axes, of_layer, bins, scale)
        axes.set_title(f"layer {layer}", loc="left", fontsize=9)
        if place[1]:
            axes.set_yticklabels([])
        else:
            axes.set_ylabel("head")
        if layer + _LAYER_COLUMNS < len(mass):
            axes.set_xticklabels([])


def head_names(attention: DistanceAttention) -> list[str]:
    """Name the heads, with the offset of each where there is one."""
    heads = range(attention.mass.size(1))
    if attention.p is None:
        return [f"head {head}" for head in heads]
    return [
        f"head {head}, p = {p:.2f}"
        for head, p in zip(heads, attention.p.tolist(), strict=True)
    ]


def _mass(axes: Axes, attention: DistanceAttention, bins: DistanceBins) -> None:
    even = attention.even.double().cpu().numpy()
    rows = bins.sums(np.vstack([mean_mass(attention), even]))
    _heat(axes, rows, bins, float(rows.max()))
    for (row, column), share in np.ndenumerate(rows):
        axes.text(
            column + 0.5,
            row + 0.5,
            f"{100 * share:.0f}",
            ha="center",
            va="center",
            fontsize=7,
        )
    axes.axhline(len(rows) - 1, color=axes.xaxis.label.get_color(), lw=1)
    heads = [f"{head}" for head in range(len(rows) - 1)]
    axes.set_yticks(np.arange(len(rows)) + 0.5, [*heads, "even"])
    axes.set_ylabel("head")
    axes.set_xlabel("distance")
    _title(axes, "attention mass, mean over layers (%)")


def _heat(
    axes: Axes, mass: NDArray[Any], bins: DistanceBins, scale: float
) -> None:
    axes.pcolormesh(mass, cmap=_SHADES, vmin=0, vmax=scale, linewidth=0)
    axes.invert_yaxis()
    labels = bins.labels
    axes.set_xticks(
        np.arange(len(labels)) + 0.5, labels, rotation=45, fontsize=7
    )
    heads = [f"{head}" for head in range(len(mass))]
    axes.set_yticks(np.arange(len(mass)) + 0.5, heads, fontsize=7)
    axes.tick_params(length=2)


def _weight(axes: Axes, attention: DistanceAttention) -> list[Line2D]:
    weight = attention.weight.mean(dim=0).double().cpu().numpy()
    known = np.flatnonzero(attention.num_pairs.cpu().numpy())
    lines = [
        axes.plot(known, of_head[known], **_style(head))[0]
        for head, of_head in enumerate(weight)
    ]
    axes.set_yscale("log")
    # Weights within a decade have no power of ten between them to label.
    low, high = axes.get_ylim()
    steps = (1.0, 2.0, 5.0) if high < 100 * low else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps))
    # Not as powers, which matplotlib writes as mathematics.
    axes.yaxis.set_major_formatter(lambda value, position: f"{value:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    _distance_axis(axes, weight.shape[-1])
    _title(axes, "mean weight of one pair")
    return lines


def _decay(axes: Axes, attention: DistanceAttention) -> None:
    _title(axes, "decay f(D) of the head")
    if attention.decay is None:
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.text(
            0.5,
            0.5,
            "distance does not damp\nthe attention of this model",
            ha="center",
            va="center",
            transform=axes.transAxes,
        )
        return
    decay = attention.decay.double().cpu().numpy()
    for head, of_head in enumerate(decay):
        axes.plot(of_head, **_style(head))
    _distance_axis(axes, decay.shape[-1])
    axes.set_ylim(bottom=0)


def _style(head: int) -> dict[str, Any]:
    return {
        "color": COLOURS[head % len(COLOURS)],
        "linestyle": DASHES[head % len(DASHES)],
        "linewidth": 1.3,
    }


def _distance_axis(axes: Axes, num_distances: int) -> None:
    """Let near distances take as much room as far ones."""
    axes.set_xscale("symlog", base=2, linthresh=4, linscale=1.5)
    starts = DistanceBins(num_distances).starts.tolist()
    ticks = [0, 1, 2, 3, 4, *(start - 1 for start in starts[6:])]
    ticks = [tick for tick in ticks if tick < num_distances]
    axes.set_xticks(ticks, [f"{tick}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(0, max(num_distances - 1, 1))
    axes.set_xlabel("distance D")
    axes.grid(True)


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=9)
