"""Line charts as inline SVG, in the colours of the page around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from gmert_pyg.report.inline_svg import inline_svg, page_style
from gmert_pyg.report.palette import COLOURS

DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.2, 1.5)))


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart.

    Args:
        label: its name.
        steps: positions on the horizontal axis.
        values: positions on the vertical axis.
    """

    label: str
    steps: tuple[float, ...]
    values: tuple[float, ...]


def read_series(
    log_history: Sequence[dict[str, float]], key: str, label: str
) -> Series | None:
    """Collect one logged quantity, or `None` if it was never logged."""
    points = [
        (float(entry["step"]), float(entry[key]))
        for entry in log_history
        if key in entry and "step" in entry
    ]
    if not points:
        return None
    steps, values = zip(*points, strict=True)
    return Series(label, steps, values)


def line_chart(
    series: Sequence[Series],
    *,
    name: str,
    description: str,
    size: tuple[float, float] = (3.1, 2.1),
    first_colour: int = 0,
) -> Markup:
    """Draw lines over training steps.

    Args:
        series: the lines; more than one get a legend.
        name: a name within the page, which keeps the ids of charts apart.
        description: what a reader who cannot see the chart is told.
        size: width and height, in inches of 72 points.
        first_colour: the colour of the first line in the palette.

    Returns:
        An `<svg>` element without links, dates or identifiers that vary.
    """
    with page_style(name):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        for position, line in enumerate(series):
            style: dict[str, Any] = {
                "color": COLOURS[(first_colour + position) % len(COLOURS)],
                "linestyle": DASHES[position % len(DASHES)],
            }
            if len(line.steps) <= 2:
                style["marker"] = "o"
            axes.plot(line.steps, line.values, label=line.label, **style)
        axes.set_xlabel("optimizer step")
        axes.grid(True)
        if len(series) > 1:
            figure.legend(loc="outside right center", frameon=False)
        return inline_svg(figure, name, description)
