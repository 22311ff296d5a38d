"""From graphs to the keyword arguments of a model's forward."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph

# What no model reads: strings would be gathered in Python lists.
_PROVENANCE = [
    "path",
    "qualified_name",
    "line_start",
    "line_end",
    "root_span",
    "kg_triple",
]


class GraphCollator:
    """Puts graphs into one batch and masks it.

    Args:
        transform: applied to the batch, such as
            :class:`~gmert_pyg.transforms.MaskForPreTraining`.
    """

    def __init__(
        self, transform: Callable[[ChainGraph], ChainGraph] | None = None
    ) -> None:
        self.transform = transform

    def __call__(self, graphs: Sequence[ChainGraph]) -> dict[str, Batch]:
        batch = Batch.from_data_list(list(graphs), exclude_keys=_PROVENANCE)
        if self.transform is not None:
            batch = self.transform(batch)
        return {"batch": batch}
