"""Completing the hidden triples of held-out code, and checking them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tqdm.auto import tqdm
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.distill.completed_triples import CompletedTriple, Status
from gmert_pyg.distill.completion.tail_decoder import TailDecoder
from gmert_pyg.distill.completion.tail_queries import TailAnswer
from gmert_pyg.distill.hidden_triples import hide_triples, queries_for
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import LineIndex, read_source

_AT_A_TIME = 32


def sample_triples(
    graphs: Sequence[ChainGraph], count: int, seed: int = 0
) -> tuple[list[ChainGraph], list[int]]:
    """Draw triples, at most one of each graph.

    Args:
        graphs: the graphs to draw from.
        count: the number of triples.
        seed: the seed of the draw. (default: :obj:`0`)

    Returns:
        The graphs, and for each the number of a triple, from 1.
    """
    random = np.random.default_rng(seed)
    drawn: list[ChainGraph] = []
    numbers: list[int] = []
    for index in random.permutation(len(graphs)).tolist():
        if len(drawn) == count:
            break
        graph = graphs[index]
        if graph.num_triples:
            drawn.append(graph)
            numbers.append(int(random.integers(graph.num_triples)) + 1)
    return drawn, numbers


def complete_and_check(
    decoder: TailDecoder,
    graphs: Sequence[ChainGraph],
    numbers: Sequence[int],
    kg: CodeKG,
    tokenizer: PreTrainedTokenizerFast,
    progress: bool = False,
) -> list[CompletedTriple]:
    """Complete one triple of each graph, and check it by static analysis.

    Args:
        decoder: writes the tails.
        graphs: graphs built from `kg`.
        numbers: for each, the triple to hide and complete.
        kg: the static knowledge graph, which states all hidden triples.
        tokenizer: the tokenizer of the graphs.
        progress: whether to show a progress bar. (default: :obj:`False`)
    """
    answers = _complete(decoder, graphs, numbers, progress)
    lines: dict[str, LineIndex] = {}
    for graph in graphs:
        if graph.path not in lines:
            lines[graph.path] = LineIndex(read_source(graph.path))
    return [
        _check(answer, graph, number, kg, tokenizer, lines[graph.path])
        for answer, graph, number in zip(answers, graphs, numbers, strict=True)
    ]


def _complete(
    decoder: TailDecoder,
    graphs: Sequence[ChainGraph],
    numbers: Sequence[int],
    progress: bool,
) -> list[TailAnswer]:
    """Hide one triple of each graph, and write its tail."""
    answers = []
    with tqdm(
        total=len(graphs),
        desc="Completing triples",
        unit="triple",
        disable=not progress,
    ) as bar:
        for start in range(0, len(graphs), _AT_A_TIME):
            part = slice(start, start + _AT_A_TIME)
            hidden = [
                hide_triples(graph, [number])
                for graph, number in zip(
                    graphs[part], numbers[part], strict=True
                )
            ]
            found = decoder(
                [graph for graph, _ in hidden],
                queries_for([triples for _, triples in hidden]),
            )
            answers += [best for best, *_ in found]
            bar.update(len(hidden))
    return answers


def _check(
    answer: TailAnswer,
    graph: ChainGraph,
    number: int,
    kg: CodeKG,
    tokenizer: PreTrainedTokenizerFast,
    lines: LineIndex,
) -> CompletedTriple:
    triple = int(graph.kg_triple[number - 1])
    head = int(kg.triples.head[triple])
    relation = int(kg.triples.relation[triple])
    hidden = kg.tail_text(int(kg.triples.tail[triple]))
    tail = str(tokenizer.decode(list(answer.tail)))
    stated = kg.triples_of(head)
    stated = stated[kg.triples.relation[stated] == relation]
    known = {
        _bare(kg.tail_text(int(kg.triples.tail[other]))) for other in stated
    }
    status = Status.UNCONFIRMED
    if _bare(tail) == _bare(hidden):
        status = Status.HIDDEN
    elif _bare(tail) in known:
        status = Status.KNOWN
    leaf = int((graph.triple == number).nonzero()[0])
    head_start = int(graph.root_span[int(graph.anchor[leaf]), 0])
    return CompletedTriple(
        head=kg.entities[head].qualified_name,
        relation=kg.schema.relation_names[relation],
        tail=tail,
        hidden_tail=hidden,
        confidence=answer.probability,
        status=status,
        local=bool(graph.local[leaf]),
        file=graph.path,
        line=lines.line(head_start),
    )


def _bare(text: str) -> str:
    """Leave spaces out: tails are decoded without them."""
    return text.replace(" ", "")
