"""The triples of a batch of graphs, with the tokens of heads and tails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch_geometric.data import Batch

from gmert_pyg.transforms.ragged import RaggedNodes

IntArray = NDArray[np.int64]
Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TripleColumns:
    """The triples of a batch, by graph and number.

    Args:
        relation: :math:`[T]`, relation ids.
        head: :math:`[T]`, the first root of each head, as a node of the batch.
        head_length: :math:`[T]`, the number of its roots.
        tail: :math:`[T]`, the first leaf of each tail.
        tail_length: :math:`[T]`, the number of its leaves.
        token: :math:`[N]`, the tokens of all nodes.
    """

    relation: IntArray
    head: IntArray
    head_length: IntArray
    tail: IntArray
    tail_length: IntArray
    token: IntArray

    @classmethod
    def of(cls, batch: Batch) -> TripleColumns:
        """Read a batch of graphs, none of whose relations is masked."""
        nodes = RaggedNodes.of(batch)
        source, target = batch.edge_index.numpy()
        opens = batch.slot.numpy()[target] == 1
        triple = nodes.triple[target[opens]] - 1
        num_triples = nodes.num_triples
        relation = np.zeros(num_triples, np.int64)
        relation[triple] = batch.edge_type.numpy()[opens]
        head = np.full(num_triples, len(nodes.triple))
        np.minimum.at(head, triple, source[opens])
        return cls(
            relation=relation,
            head=head,
            head_length=np.bincount(triple, minlength=num_triples),
            tail=nodes.first_leaf,
            tail_length=np.bincount(nodes.triple, minlength=num_triples + 1)[
                1:
            ],
            token=batch.input_ids.numpy(),
        )

    def __len__(self) -> int:
        return len(self.relation)

    def rows(self) -> Iterator[tuple[int, Tokens, Tokens]]:
        """Yield the relation, the head and the tail of every triple."""
        token = self.token.tolist()
        for relation, head, head_end, tail, tail_end in zip(
            self.relation.tolist(),
            self.head.tolist(),
            (self.head + self.head_length).tolist(),
            self.tail.tolist(),
            (self.tail + self.tail_length).tolist(),
            strict=True,
        ):
            yield (
                relation,
                tuple(token[head:head_end]),
                tuple(token[tail:tail_end]),
            )
