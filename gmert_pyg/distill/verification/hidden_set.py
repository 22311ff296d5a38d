"""Triples of held-out code that are hidden, and what may answer for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.data.grafted_triples import GraftedTriple
from gmert_pyg.data.tails import Tails
from gmert_pyg.distill.completion.tail_queries import TailQueries
from gmert_pyg.distill.hidden_triples import hide_triples, queries_for

BoolArray = NDArray[np.bool_]
Tokens = tuple[int, ...]
_LONGEST = 1 << 10


@dataclass(frozen=True, slots=True)
class HiddenSet:
    r"""Triples that are asked for, each with the only right answer.

    Args:
        graphs: graphs without these triples, and without any that tells one of
            their tails.
        queries: what is asked.
        heads: :math:`[Q]`, the tokens of the heads.
        tails: :math:`[Q]`, the tokens of the hidden tails.
        others: :math:`[Q]`, the other tails that static analysis states for
            the same head and relation: right as well, so that no answer is
            held against them (*filtered* ranks).
        local: :math:`[Q]`, whether the text of the chunk names the tail, or
            the triple was derived from it.
    """

    graphs: list[ChainGraph]
    queries: TailQueries
    heads: list[Tokens]
    tails: list[Tokens]
    others: list[frozenset[Tokens]]
    local: BoolArray

    def __len__(self) -> int:
        return len(self.tails)


def hide_share(
    graphs: CodeChainGraphs, share: float = 0.2, seed: int = 0
) -> HiddenSet:
    """Hide a share of the triples of every graph, at least one.

    The draw is a function of the seed and the graph.

    Args:
        graphs: held-out graphs.
        share: the share of triples to hide. (default: :obj:`0.2`)
        seed: the seed. (default: :obj:`0`)

    Raises:
        ValueError: if `share` is not within (0, 1], or no graph has a triple.
    """
    if not 0 < share <= 1:
        raise ValueError(f"'share' must be in (0, 1] (got {share})")
    left: list[ChainGraph] = []
    hidden: list[list[GraftedTriple]] = []
    heads: list[Tokens] = []
    others: list[frozenset[Tokens]] = []
    local: list[bool] = []
    for stated, graph in _by_project(graphs):
        if not graph.num_triples:
            continue
        numbers = _draw(graph, share, seed)
        rest, own = hide_triples(graph, numbers)
        left.append(rest)
        hidden.append(own)
        tokens = graph.input_ids.tolist()
        for number, triple in zip(numbers, own, strict=True):
            first = triple.first_root
            heads.append(tuple(tokens[first : first + triple.num_roots]))
            tails = stated.beside(int(graph.kg_triple[number - 1]))
            others.append(tails - {triple.tail})
            leaf = int((graph.triple == number).nonzero()[0])
            local.append(bool(graph.local[leaf]))
    if not left:
        raise ValueError("'graphs' must have triples (got none)")
    return HiddenSet(
        left,
        queries_for(hidden),
        heads,
        [triple.tail for own in hidden for triple in own],
        others,
        np.array(local, bool),
    )


def _draw(graph: ChainGraph, share: float, seed: int) -> list[int]:
    random = np.random.default_rng([seed, int(graph.graph_id)])
    count = max(1, round(share * graph.num_triples))
    drawn = random.permutation(graph.num_triples)[:count] + 1
    return sorted(drawn.tolist())


class _Stated:
    """The tails that the static knowledge graph of a project states."""

    def __init__(self, graphs: CodeChainGraphs, project: str) -> None:
        self.kg = graphs.kg_of(project)
        self.tails = Tails(self.kg, graphs.tokenizer, _LONGEST)

    def beside(self, triple: int) -> frozenset[Tokens]:
        """Return all tails of the head and the relation of a triple."""
        triples = self.kg.triples
        own = self.kg.triples_of(int(triples.head[triple]))
        own = own[triples.relation[own] == triples.relation[triple]]
        length, tokens = self.tails.tokens(triples.tail[own].astype(np.int64))
        parts = np.split(tokens, np.cumsum(length)[:-1])
        return frozenset(tuple(part.tolist()) for part in parts)


def _by_project(
    graphs: CodeChainGraphs,
) -> Iterator[tuple[_Stated, ChainGraph]]:
    """Yield every graph with what its project states."""
    projects = graphs.store.projects
    codes = projects.codes[graphs.indices()]
    for code in np.unique(codes).tolist():
        stated = _Stated(graphs, projects.distinct[code])
        for index in np.flatnonzero(codes == code).tolist():
            yield stated, graphs[index]


def rank_of(
    answers: Sequence[Tokens], tail: Tokens, others: frozenset[Tokens]
) -> int | None:
    """Return the filtered rank of a tail, from 1, `None` if it is not there.

    Args:
        answers: the answers, the best first.
        tail: the tail that was hidden.
        others: other right tails, which do not count.

    Example:
        >>> rank_of([(7,), (8,), (9,)], (9,), frozenset({(7,)}))
        2
    """
    rank = 0
    for answer in answers:
        rank += answer not in others
        if answer == tail:
            return rank
    return None
