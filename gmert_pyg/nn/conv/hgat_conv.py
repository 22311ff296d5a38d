"""The hierarchical graph attention of GraphMERT."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric import EdgeIndex
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter, segment, softmax

from gmert_pyg.nn.conv.grouped_matmul import grouped_matmul
from gmert_pyg.nn.dropout import fast_dropout


class HGATConv(MessagePassing):
    r"""The H-GAT operator of `"GraphMERT: Efficient and Scalable Distillation
    of Reliable Knowledge Graphs from Unstructured Data"
    <https://arxiv.org/abs/2510.09580>`_, which fuses a relation and its head
    into the embedding of a tail.

    .. math::
        \mathbf{x}^{\prime}_i = \sum_{r} \sum_{j \in \mathcal{N}_r(i)}
        \alpha^{(r)}_{ij} \mathbf{W}_r \mathbf{x}_j

    .. math::
        \alpha^{(r)}_{ij} = \underset{j \in \mathcal{N}_r(i)}{\mathrm{softmax}}
        \; \mathrm{LeakyReLU} \left( \mathbf{a}_r^{\top} \left[ \mathbf{W}_r
        \mathbf{x}_i \, \Vert \, \mathbf{W}_r \mathbf{x}_j \right] \right)

    where :math:`\mathcal{N}_r(i)` are the sources of the edges of relation
    :math:`r` into target :math:`i`, :math:`\mathbf{W}_r \in \mathbb{R}^{F
    \times F}` and :math:`\mathbf{a}_r \in \mathbb{R}^{2F}`. The paper's layer
    is :math:`\mathbf{x}_i + \mathbf{x}^{\prime}_i`; a target without edges gets
    exact zeros, so that it stays as it is.

    It is computed as :math:`\mathbf{W}_r (\sum_j \alpha_{ij} \mathbf{x}_j)`,
    with scores :math:`(\mathbf{W}_r^{\top} \mathbf{a}_r^t)^{\top} \mathbf{x}_i
    + (\mathbf{W}_r^{\top} \mathbf{a}_r^h)^{\top} \mathbf{x}_j`: one matrix
    product per target and relation, none per edge.

    Args:
        in_channels (int): the size :math:`F` of a node's features.
        num_relations (int): the number of relations.
        negative_slope (float, optional): the slope of the LeakyReLU.
            (default: :obj:`0.01`)
        dropout (float, optional): the probability with which every element of
            :math:`\mathbf{W}_r` and :math:`\mathbf{a}_r` is dropped in
            training, drawn once per relation and step (the paper draws it once
            per triple). (default: :obj:`0.0`)
        num_bases (int, optional): if given, the matrices are combinations of
            this many. (default: :obj:`None`)
        **kwargs (optional): arguments of
            :class:`~torch_geometric.nn.conv.MessagePassing`.

    Shapes:
        - **input:** node features :math:`(|\mathcal{V}|, F)` or
          :math:`((|\mathcal{V}_s|, F), (|\mathcal{V}_t|, F))`, edge indices
          :math:`(2, |\mathcal{E}|)`, edge types :math:`(|\mathcal{E}|)`
        - **output:** :math:`(|\mathcal{V}_t|, F)`

    Example:
        >>> conv = HGATConv(8, num_relations=2)
        >>> edge_index = torch.tensor([[0, 1], [2, 2]])
        >>> conv(torch.randn(3, 8), edge_index, torch.tensor([1, 1])).shape
        torch.Size([3, 8])
    """

    def __init__(
        self,
        in_channels: int,
        num_relations: int,
        *,
        negative_slope: float = 0.01,
        dropout: float = 0.0,
        num_bases: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(aggr=kwargs.pop("aggr", "sum"), node_dim=0, **kwargs)
        if self.flow != "source_to_target":
            raise ValueError(
                f"'flow' must be 'source_to_target' (got '{self.flow}')"
            )
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"'dropout' must be in [0, 1) (got {dropout})")
        for name, value in (
            ("in_channels", in_channels),
            ("num_relations", num_relations),
            ("num_bases", 1 if num_bases is None else num_bases),
        ):
            if value < 1:
                raise ValueError(f"'{name}' must be positive (got {value})")
        self.in_channels = in_channels
        self.num_relations = num_relations
        self.negative_slope = negative_slope
        self.dropout = dropout
        self.num_bases = num_bases

        matrices = num_relations if num_bases is None else num_bases
        self.weight = nn.Parameter(
            torch.empty(matrices, in_channels, in_channels)
        )
        self.comp = (
            None
            if num_bases is None
            else nn.Parameter(torch.empty(num_relations, num_bases))
        )
        self.att_dst = nn.Parameter(torch.empty(num_relations, in_channels))
        self.att_src = nn.Parameter(torch.empty(num_relations, in_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        super().reset_parameters()
        # torch's initialisers, not PyG's: transformers guards them, so that
        # loaded weights are not drawn anew.
        bound = (3.0 / self.in_channels) ** 0.5
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.xavier_uniform_(self.att_dst)
        nn.init.xavier_uniform_(self.att_src)
        if self.comp is not None:
            nn.init.xavier_uniform_(self.comp)

    def forward(
        self,
        x: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_type: Tensor,
        size: tuple[int, int] | None = None,
        return_attention_weights: bool | None = None,
    ) -> Tensor | tuple[Tensor, tuple[Tensor, Tensor]]:
        r"""Run the layer.

        Args:
            x (Tensor or (Tensor, Tensor)): the node features.
            edge_index (Tensor or EdgeIndex): the edges.
            edge_type (Tensor): the relation of every edge.
            size ((int, int), optional): the numbers of source and target nodes.
                (default: :obj:`None`)
            return_attention_weights (bool, optional): if :obj:`True`, also
                return :obj:`(edge_index, alpha)`. (default: :obj:`None`)
        """
        x_src, x_dst = (x, x) if isinstance(x, Tensor) else x
        if isinstance(edge_index, EdgeIndex):
            edge_index = edge_index.as_tensor()
        self._check(x_src, x_dst, edge_index, edge_type, size)

        # Edges of one target and relation become neighbours, by relation.
        num_targets = x_dst.size(0)
        key, order = torch.sort(
            edge_type * num_targets + edge_index[1], stable=True
        )
        key, group, count = key.unique_consecutive(
            return_inverse=True, return_counts=True
        )
        target, relation = key % max(num_targets, 1), key // max(num_targets, 1)
        ptr = F.pad(count.cumsum(0), (1, 0))
        edges = torch.stack([edge_index[0][order], group])

        weight, att_dst, att_src = self._relation_parameters()
        att_dst = torch.einsum("rf,rfg->rg", att_dst, weight)
        att_src = torch.einsum("rf,rfg->rg", att_src, weight)
        score = (x_dst[target] * att_dst[relation]).sum(dim=-1)

        alpha = self.edge_updater(
            edges, x=(x_src, None), score=(None, score),
            att=(None, att_src[relation]), group_ptr=ptr,
            size=(x_src.size(0), key.numel()),
        )  # fmt: skip
        out = self.propagate(
            edges, x=(x_src, None), alpha=alpha, group_ptr=ptr,
            size=(x_src.size(0), key.numel()),
        )  # fmt: skip
        out = grouped_matmul(out, weight, relation)
        out = scatter(out, target, dim=0, dim_size=num_targets, reduce="sum")
        if return_attention_weights:
            alpha = torch.empty_like(alpha).index_copy(0, order, alpha)
            return out, (edge_index, alpha)
        result: Tensor = out
        return result

    def edge_update(
        self, x_j: Tensor, score_i: Tensor, att_i: Tensor, group_ptr: Tensor
    ) -> Tensor:
        """Return the attention of every edge, normalised over its group."""
        score = score_i + (x_j * att_i).sum(dim=-1)
        score = F.leaky_relu(score, self.negative_slope)
        alpha: Tensor = softmax(score, ptr=group_ptr)
        return alpha

    def message(self, x_j: Tensor, alpha: Tensor) -> Tensor:
        """Weigh a source with its attention."""
        return alpha.unsqueeze(-1) * x_j

    def aggregate(self, inputs: Tensor, group_ptr: Tensor) -> Tensor:
        """Sum the messages of every group."""
        out: Tensor = segment(inputs, group_ptr, reduce="sum")
        return out

    def _relation_parameters(self) -> tuple[Tensor, Tensor, Tensor]:
        weight: Tensor = self.weight
        if self.comp is not None:
            weight = torch.einsum("rb,bfg->rfg", self.comp, weight)
        return (
            fast_dropout(weight, self.dropout, self.training),
            fast_dropout(self.att_dst, self.dropout, self.training),
            fast_dropout(self.att_src, self.dropout, self.training),
        )

    def _check(
        self,
        x_src: Tensor,
        x_dst: Tensor,
        edge_index: Tensor,
        edge_type: Tensor,
        size: tuple[int, int] | None,
    ) -> None:
        sizes = (x_src.size(0), x_dst.size(0))
        if size is not None and tuple(size) != sizes:
            raise ValueError(f"'size' must be {sizes} (got {tuple(size)})")
        if tuple(edge_type.shape) != (edge_index.size(1),):
            raise ValueError(
                f"'edge_type' must be of shape ({edge_index.size(1)},) "
                f"(got {tuple(edge_type.shape)})"
            )
        if edge_type.numel() == 0:
            return
        low, high = torch.stack(edge_type.aminmax()).tolist()
        if low < 0 or high >= self.num_relations:
            raise ValueError(
                f"'edge_type' must be in [0, {self.num_relations}) "
                f"(got {low if low < 0 else high})"
            )

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, "
            f"num_relations={self.num_relations})"
        )
