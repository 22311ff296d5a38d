"""Which targets of masking the graph around them still shows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.batch_checks import graph_of_nodes
from gmert_pyg.transforms.labels import IGNORE_INDEX

# A key of graph and token: no vocabulary has more tokens.
_MOST_TOKENS = 2**32


def shown_targets(batch: Data) -> Tensor:
    r"""Return for which nodes the answer stands somewhere else in their graph.

    A leaf is shown if it is *local*: the text of the chunk names its tail or
    states its triple, as :obj:`batch.local` says of every leaf. A masked root
    is shown if another node of its graph, root or leaf, has the same token and
    is not masked. What is not shown cannot be copied: it has to be known.

    Args:
        batch (Data): a masked graph or batch, with :obj:`labels`. Without
            :obj:`local`, no leaf counts as shown.

    Shapes:
        - **output:** :math:`(N)`, bool; :obj:`False` for roots without a label

    Example:
        >>> import torch
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([2, 6, 7, 2], [(1, 1, 0, [5])])
        >>> graph.labels = torch.tensor([6, -100, -100, 8, -100])
        >>> shown_targets(graph).tolist()
        [True, False, False, False, False]
    """
    graph, _ = graph_of_nodes(batch)
    key = graph * _MOST_TOKENS
    masked = batch.labels != IGNORE_INDEX
    shown = (key + batch.input_ids)[~masked]
    is_root: Tensor = batch.node_type == 0
    repeated: Tensor = torch.isin(key + batch.labels, shown) & masked & is_root
    local: Tensor | None = batch.get("local", None)
    if local is None:
        return repeated
    return repeated | (local.bool() & ~is_root)
