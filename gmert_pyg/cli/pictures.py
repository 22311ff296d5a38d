"""Pictures of graphs, and of what a model attends to in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gmert_pyg.nn.explanation import Explanation
from gmert_pyg.report.content import DrawnGraph
from gmert_pyg.report.explanation_figure import FORMATS, write_figure
from gmert_pyg.report.explanation_page import write_explanation

PICTURES = (".html", *FORMATS)


def check_picture(path: str) -> None:
    """Check that a picture can be written, before work is done for it.

    Args:
        path: the file.

    Raises:
        ValueError: if its name tells no format, or it is a directory.
    """
    if Path(path).suffix.lower() not in PICTURES:
        raise ValueError(
            f"'output' must end in one of {', '.join(PICTURES)} (got '{path}')"
        )
    if Path(path).is_dir():
        raise ValueError(
            f"'output' must be a file (got the directory '{path}')"
        )


def picture_name(qualified_name: str) -> str:
    """Return the file that a function's picture is written to by default.

    Args:
        qualified_name: the function.

    Example:
        >>> picture_name("shop.price.<locals>.key")
        'shop.price._locals_.key.html'
    """
    name = re.sub(r"[^\w.-]", "_", qualified_name)
    return f"{name[-100:]}.html"


def write_picture(
    title: str,
    graphs: Sequence[DrawnGraph],
    explanation: Explanation | None,
    path: str,
) -> None:
    """Write a picture, and tell where; an older one is replaced.

    Args:
        title: what is drawn.
        graphs: the graphs.
        explanation: what a model attends to in them, if known.
        path: a file that `check_picture` has accepted.
    """
    attention = None if explanation is None else explanation.distances
    done = "replaced" if Path(path).exists() else "wrote"
    if Path(path).suffix.lower() == ".html":
        write_explanation(title, graphs, attention, path)
    else:
        write_figure(graphs, attention, path)
    print(f"\n{done} {path}")
