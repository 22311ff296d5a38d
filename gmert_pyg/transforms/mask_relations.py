"""Masked node modelling: the relation of a triple."""

from __future__ import annotations

import numpy as np
import torch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.graph_mask import GraphMask
from gmert_pyg.transforms.labels import IGNORE_INDEX
from gmert_pyg.transforms.mask_leaves import pick_triples
from gmert_pyg.transforms.ragged import (
    BoolArray,
    IntArray,
    RaggedNodes,
    Stream,
)


class MaskRelations(GraphMask):
    r"""Masks the relations of triples.

    A triple is picked with probability `rate`. Its edges take the MASK relation
    (80 %), a random relation (10 %) or keep theirs (10 %): they stay edges, all
    of one triple alike. `edge_label` holds the relation that was there, and
    -100 on every other edge.

    Args:
        num_relations (int): The number :math:`R` of relations; the MASK
            relation has id :math:`R`.
        rate (float, optional): The probability of a triple to be picked.
            (default: :obj:`0.15`)
        seed (int, optional): The seed of the draws, which depend on the
            graph's `graph_id` and `epoch` too. (default: :obj:`0`)

    Raises:
        ValueError: if `rate` is not within [0, 1].

    Example:
        >>> graph = ChainGraph.from_triples([5, 6], [(1, 1, 3, [7, 8])])
        >>> masked = MaskRelations(num_relations=12, rate=1.0)(graph)
        >>> masked.edge_type.tolist(), masked.edge_label.tolist()
        ([12, 12], [3, 3])
    """

    def __init__(
        self, num_relations: int, *, rate: float = 0.15, seed: int = 0
    ) -> None:
        if not 0 <= rate <= 1:
            raise ValueError(f"'rate' must be in [0, 1] (got {rate})")
        self.num_relations = num_relations
        self.rate = rate
        self.seed = seed

    def apply(self, data: ChainGraph, nodes: RaggedNodes) -> None:
        picked = pick_triples(nodes, self.rate, self.seed, Stream.RELATIONS)
        edge_type = data.edge_type.numpy()
        triple = nodes.triple[data.edge_index[1].numpy()]
        masked = picked[triple]
        edge_label = np.where(masked, edge_type, IGNORE_INDEX)
        shown = self._shown_relation(nodes, picked)[triple]
        edge_type = np.where(shown >= 0, shown, edge_type)
        data.edge_type = torch.from_numpy(edge_type)
        data.edge_label = torch.from_numpy(edge_label)

    def _shown_relation(
        self, nodes: RaggedNodes, picked: BoolArray
    ) -> IntArray:
        """Return the relation each triple shows, -1 where it shows its own."""
        triple = np.flatnonzero(picked)
        first_leaf = nodes.first_leaf[triple - 1]
        action = nodes.uniform(self.seed, Stream.RELATION_ACTION, first_leaf)
        drawn = nodes.uniform(self.seed, Stream.RELATION_SHOWN, first_leaf)
        random_relation = (drawn * self.num_relations).astype(np.int64)
        shown = np.full(len(picked), -1)
        shown[triple] = np.where(
            action < 0.8,
            self.num_relations,
            np.where(action < 0.9, random_relation, -1),
        )
        return shown
