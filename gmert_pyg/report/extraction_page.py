"""An extracted knowledge graph, as one page of HTML that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from markupsafe import Markup

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    Status,
    TripleSource,
)
from gmert_pyg.report.coverage_chart import CoveragePoint, coverage_chart
from gmert_pyg.report.extraction_data import extraction_data
from gmert_pyg.report.source_excerpts import read_excerpt
from gmert_pyg.report.templating import asset, page_environment, script_hash
from gmert_pyg.whole_output import whole_file

EXTRACTION_STATUS_MEANING = {
    Status.KNOWN: "static analysis states the triple",
    Status.CONTRADICTS: (
        "static analysis states another tail of a relation that has one"
    ),
    Status.NOVEL: "static analysis does not state it",
}
_SCRIPTS = (
    "plain_text.js",
    "triple_store.js",
    "entity_tree.js",
    "entity_layout.js",
    "graph_drawing.js",
    "graph_view.js",
    "entity_graph.js",
    "triple_order.js",
    "triple_table.js",
    "extraction.js",
)


def render_extraction_page(
    triples: Iterable[ExtractedTriple],
    *,
    title: str,
    facts: Mapping[str, str],
    coverage: Sequence[CoveragePoint] = (),
    excerpt: Callable[[TripleSource], str] | None = None,
) -> str:
    """Write an extracted knowledge graph as HTML.

    The page loads nothing: a content security policy forbids it to, and lets
    no script run but the page's own. Probabilities have four digits in it. The
    same triples give the same page.

    Args:
        triples: the triples.
        title: the page's heading.
        facts: how the triples were made.
        coverage: the points of the precision-coverage curve. (default: none,
            and no such section)
        excerpt: what gives the source text around a mention, a few lines.
            (default: it is read from the file, if that is still there)

    Raises:
        ValueError: if a confidence or a similarity is outside [0, 1].
    """
    environment = page_environment()
    data = extraction_data(triples, excerpt or read_excerpt)
    script = Markup("\n").join(asset(environment, name) for name in _SCRIPTS)
    return environment.get_template("extraction.html.j2").render(
        title=title,
        facts=facts,
        data=data,
        status_meaning=EXTRACTION_STATUS_MEANING,
        coverage=sorted(coverage, key=lambda point: point.threshold),
        coverage_chart=coverage_chart(coverage) if coverage else "",
        style=asset(environment, "report.css"),
        own_style=asset(environment, "extraction.css"),
        script=script,
        script_hash=script_hash(script),
    )


def write_extraction_page(
    triples: Iterable[ExtractedTriple],
    path: str | os.PathLike[str],
    *,
    title: str,
    facts: Mapping[str, str],
    coverage: Sequence[CoveragePoint] = (),
    excerpt: Callable[[TripleSource], str] | None = None,
) -> None:
    """Write the page to a file, which exists as a whole or not at all.

    Args:
        triples: the triples.
        path: the HTML file.
        title: the page's heading.
        facts: how the triples were made.
        coverage: the points of the precision-coverage curve. (default: none,
            and no such section)
        excerpt: what gives the source text around a mention, a few lines.
            (default: it is read from the file, if that is still there)

    Raises:
        ValueError: if a confidence or a similarity is outside [0, 1].
    """
    page = render_extraction_page(
        triples, title=title, facts=facts, coverage=coverage, excerpt=excerpt
    )
    with whole_file(path) as temporary:
        temporary.write_text(page, "utf-8", errors="backslashreplace")
