"""How long the tails of relations are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch_geometric.data import Batch

from gmert_pyg.transforms.ragged import RaggedNodes

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class TailLengths:
    r"""The distribution of the lengths of tails, by relation.

    Of :math:`n_r` tails of relation :math:`r`, :math:`n_{rl}` have length
    :math:`l \leq L`:

    .. math::
        P(l \mid r) = \frac{n_{rl} + 1}{n_r + L}.

    A model is asked for tails of a given length, and says nothing of how
    probable that length is.

    Args:
        counts: :math:`[R, L]`, the number of tails of each relation and length
            1, 2, ...

    Example:
        >>> lengths = TailLengths(np.array([[2, 0]]))
        >>> lengths.log_probability.round(2).tolist()
        [[-0.29, -1.39]]
    """

    def __init__(self, counts: IntArray) -> None:
        self.counts = counts
        total = counts.sum(axis=1, keepdims=True) + counts.shape[1]
        self.log_probability: FloatArray = np.log((counts + 1) / total)

    @classmethod
    def uniform(cls, num_relations: int, max_length: int) -> TailLengths:
        """Return lengths of which nothing is known."""
        return cls(np.zeros((num_relations, max_length), np.int64))

    @classmethod
    def of_tails(
        cls,
        relation: IntArray,
        length: IntArray,
        num_relations: int,
        max_length: int,
    ) -> TailLengths:
        """Count tails; longer ones are left out.

        Args:
            relation: the relation of each tail.
            length: its length.
            num_relations: the number :math:`R` of relations.
            max_length: the greatest length :math:`L`.
        """
        kept = length <= max_length
        counts = np.zeros((num_relations, max_length), np.int64)
        np.add.at(counts, (relation[kept], length[kept] - 1), 1)
        return cls(counts)

    @classmethod
    def of_graphs(
        cls, batch: Batch, num_relations: int, max_length: int
    ) -> TailLengths:
        """Count the tails of the triples of a batch of graphs.

        Args:
            batch: the graphs.
            num_relations: the number :math:`R` of relations.
            max_length: the greatest length :math:`L`.
        """
        nodes = RaggedNodes.of(batch)
        length = np.bincount(nodes.triple, minlength=nodes.num_triples + 1)
        triple = nodes.triple[batch.edge_index[1].numpy()]
        relation = np.zeros(nodes.num_triples + 1, np.int64)
        relation[triple] = batch.edge_type.numpy()
        return cls.of_tails(relation[1:], length[1:], num_relations, max_length)

    @property
    def max_length(self) -> int:
        """The greatest length."""
        return int(self.counts.shape[1])

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads, for JSON."""
        return {"counts": self.counts.tolist()}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> TailLengths:
        """Read what `to_dict` returned."""
        return cls(np.array(found["counts"], np.int64))
