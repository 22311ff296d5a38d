"""How many items each part of the pre-training loss is a mean over."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.batch_checks import graph_of_nodes
from gmert_pyg.nn.targets import span_targets, triple_indices
from gmert_pyg.transforms.labels import IGNORE_INDEX


def target_counts(batch: Data, sbo_max_length: int) -> Tensor:
    r"""Count the masked roots, those of them with a place in a span, the masked
    leaves and the masked relations of a batch.

    These are what :class:`~gmert_pyg.GraphMertForPreTraining` averages its
    parts over. Summed over the batches of an optimizer step and given back as
    its :obj:`num_items_in_batch`, every item weighs the same, however the step
    was divided.

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
    graph, _ = graph_of_nodes(batch)
    labels = batch.get("labels", None)
    if labels is not None:
        labelled = labels != IGNORE_INDEX
        roots = int((labelled & (batch.node_type == 0)).sum())
        leaves = int(labelled.sum()) - roots
        found = span_targets(labels, batch.node_type, graph, sbo_max_length)
        spans = found.node.numel()
    edge_label = batch.get("edge_label", None)
    if edge_label is not None:
        triples = triple_indices(
            batch.edge_index, edge_label, batch.triple, graph
        )
        relations = triples.label.numel()
    return torch.tensor([roots, spans, leaves, relations])
