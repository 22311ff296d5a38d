"""Span masking of roots for masked language modelling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.transforms import BaseTransform

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.schema import DEFAULT_SCHEMA, Schema
from gmert_pyg.transforms.counter_random import uniform
from gmert_pyg.transforms.labels import add_labels, fill
from gmert_pyg.transforms.occurrence_leaks import drop_edges, telling_edges
from gmert_pyg.transforms.ragged import BoolArray, IntArray, RaggedNodes

_STREAM_ORDER, _STREAM_LENGTH, _STREAM_ACTION, _STREAM_TOKEN = 11, 12, 13, 14


class MaskSpans(BaseTransform):
    r"""Masks spans of roots, as in the `"SpanBERT: Improving Pre-training by
    Representing and Predicting Spans" <https://arxiv.org/abs/1907.10529>`_
    paper.

    Spans start at whole words (`word_start`) in random order; their lengths
    :math:`\ell` follow a geometric distribution cut off at :math:`L`,

    .. math::
        P(\ell) \propto p (1 - p)^{\ell - 1}, \qquad 1 \leq \ell \leq L,

    and spans are taken until exactly :math:`\lfloor \rho n + 1/2 \rfloor`
    (at least one) of the :math:`n` roots of a graph are covered; the last span
    is cut to fit. Of the spans, 80 % become the mask token, 10 % random tokens,
    and 10 % stay as they are, all tokens of a span alike. `labels` holds the
    ids that were covered, and -100 elsewhere.

    No leaf tells what was masked: a triple that was derived from a covered
    root (`source_index`) is masked with it, without a label. No edge does
    either: occurrence edges that lead to another place of a covered name, or
    were found by it, are dropped, whatever the covered tokens became; see
    :func:`~gmert_pyg.transforms.occurrence_leaks.telling_edges`.

    Draws are a function of `seed` and, where the graph has them, of its
    `graph_id` and `epoch`. The transform works on one graph or on a batch.

    Args:
        mask_token_id (int): The id of the mask token.
        vocab_size (int): Random tokens are drawn below this number.
        first_random_id (int, optional): ... and not below this one, to leave
            out special tokens. (default: :obj:`0`)
        excluded_ids (sequence, optional): ... and none of these: RoBERTa's mask
            token is the last one. (default: :obj:`()`)
        rate (float, optional): The share :math:`\rho` of roots to cover.
            (default: :obj:`0.15`)
        p (float, optional): The parameter of the geometric distribution.
            (default: :obj:`0.2`)
        max_length (int, optional): The longest span :math:`L`; 1 masks single
            tokens, which need not start a word. (default: :obj:`7`)
        schema (Schema, optional): Says which edge types are occurrences.
            (default: the twelve relations of code)
        occurrences (str, optional): `"drop"` drops occurrence edges that tell
            what was covered; `"keep"` keeps them, to measure what they tell.
            (default: :obj:`"drop"`)
        identifier_parts (NDArray, optional): What every token can be of an
            identifier, if the words of the tokenizer are shorter than those, as
            `tokenization.identifier_parts` returns it. (default: :obj:`None`)
        seed (int, optional): The seed. (default: :obj:`0`)

    Raises:
        ValueError: if `rate` or `p` is not within (0, 1), `max_length` is not
            positive, or `occurrences` is none of these.

    Example:
        >>> graph = ChainGraph.from_triples([5, 6, 7, 8], [])
        >>> mask = MaskSpans(mask_token_id=2, vocab_size=10, rate=0.5)
        >>> mask(graph).labels.tolist()
        [5, 6, -100, -100]
    """

    def __init__(
        self,
        mask_token_id: int,
        vocab_size: int,
        *,
        first_random_id: int = 0,
        excluded_ids: Sequence[int] = (),
        rate: float = 0.15,
        p: float = 0.2,
        max_length: int = 7,
        schema: Schema = DEFAULT_SCHEMA,
        occurrences: str = "drop",
        identifier_parts: NDArray[np.int8] | None = None,
        seed: int = 0,
    ) -> None:
        for name, value in (("rate", rate), ("p", p)):
            if not 0 < value < 1:
                raise ValueError(f"'{name}' must be in (0, 1) (got {value})")
        if max_length < 1:
            raise ValueError(
                f"'max_length' must be positive (got {max_length})"
            )
        if occurrences not in ("drop", "keep"):
            raise ValueError(
                f"'occurrences' must be 'drop' or 'keep' (got '{occurrences}')"
            )
        self.mask_token_id = mask_token_id
        self.vocab_size = vocab_size
        self.random_ids = np.setdiff1d(
            np.arange(first_random_id, vocab_size), excluded_ids
        )
        self.rate = rate
        self.max_length = max_length
        self.schema = schema
        self.occurrences = occurrences
        self.identifier_parts = identifier_parts
        self.seed = seed
        weights = p * (1 - p) ** np.arange(max_length)
        self._length_cdf = np.cumsum(weights / weights.sum())

    def forward(self, data: ChainGraph) -> ChainGraph:
        nodes = RaggedNodes.of(data)
        cover = self._cover(data, nodes)
        covered = cover >= 0
        if self.occurrences == "drop":
            telling = telling_edges(
                data, nodes, covered, self.schema, self.identifier_parts
            )
            drop_edges(data, telling)
        data.labels = add_labels(data, covered)
        data.input_ids = torch.from_numpy(
            self._replace(data.input_ids.numpy(), cover, nodes)
        )
        hidden = derived_leaves(data, nodes, covered)
        data.input_ids = fill(data, hidden, self.mask_token_id)
        return data

    def _draw(
        self, nodes: RaggedNodes, stream: int, where: IntArray
    ) -> NDArray[np.float64]:
        """Draw one number for each node index in `where`."""
        graph = nodes.graph[where]
        return uniform(
            self.seed,
            stream,
            nodes.epoch[graph],
            nodes.draw[graph],
            nodes.position[where],
        )

    def _cover(self, data: ChainGraph, nodes: RaggedNodes) -> IntArray:
        """Return for each node the root that its span starts at, or -1.

        Starts are ranked at random; the span that covers a root first, in this
        ranking, owns it; the best-ranked roots of each graph are kept.
        """
        starts = nodes.is_root
        if self.max_length > 1:
            starts = starts & data.word_start.numpy()
        starts = np.flatnonzero(starts)
        lengths = 1 + np.searchsorted(
            self._length_cdf, self._draw(nodes, _STREAM_LENGTH, starts)
        )
        lengths = np.minimum(lengths, self.max_length)
        num_nodes = len(nodes.graph)
        rank = np.full(num_nodes, np.inf)
        owner = np.full(num_nodes, -1)
        order = self._draw(nodes, _STREAM_ORDER, starts)
        for offset in range(self.max_length):
            reach = starts[lengths > offset]
            target = reach + offset
            inside = target < num_nodes
            reach, target = reach[inside], target[inside]
            inside = nodes.is_root[target] & (
                nodes.graph[target] == nodes.graph[reach]
            )
            reach, target = reach[inside], target[inside]
            candidate = order[lengths > offset][
                np.searchsorted(starts[lengths > offset], reach)
            ]
            better = candidate < rank[target]
            rank[target[better]] = candidate[better]
            owner[target[better]] = reach[better]
        return self._cut_to_budget(nodes, rank, owner)

    def _cut_to_budget(
        self, nodes: RaggedNodes, rank: NDArray[np.float64], owner: IntArray
    ) -> IntArray:
        """Keep the best-ranked share of the roots of every graph."""
        roots = np.flatnonzero(nodes.is_root)
        graph = nodes.graph[roots]
        num_roots = np.bincount(graph, minlength=len(nodes.draw))
        budget = np.maximum(np.floor(self.rate * num_roots + 0.5), 1)
        by_rank = np.lexsort((roots, rank[roots], graph))
        place = (
            np.arange(len(roots))
            - (np.cumsum(num_roots) - num_roots)[graph[by_rank]]
        )
        chosen = roots[by_rank[place < budget[graph[by_rank]]]]
        kept = np.full(len(owner), -1)
        kept[chosen] = owner[chosen]
        return kept

    def _replace(
        self, input_ids: IntArray, cover: IntArray, nodes: RaggedNodes
    ) -> IntArray:
        """Mask, replace or keep the covered roots, span by span."""
        covered = np.flatnonzero(cover >= 0)
        action = self._draw(nodes, _STREAM_ACTION, cover[covered])
        token = self._draw(nodes, _STREAM_TOKEN, covered)
        number = (token * len(self.random_ids)).astype(np.int64)
        random_ids = self.random_ids[number]
        replaced = input_ids.copy()
        replaced[covered] = np.where(
            action < 0.8,
            self.mask_token_id,
            np.where(action < 0.9, random_ids, input_ids[covered]),
        )
        return replaced


def derived_leaves(
    data: ChainGraph, nodes: RaggedNodes, covered: BoolArray
) -> BoolArray:
    """Find the leaves of every triple that was derived from a covered root."""
    hidden = np.zeros(nodes.num_triples + 1, bool)
    source_index = getattr(data, "source_index", None)
    if source_index is not None:
        root, leaf = source_index.numpy()
        hidden[nodes.triple[leaf[covered[root]]]] = True
    leaves: BoolArray = hidden[nodes.triple]
    return leaves
