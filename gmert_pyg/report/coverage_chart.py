"""How precise extracted triples are, over the share that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.figure import Figure

from gmert_pyg.report.charts import DASHES
from gmert_pyg.report.inline_svg import inline_svg, page_style
from gmert_pyg.report.palette import COLOURS

_MAX_LABELS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePoint:
    """What is kept, and how much of it is right, from one confidence on.

    Args:
        threshold: the least confidence that is kept, in [0, 1].
        coverage: the share of all triples that is kept, in [0, 1].
        precision: the share of the kept ones that is right, in [0, 1].
        count: how many are kept.

    Raises:
        ValueError: if a share is outside [0, 1] or `count` is negative.
    """

    threshold: float
    coverage: float
    precision: float
    count: int

    def __post_init__(self) -> None:
        for name in ("threshold", "coverage", "precision"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(
                    f"'{name}' must be a share between 0 and 1"
                    f" (got {getattr(self, name)})"
                )
        if self.count < 0:
            raise ValueError(f"'count' must not be negative (got {self.count})")


def coverage_chart(points: Sequence[CoveragePoint]) -> Markup:
    """Draw precision over coverage, with some thresholds written at it.

    Args:
        points: the points of the curve, in any order; at least one.

    Returns:
        An `<svg>` element without links, dates or identifiers that vary.
    """
    ordered = sorted(points, key=lambda point: point.coverage)
    with page_style("coverage"):
        figure = Figure(figsize=(5.6, 3.2), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(
            [point.coverage for point in ordered],
            [point.precision for point in ordered],
            color=COLOURS[0],
            linestyle=DASHES[0],
            marker="o",
            markersize=3,
            clip_on=False,
        )
        for point in _labelled(ordered):
            axes.annotate(
                f"{point.threshold:.2f}",
                (point.coverage, point.precision),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                size=7,
            )
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("coverage")
        axes.set_ylabel("precision")
        axes.grid(True)
        return inline_svg(
            figure,
            "coverage",
            "Precision over coverage; the table below has the numbers.",
        )


def _labelled(points: Sequence[CoveragePoint]) -> Sequence[CoveragePoint]:
    """Choose points that lie far enough apart to write at."""
    chosen: list[CoveragePoint] = []
    for point in points:
        if not chosen or (
            point.coverage - chosen[-1].coverage >= 1 / _MAX_LABELS
        ):
            chosen.append(point)
    return chosen
