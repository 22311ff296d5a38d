"""From a chain graph to what is drawn of it."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.distill.hidden_tails import grafted_triples
from gmert_pyg.nn.explanation import HeadAttention
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
