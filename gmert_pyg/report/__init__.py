"""The report page: what a run did, for a person to look at."""

from gmert_pyg.report.content import (
    CompletedRow,
    DrawnGraph,
    DrawnTriple,
    MetricRow,
    ReportContent,
)
from gmert_pyg.report.coverage_chart import CoveragePoint
from gmert_pyg.report.distance_figure import distance_figure
from gmert_pyg.report.explanation_figure import (
    explanation_figure,
    write_figure,
)
from gmert_pyg.report.explanation_page import (
    render_explanation,
    write_explanation,
)
from gmert_pyg.report.extraction_page import (
    render_extraction_page,
    write_extraction_page,
)
from gmert_pyg.report.page import render_report, write_report

__all__ = [
    "CompletedRow",
    "CoveragePoint",
    "DrawnGraph",
    "DrawnTriple",
    "MetricRow",
    "ReportContent",
    "distance_figure",
    "explanation_figure",
    "render_explanation",
    "render_extraction_page",
    "render_report",
    "write_explanation",
    "write_extraction_page",
    "write_figure",
    "write_report",
]
