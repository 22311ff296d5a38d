"""The hierarchical graph attention of GraphMERT."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric import EdgeIndex

from gmert_pyg.nn.conv.edge_groups import EdgeGroups, group_edges
from gmert_pyg.nn.conv.edge_messages import EdgeMessages
from gmert_pyg.nn.conv.inputs import check_inputs
from gmert_pyg.nn.conv.relation_attention import RelationAttention
from gmert_pyg.nn.conv.relation_maps import RelationMaps
from gmert_pyg.nn.conv.sparse_product import spmm
from gmert_pyg.nn.dropout import fast_dropout


class HGATConv(EdgeMessages):
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
    \times F}` and :math:`\mathbf{a}_r = [\mathbf{a}_r^t \, \Vert \,
    \mathbf{a}_r^h] \in \mathbb{R}^{2F}`, a half for the target, the tail of a
    triple, and a half for the source, its head: a softmax over the edges of one
    target *and one relation*. The paper's layer is :math:`\mathbf{x}_i +
    \mathbf{x}^{\prime}_i`; a target without edges gets exact zeros, so that it
    stays as it is.

    With :obj:`inter_relation="attention"` there is a second level, in the
    manner of `"Relational Graph Neural Network with Hierarchical Attention for
    Knowledge Graph Completion"
    <https://ojs.aaai.org/index.php/AAAI/article/view/6508>`_: the results
    :math:`\mathbf{y}^{(r)}_i = \sum_j \alpha^{(r)}_{ij} \mathbf{W}_r
    \mathbf{x}_j` of the relations of a target are weighed against each other,

    .. math::
        \mathbf{x}^{\prime}_i = \sum_{r \in \mathcal{R}(i)} \beta^{(r)}_i
        \mathbf{y}^{(r)}_i, \qquad
        \beta^{(r)}_i = \underset{r \in \mathcal{R}(i)}{\mathrm{softmax}}
        \; \mathrm{LeakyReLU} \left( \mathbf{b}_r^{\top} \left[ \mathbf{x}_i
        \, \Vert \, \mathbf{y}^{(r)}_i \right] \right)

    where :math:`\mathcal{R}(i)` are the relations of the edges into :math:`i`
    and :math:`\mathbf{b}_r \in \mathbb{R}^{2F}`. A target with a single
    relation has :math:`\beta = 1`, so that it gets what it gets from
    :obj:`"sum"`.

    With :obj:`num_bases`, :math:`\mathbf{W}_r = \sum_{b=1}^B c_{rb}
    \mathbf{B}_b`, as in `"Modeling Relational Data with Graph Convolutional
    Networks" <https://arxiv.org/abs/1703.06103>`_; the :math:`\mathbf{W}_r`
    never exist all at once.

    It is computed as :math:`\mathbf{W}_r (\sum_j \alpha_{ij} \mathbf{x}_j)`,
    with scores :math:`(\mathbf{W}_r^{\top} \mathbf{a}_r^t)^{\top} \mathbf{x}_i
    + (\mathbf{W}_r^{\top} \mathbf{a}_r^h)^{\top} \mathbf{x}_j`: one matrix
    product per target and relation, none per edge. Features of edges are made
    only for explainers and hooks, in the order of the edges. Under autocast the
    matrix products have its type, and so has the result.

    Args:
        in_channels (int): the size :math:`F` of a node's features.
        num_relations (int): the number of relations.
        negative_slope (float, optional): the slope of the LeakyReLU.
            (default: :obj:`0.01`)
        dropout (float, optional): the probability with which every element of
            :math:`\mathbf{W}_r`, :math:`\mathbf{a}_r` and :math:`\mathbf{b}_r`
            is dropped in training, drawn once per relation and step (the paper
            draws it once per triple). With bases, those and their coefficients
            are dropped instead of :math:`\mathbf{W}_r`. (default: :obj:`0.0`)
        num_bases (int, optional): the number :math:`B` of bases; if not given,
            every relation has its own matrix. (default: :obj:`None`)
        inter_relation (str, optional): how the results of several relations of
            one target are joined, :obj:`"sum"` or :obj:`"attention"`.
            (default: :obj:`"sum"`)
        **kwargs (optional): arguments of
            :class:`~torch_geometric.nn.conv.MessagePassing`, except
            :obj:`aggr` and :obj:`node_dim`.

    Raises:
        ValueError: if an argument is out of its range.

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
        inter_relation: str = "sum",
        **kwargs: Any,
    ) -> None:
        super().__init__(negative_slope, **kwargs)
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"'dropout' must be in [0, 1) (got {dropout})")
        if inter_relation not in ("sum", "attention"):
            raise ValueError(
                "'inter_relation' must be 'sum' or 'attention' "
                f"(got '{inter_relation}')"
            )
        for name, value in (
            ("in_channels", in_channels),
            ("num_relations", num_relations),
            ("num_bases", 1 if num_bases is None else num_bases),
        ):
            if value < 1:
                raise ValueError(f"'{name}' must be positive (got {value})")
        self.in_channels = in_channels
        self.num_relations = num_relations
        self.dropout = dropout
        self.num_bases = num_bases
        self.inter_relation = inter_relation

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
        self.inter_relation_attention = None
        if inter_relation == "attention":
            self.inter_relation_attention = RelationAttention(
                in_channels, num_relations, negative_slope, dropout
            )
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
        if self.inter_relation_attention is not None:
            self.inter_relation_attention.reset_parameters()

    def forward(
        self,
        x: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_type: Tensor,
        size: tuple[int, int] | None = None,
        return_attention_weights: bool | None = None,
        groups: EdgeGroups | None = None,
    ) -> Tensor | tuple[Tensor, tuple[Tensor, Tensor]]:
        r"""Run the layer.

        Args:
            x (Tensor or (Tensor, Tensor)): the node features.
            edge_index (Tensor or EdgeIndex): the edges.
            edge_type (Tensor): the relation of every edge.
            size ((int, int), optional): the numbers of source and target nodes.
                (default: :obj:`None`)
            return_attention_weights (bool, optional): if :obj:`True`, also
                return :obj:`(edge_index, weight)`, with what every
                :math:`\mathbf{W}_r \mathbf{x}_j` weighs in the sum:
                :math:`\alpha^{(r)}_{ij}`, or with the second level
                :math:`\beta^{(r)}_i \alpha^{(r)}_{ij}`.
                (default: :obj:`None`)
            groups (EdgeGroups, optional): what
                :meth:`~gmert_pyg.nn.conv.edge_groups.group_edges` returns for
                these edges, if it is known; the edges are then not checked.
                (default: :obj:`None`)

        Raises:
            ValueError: if a node or a relation is out of range, or shapes or
                types do not fit.
        """
        x_src, x_dst = (x, x) if isinstance(x, Tensor) else x
        if isinstance(edge_index, EdgeIndex):
            edge_index = edge_index.as_tensor()
        check_inputs((x_src, x_dst), edge_index, edge_type, size, self.weight)

        if groups is None:
            groups = group_edges(
                edge_index,
                edge_type,
                num_sources=x_src.size(0),
                num_targets=x_dst.size(0),
                num_relations=self.num_relations,
            )
        maps = self._relation_maps(groups.present)
        source = edge_index[0][groups.order]
        if self._is_fused(x):
            out, alpha = maps.fused(x_src, source, groups, self.negative_slope)
        else:
            out, alpha = self._attend_and_sum(
                x_src, x_dst, edge_index, source, groups, maps
            )
        if return_attention_weights:
            alpha = torch.empty_like(alpha).index_copy(0, groups.order, alpha)
            return out, (edge_index, alpha)
        return out

    def _is_fused(self, x: Tensor | tuple[Tensor, Tensor]) -> bool:
        """Whether one operator does everything, on the CPU."""
        return (
            isinstance(x, Tensor)
            and x.device.type == "cpu"
            and self.num_bases is None
            and self.inter_relation_attention is None
            and not self.edges_are_observed()
        )

    def _attend_and_sum(
        self,
        x_src: Tensor,
        x_dst: Tensor,
        edge_index: Tensor,
        source: Tensor,
        groups: EdgeGroups,
        maps: RelationMaps,
    ) -> tuple[Tensor, Tensor]:
        alpha = self.attend(x_src, x_dst, source, groups, maps)
        out = self.sum_sources(x_src, edge_index, source, alpha, groups)
        out = maps.apply(out, groups.position)
        beta = out.new_ones(out.size(0))
        if self.inter_relation_attention is not None:
            beta = self.inter_relation_attention(x_dst, out, groups)
            alpha = alpha * beta[groups.group]
        rows = torch.arange(out.size(0), device=out.device)
        return spmm(groups.target, rows, beta, out, x_dst.size(0)), alpha

    def _drop(self, parameter: Tensor) -> Tensor:
        return fast_dropout(parameter, self.dropout, self.training)

    def _relation_maps(self, present: Tensor) -> RelationMaps:
        """Return the parameters of the relations that occur, dropped."""
        weight: Tensor = self.weight
        comp: Tensor | None = None
        index: Tensor | None = None
        if self.comp is not None:
            weight, comp = self._drop(weight), self._drop(self.comp[present])
        elif self.training and self.dropout > 0.0:
            weight = self._drop(weight[present])
        else:
            index = present
        return RelationMaps(
            weight,
            comp,
            self._drop(self.att_dst[present]),
            self._drop(self.att_src[present]),
            index,
        )

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, "
            f"num_relations={self.num_relations})"
        )
