"""The second level of hierarchical graph attention."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.utils import softmax

from gmert_pyg.nn.conv.edge_groups import EdgeGroups
from gmert_pyg.nn.conv.edge_softmax import at_least_float
from gmert_pyg.nn.conv.sparse_product import sddmm
from gmert_pyg.nn.dropout import fast_dropout


class RelationAttention(nn.Module):
    r"""Weighs the results of the relations of one target.

    .. math::
        \beta^{(r)}_i = \underset{r \in \mathcal{R}(i)}{\mathrm{softmax}}
        \; \mathrm{LeakyReLU} \left( \mathbf{b}_r^{\top} \left[ \mathbf{x}_i
        \, \Vert \, \mathbf{y}^{(r)}_i \right] \right)

    where :math:`\mathbf{y}^{(r)}_i` is what target :math:`i` gets from relation
    :math:`r`.

    Args:
        in_channels (int): the size :math:`F` of a node's features.
        num_relations (int): the number of relations.
        negative_slope (float): the slope of the LeakyReLU.
        dropout (float): the probability with which every element of
            :math:`\mathbf{b}_r` is dropped in training.

    Shapes:
        - **input:** targets :math:`(|\mathcal{V}_t|, F)`, results
          :math:`(|\mathcal{G}|, F)`, one per target and relation
        - **output:** :math:`(|\mathcal{G}|)`
    """

    def __init__(
        self,
        in_channels: int,
        num_relations: int,
        negative_slope: float,
        dropout: float,
    ) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.dropout = dropout
        self.att_dst = nn.Parameter(torch.empty(num_relations, in_channels))
        self.att_src = nn.Parameter(torch.empty(num_relations, in_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        nn.init.xavier_uniform_(self.att_dst)
        nn.init.xavier_uniform_(self.att_src)

    def forward(self, x_dst: Tensor, out: Tensor, groups: EdgeGroups) -> Tensor:
        """Return the weight of every group among those of its target."""
        rows = torch.arange(out.size(0), device=out.device)
        score = self._score(self.att_dst, x_dst, groups.target, groups)
        score = score + self._score(self.att_src, out, rows, groups)
        score = F.leaky_relu(at_least_float(score), self.negative_slope)
        beta: Tensor = softmax(score, groups.target, num_nodes=x_dst.size(0))
        return beta.to(out.dtype)

    def _score(
        self, att: Tensor, x: Tensor, row: Tensor, groups: EdgeGroups
    ) -> Tensor:
        att = fast_dropout(att[groups.present], self.dropout, self.training)
        return sddmm(row, groups.position, x, att.to(x.dtype))
