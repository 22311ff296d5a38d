"""The report page: what a run did, for a person to look at."""

from gmert_pyg.report.content import (
    CompletedRow,
    DrawnGraph,
    DrawnTriple,
    MetricRow,
    ReportContent,
)
from gmert_pyg.report.page import render_report, write_report

__all__ = [
    "CompletedRow",
    "DrawnGraph",
    "DrawnTriple",
    "MetricRow",
    "ReportContent",
    "render_report",
    "write_report",
]
