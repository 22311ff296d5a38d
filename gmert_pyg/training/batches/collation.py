"""From graphs to the keyword arguments of a model's forward."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.training.batches.target_counts import target_counts

# What no model reads: `graph_id` leads back to it.
PROVENANCE = [
    "path",
    "qualified_name",
    "line_start",
    "line_end",
    "root_span",
    "kg_triple",
]


class GraphCollator:
    """Puts graphs into one batch and masks it: the `collate_fn` of a loader.

    Graphs that a dataset gives as one batch, such as
    :class:`~gmert_pyg.training.EpochView`, are only masked.

    Args:
        transform (callable, optional): Applied to the batch, such as
            :class:`~gmert_pyg.transforms.MaskForPreTraining`.
            (default: :obj:`None`)
        sbo_max_length (int, optional): The places of a span that the model has
            targets for. A masked batch gets `num_targets`, :math:`[1, 4]`: see
            :meth:`~gmert_pyg.training.batches.target_counts.target_counts`.
            (default: that of a model's configuration)

    Example:
        >>> graph = ChainGraph.from_triples([5, 6], [(1, 1, 0, [7])])
        >>> GraphCollator()([graph, graph])["batch"].batch.tolist()
        [0, 0, 0, 1, 1, 1]
    """

    def __init__(
        self,
        transform: Callable[[ChainGraph], ChainGraph] | None = None,
        sbo_max_length: int = GraphMertConfig.sbo_max_length,
    ) -> None:
        self.transform = transform
        self.sbo_max_length = sbo_max_length

    def __call__(
        self, graphs: Sequence[ChainGraph] | Batch
    ) -> dict[str, Batch]:
        batch = (
            graphs
            if isinstance(graphs, Batch)
            else Batch.from_data_list(list(graphs), exclude_keys=PROVENANCE)
        )
        if self.transform is not None:
            batch = self.transform(batch)
        if "labels" in batch or "edge_label" in batch:
            batch.num_targets = target_counts(batch, self.sbo_max_length)[None]
        return {"batch": batch}
