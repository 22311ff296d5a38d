"""Line charts as inline SVG, in the colours of the page around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from gmert_pyg.report.palette import COLOURS

_INK = "#010203"  # stands for the page's text colour until the SVG is written
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.parse_math": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _INK,
    "grid.alpha": 0.15,
    "grid.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.6,
}


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
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        canvas = FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for position, line in enumerate(series):
            style: dict[str, Any] = {
                "color": COLOURS[(first_colour + position) % len(COLOURS)],
                "linestyle": _DASHES[position % len(_DASHES)],
            }
            if len(line.steps) <= 2:
                style["marker"] = "o"
            axes.plot(line.steps, line.values, label=line.label, **style)
        axes.set_xlabel("optimizer step")
        axes.grid(True)
        if len(series) > 1:
            figure.legend(loc="outside right center", frameon=False)
        buffer = StringIO()
        canvas.print_svg(
            buffer,
            metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
        )
    return _inline(buffer.getvalue(), name, description)


def _inline(document: str, name: str, description: str) -> Markup:
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.S)
    opening, body = body[: body.index(">")], body[body.index(">") + 1 :]
    box = re.search(r'viewBox="([-\d. ]+)"', opening)
    assert box is not None  # every SVG of matplotlib has one
    width = box[1].split()[2]
    body = body.replace("xlink:href", "href").replace(_INK, "currentColor")
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace('href="#', f'href="#{name}-')
    body = body.replace("url(#", f"url(#{name}-")
    head = Markup(
        '<svg class="chart" role="img" aria-label="{}" viewBox="{}"'
        ' style="max-width: {}pt">'
    ).format(description, box[1], width)
    return head + Markup(body.strip())
