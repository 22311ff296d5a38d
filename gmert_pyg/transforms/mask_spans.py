"""Span masking of roots for masked language modelling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.ranges import ranges
from gmert_pyg.schema import DEFAULT_SCHEMA, Schema
from gmert_pyg.transforms.graph_mask import GraphMask
from gmert_pyg.transforms.labels import add_labels
from gmert_pyg.transforms.leaf_leaks import telling_leaves
from gmert_pyg.transforms.occurrence_leaks import drop_edges, telling_edges
from gmert_pyg.transforms.ragged import (
    BoolArray,
    IntArray,
    RaggedNodes,
    Stream,
)
from gmert_pyg.transforms.span_choice import best_ranked, take_spans


class MaskSpans(GraphMask):
    r"""Masks spans of roots, as in the `"SpanBERT: Improving Pre-training by
    Representing and Predicting Spans" <https://arxiv.org/abs/1907.10529>`_
    paper.

    Spans start at whole words (`word_start`), drawn one after the other among
    those that no span covers yet; their lengths :math:`\ell` follow a geometric
    distribution truncated at :math:`L`,

    .. math::
        P(\ell) \propto p (1 - p)^{\ell - 1}, \qquad 1 \leq \ell \leq L,

    and spans are taken until exactly :math:`\lfloor \rho n + 1/2 \rfloor`
    (at least one) of the :math:`n` roots of a graph are covered, or no word is
    left to start at. A span ends early where the chain ends, where an earlier
    span starts, and where the last root to cover is reached. Special tokens
    are never covered, and not counted. Of the spans, 80 % become the mask
    token, 10 % random tokens, and 10 % stay as they are, all tokens of a span
    alike. `labels` holds the ids that were covered, and -100 elsewhere.

    No leaf tells what was masked: a triple that was derived from a covered
    root (`source_index`) is masked with it, without a label, and so is one with
    the same tail; see :func:`~gmert_pyg.transforms.leaf_leaks.telling_leaves`.
    No edge does either: occurrence edges that lead to another place of a
    covered name, or were found by it, are dropped, whatever the covered tokens
    became; see :func:`~gmert_pyg.transforms.occurrence_leaks.telling_edges`.

    Draws are a function of `seed` and, where the graph has them, of its
    `graph_id` and `epoch`. The transform works on one graph or on a batch.

    Args:
        mask_token_id (int): The id of the mask token.
        vocab_size (int): Random tokens are drawn below this number.
        first_random_id (int, optional): ... and not below this one, to leave
            out special tokens. (default: :obj:`0`)
        special_ids (sequence, optional): ... and none of these, which are not
            covered either: RoBERTa's mask token is the last one. The mask
            token is never covered. (default: :obj:`()`)
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
        special_ids: Sequence[int] = (),
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
            np.arange(first_random_id, vocab_size), special_ids
        )
        never_covered = np.union1d(special_ids, [mask_token_id]).astype(int)
        # By token; those beyond the last one count as it.
        self._may_cover = np.ones(never_covered[-1] + 2, bool)
        self._may_cover[never_covered] = False
        self.rate = rate
        self.max_length = max_length
        self.schema = schema
        self.occurrences = occurrences
        self.identifier_parts = identifier_parts
        self.seed = seed
        weights = p * (1 - p) ** np.arange(max_length)
        self._length_cdf = np.cumsum(weights / weights.sum())

    def apply(self, data: ChainGraph, nodes: RaggedNodes) -> None:
        owner = self._owner(data, nodes)
        covered = owner >= 0
        if self.occurrences == "drop":
            telling = telling_edges(
                data, nodes, covered, self.schema, self.identifier_parts
            )
            drop_edges(data, telling)
        hidden = telling_leaves(data, nodes, covered)
        add_labels(data, np.flatnonzero(covered))
        data.input_ids = torch.from_numpy(
            self._replaced(data.input_ids.numpy(), owner, hidden, nodes)
        )

    def _owner(self, data: ChainGraph, nodes: RaggedNodes) -> IntArray:
        """Return for each node the root that its span starts at, or -1."""
        input_ids = data.input_ids.numpy()
        free = self._may_cover.take(input_ids, mode="clip")
        free &= nodes.is_root
        may_start = free
        if self.max_length > 1:
            may_start = free & data.word_start.numpy()
        budget = self._budget(
            np.add.reduceat(free, nodes.start, dtype=np.int64)
        )
        start = np.flatnonzero(may_start)
        order = nodes.hashed(self.seed, Stream.SPAN_ORDER, start)
        chosen, rank = best_ranked(nodes.graph[start], order, budget)
        start = start[chosen]
        drawn = nodes.uniform(self.seed, Stream.SPAN_LENGTH, start)
        # Rounding may leave the last sum of probabilities below 1.
        length = 1 + np.searchsorted(self._length_cdf[:-1], drawn, "right")
        stop = np.minimum(start + length, _next_barrier(free, nodes, start))
        spans = take_spans(start, stop, rank, nodes.graph[start], budget)
        owner = np.full(len(free), -1)
        owner[ranges(spans.first, spans.length)] = np.repeat(
            spans.first, spans.length
        )
        return owner

    def _budget(self, num_roots: IntArray) -> IntArray:
        """Return how many roots of each graph to cover."""
        budget: IntArray = (
            np.floor(self.rate * num_roots + 0.5).astype(np.int64).clip(min=1)
        )
        return budget

    def _replaced(
        self,
        input_ids: IntArray,
        owner: IntArray,
        hidden: BoolArray,
        nodes: RaggedNodes,
    ) -> IntArray:
        """Mask, replace or keep the covered roots, span by span."""
        covered = np.flatnonzero(owner >= 0)
        action = nodes.uniform(self.seed, Stream.SPAN_ACTION, owner[covered])
        token = nodes.uniform(self.seed, Stream.SPAN_TOKEN, covered)
        number = (token * len(self.random_ids)).astype(np.int64)
        replaced = np.where(hidden, self.mask_token_id, input_ids)
        replaced[covered] = np.where(
            action < 0.8,
            self.mask_token_id,
            np.where(action < 0.9, self.random_ids[number], input_ids[covered]),
        )
        return replaced


def _next_barrier(
    free: BoolArray, nodes: RaggedNodes, start: IntArray
) -> IntArray:
    """Return the first node after each that a span from there cannot cover."""
    barrier = ~free
    barrier[nodes.start] = True
    barriers = np.append(np.flatnonzero(barrier), len(free))
    following: IntArray = barriers[np.searchsorted(barriers, start, "right")]
    return following
