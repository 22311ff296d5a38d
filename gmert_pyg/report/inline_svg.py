"""Figures of matplotlib as part of a page: in its colours, without links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK = "#010203"  # stands for the page's text colour until the SVG is written
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.parse_math": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "grid.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.6,
}


@contextmanager
def page_style(name: str) -> Iterator[None]:
    """Let figures that are made in the context look like the page.

    Args:
        name: the name of the figure within the page.
    """
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        yield


def inline_svg(figure: Figure, name: str, description: str) -> Markup:
    """Write a figure that was made in `page_style` as a part of a page.

    Args:
        figure: the figure.
        name: a name within the page, which keeps the ids of figures apart.
        description: what a reader who cannot see the figure is told.

    Returns:
        An `<svg>` element without links, dates or identifiers that vary.
    """
    buffer = StringIO()
    FigureCanvasSVG(figure).print_svg(
        buffer, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
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
    body = body.replace("xlink:href", "href").replace(INK, "currentColor")
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace('href="#', f'href="#{name}-')
    body = body.replace("url(#", f"url(#{name}-")
    head = Markup(
        '<svg class="chart" role="img" aria-label="{}" viewBox="{}"'
        ' style="max-width: {}pt">'
    ).format(description, box[1], width)
    return head + Markup(body.strip())
