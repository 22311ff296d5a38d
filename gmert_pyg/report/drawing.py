"""From a chain graph to what is drawn of it."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.nn.explanation import Explanation, HeadAttention
from gmert_pyg.report.content import DrawnGraph, DrawnTriple
from gmert_pyg.schema import Schema


def drawn_graph(
    graph: ChainGraph,
    tokenizer: PreTrainedTokenizerFast,
    schema: Schema,
    attention: Sequence[HeadAttention] = (),
) -> DrawnGraph:
    """Return a graph's tokens and triples as text.

    Args:
        graph: a graph with provenance.
        tokenizer: the tokenizer it was built with.
        schema: the schema it was built with.
        attention: how the leaves of its triples attend to the heads, by
            triple. (default: not known)
    """
    ids = graph.input_ids[: graph.num_roots].tolist()
    alpha = {one.triple: one.alpha.double().tolist() for one in attention}
    return DrawnGraph(
        title=f"{graph.path}:{graph.line_start} {graph.qualified_name}",
        roots=[str(tokenizer.decode([token])) for token in ids],
        triples=[
            DrawnTriple(
                first_root=triple.first_root,
                num_roots=triple.num_roots,
                relation=schema.relation_names[triple.relation],
                tail=[str(tokenizer.decode([token])) for token in triple.tail],
                attention=alpha.get(number, []),
            )
            for number, triple in enumerate(grafted_triples(graph), 1)
        ],
    )


def drawn_graphs(
    graphs: Sequence[ChainGraph],
    tokenizer: PreTrainedTokenizerFast,
    schema: Schema,
    explanation: Explanation | None = None,
) -> list[DrawnGraph]:
    """Return the tokens and triples of graphs, with a model's attention.

    Args:
        graphs: graphs with provenance.
        tokenizer: the tokenizer they were built with.
        schema: the schema they were built with.
        explanation: what a model attends to in the batch of them.
            (default: not known)
    """
    by_graph: list[list[HeadAttention]] = [[] for _ in graphs]
    if explanation is not None and explanation.triples is not None:
        for one in explanation.triples.by_triple():
            by_graph[one.graph].append(one)
    return [
        drawn_graph(graph, tokenizer, schema, attention)
        for graph, attention in zip(graphs, by_graph, strict=True)
    ]
