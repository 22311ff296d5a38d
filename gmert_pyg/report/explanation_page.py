"""What a model attends to, as one page of HTML that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence

from markupsafe import Markup

from gmert_pyg.nn.explanation import DistanceAttention
from gmert_pyg.report.attention_marks import is_shared
from gmert_pyg.report.chain_drawing import (
    draw_chain,
    relation_legend,
    triple_texts,
)
from gmert_pyg.report.content import DrawnGraph, DrawnTriple
from gmert_pyg.report.distance_bins import DistanceBins, mean_mass
from gmert_pyg.report.distance_figure import distance_figure, head_names
from gmert_pyg.report.inline_svg import inline_svg, page_style
from gmert_pyg.report.palette import COLOURS
from gmert_pyg.report.templating import asset, page_environment
from gmert_pyg.whole_output import whole_file


def render_explanation(
    title: str,
    graphs: Sequence[DrawnGraph],
    attention: DistanceAttention | None = None,
) -> str:
    """Write graphs, and what a model attends to in them, as HTML.

    The page loads nothing and runs nothing: a content security policy forbids
    it to.

    Args:
        title: the page's heading.
        graphs: the graphs, with the attention of H-GAT where it is known.
        attention: the attention of the encoder. (default: not known)
    """
    environment = page_environment()
    return environment.get_template("explanation.html.j2").render(
        title=title,
        style=asset(environment, "report.css"),
        sections=[
            {
                "graph": graph,
                "legend": relation_legend(graph),
                "drawing": draw_chain(graph),
                "rows": [
                    (_tokens(graph, triple), relation, tail)
                    for triple, (_, relation, tail) in zip(
                        graph.triples, triple_texts(graph), strict=True
                    )
                ],
                "is_shared": any(map(is_shared, graph.triples)),
            }
            for graph in graphs
        ],
        distances=attention and _distances(attention),
        colour=_components(COLOURS[0]),
    )


def write_explanation(
    title: str,
    graphs: Sequence[DrawnGraph],
    attention: DistanceAttention | None,
    path: str | os.PathLike[str],
) -> None:
    """Write the page to a file, which exists as a whole or not at all.

    Args:
        title: the page's heading.
        graphs: the graphs.
        attention: the attention of the encoder, if known.
        path: the HTML file.
    """
    page = render_explanation(title, graphs, attention)
    with whole_file(path) as temporary:
        temporary.write_text(page, "utf-8", errors="backslashreplace")


def _tokens(
    graph: DrawnGraph, triple: DrawnTriple
) -> list[tuple[str, float | None]]:
    """Return the tokens of a head, with the attention that they share."""
    end = triple.first_root + triple.num_roots
    texts = [
        text.strip() or "␣" for text in graph.roots[triple.first_root : end]
    ]
    if not is_shared(triple):
        return [(text, None) for text in texts]
    return list(zip(texts, triple.head_attention, strict=True))


def _distances(attention: DistanceAttention) -> dict[str, object]:
    bins = DistanceBins(attention.mass.size(-1))
    even = attention.even.double().cpu().numpy()
    rows = [
        *zip(
            head_names(attention),
            bins.sums(mean_mass(attention)).tolist(),
            strict=True,
        ),
        ("even attention", bins.sums(even).tolist()),
    ]
    return {"labels": bins.labels, "rows": rows, "figure": _figure(attention)}


def _figure(attention: DistanceAttention) -> Markup:
    description = (
        "Attention mass, mean weight of a pair and decay by distance in the"
        " graph, of every attention head; the table below has the numbers."
    )
    with page_style("distances"):
        figure = distance_figure(attention)
        return inline_svg(figure, "distances", description)


def _components(colour: str) -> str:
    """Write a colour of the palette as its red, green and blue."""
    return ", ".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
