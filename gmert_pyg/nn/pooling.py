"""From the states of nodes to one vector per graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.utils import scatter, softmax

from gmert_pyg.nn.batch_checks import graph_of_nodes


class GraphPooling(nn.Module):
    r"""Pools the states of a graph's nodes into one vector.

    .. math::
        \mathbf{z}_g = \sum_{i \in \mathcal{V}_g} w_i \, \mathbf{x}_i

    * `"mean"`: :math:`w_i = 1 / n_g` for the :math:`n_g` roots of the graph,
      0 for leaves. Leaves still count: the roots have attended to them.
    * `"first"`: :math:`w_i = 1` for the first root, such as the class token
      that some tokenizers put there.
    * `"attention"`: :math:`w_i = \mathrm{softmax}_{i \in \mathcal{V}_g}
      (\mathbf{a}^{\top} \mathbf{x}_i)` over roots and leaves, with a learned
      :math:`\mathbf{a}`.

    Sums are taken in at least single precision. A graph without nodes gets 0.

    Args:
        hidden_size (int): the size :math:`d` of a state.
        mode (str, optional): `"mean"`, `"first"` or `"attention"`.
            (default: :obj:`"mean"`)

    Raises:
        ValueError: if there is no such mode.

    Shapes:
        - **input:** :math:`(N, d)`, and a batch of :math:`B` graphs with
          :math:`N` nodes
        - **output:** :math:`(B, d)`

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6], [(0, 1, 3, [8])])
        >>> x = torch.tensor([[1.0], [2.0], [9.0]])
        >>> GraphPooling(1)(x, graph).tolist()
        [[1.5]]
    """

    def __init__(self, hidden_size: int, mode: str = "mean") -> None:
        super().__init__()
        if mode not in ("mean", "first", "attention"):
            raise ValueError(
                f"'mode' must be 'mean', 'first' or 'attention' (got {mode!r})"
            )
        self.mode = mode
        # A bias would shift all scores of a graph alike: softmax drops it.
        self.gate = (
            nn.Linear(hidden_size, 1, bias=False)
            if mode == "attention"
            else None
        )

    def forward(self, x: Tensor, batch: Data) -> Tensor:
        r"""Return one vector per graph.

        Args:
            x (Tensor): the states of all nodes.
            batch (Data): the graph or batch of graphs they are of.
        """
        graph, num_graphs = graph_of_nodes(batch)
        full = x.to(torch.promote_types(x.dtype, torch.float32))
        weight = self._weight(x, batch, graph, num_graphs).to(full.dtype)
        pooled: Tensor = scatter(
            full * weight[:, None], graph, dim_size=num_graphs, reduce="sum"
        )
        return pooled.to(x.dtype)

    def _weight(
        self, x: Tensor, batch: Data, graph: Tensor, num_graphs: int
    ) -> Tensor:
        if self.gate is not None:
            score = self.gate(x).flatten()
            score = score.to(torch.promote_types(x.dtype, torch.float32))
            attention: Tensor = softmax(score, graph, num_nodes=num_graphs)
            return attention
        is_root: Tensor = batch.node_type == 0
        if self.mode == "first":
            is_first: Tensor = is_root & (batch.anchor == 0)
            return is_first
        count: Tensor = scatter(
            is_root.float(), graph, dim_size=num_graphs, reduce="sum"
        )
        return is_root / count.clamp(min=1)[graph]

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(mode={self.mode!r})"
