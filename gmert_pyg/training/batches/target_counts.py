"""How many items each part of the pre-training loss is a mean over."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.batch_checks import graph_of_nodes
from gmert_pyg.transforms.labels import IGNORE_INDEX

IntArray = NDArray[np.int64]


def target_counts(batch: Data, sbo_max_length: int) -> Tensor:
    r"""Count the masked roots, those of them with a place in a span, the masked
    leaves and the masked relations of a batch.

    These are what :class:`~gmert_pyg.GraphMertForPreTraining` averages its
    parts over, found by :mod:`gmert_pyg.nn.targets`. Summed over the batches of
    an optimizer step and given back as its :obj:`num_items_in_batch`, every
    item weighs the same, however the step was divided.

    Args:
        batch (Data): a masked graph or batch of graphs.
        sbo_max_length (int): the places of a span that are counted, as in the
            model's configuration.

    Shapes:
        - **output:** :math:`(4)`

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6, 7], [(0, 2, 3, [8, 9])])
        >>> graph.labels = torch.tensor([5, 6, -100, 8, -100])
        >>> graph.edge_label = torch.tensor([3, 3, 3, 3])
        >>> target_counts(graph, sbo_max_length=1).tolist()
        [2, 1, 1, 1]
    """
    roots = spans = leaves = relations = 0
    graph = graph_of_nodes(batch)[0].cpu().numpy()
    labels = batch.get("labels", None)
    if labels is not None:
        labelled = np.flatnonzero(labels.cpu().numpy() != IGNORE_INDEX)
        is_root = batch.node_type.cpu().numpy()[labelled] == 0
        root = labelled[is_root]
        roots, leaves = len(root), len(labelled) - len(root)
        spans = _num_placed(root, graph[root], sbo_max_length)
    edge_label = batch.get("edge_label", None)
    if edge_label is not None:
        masked = np.flatnonzero(edge_label.cpu().numpy() != IGNORE_INDEX)
        leaf = batch.edge_index[1].cpu().numpy()[masked]
        triple = batch.triple.cpu().numpy()[leaf]
        # Fewer triples than nodes, so this numbers the triples of all graphs.
        relations = len(np.unique(graph[leaf] * len(graph) + triple))
    return torch.tensor([roots, spans, leaves, relations])


def _num_placed(root: IntArray, graph: IntArray, max_length: int) -> int:
    """Count the masked roots that are among the first places of their span."""
    if len(root) == 0:
        return 0
    opens = np.ones(len(root), bool)
    opens[1:] = (root[1:] != root[:-1] + 1) | (graph[1:] != graph[:-1])
    first = np.flatnonzero(opens)
    length = np.diff(first, append=len(root))
    return int(np.minimum(length, max_length).sum())
