"""The maps and attention vectors of the relations that occur."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gmert_pyg.nn.conv.basis_matmul import basis_matmul
from gmert_pyg.nn.conv.edge_groups import EdgeGroups
from gmert_pyg.nn.conv.fused_attention import fused_attention
from gmert_pyg.nn.conv.grouped_matmul import grouped_matmul


@dataclass(frozen=True)
class RelationMaps:
    r"""What a layer knows of :math:`P` relations, those that occur.

    Args:
        weight (Tensor): the matrices or, with `comp`, the bases.
        comp (Tensor, optional): the coefficients of the bases, per relation.
        att_dst (Tensor): the attention vectors for targets.
        att_src (Tensor): those for sources.
        index (Tensor, optional): the matrix of every relation; if not given,
            there is one for each, in their order.
    """

    weight: Tensor
    comp: Tensor | None
    att_dst: Tensor
    att_src: Tensor
    index: Tensor | None

    def apply(self, x: Tensor, relation: Tensor) -> Tensor:
        r"""Return :math:`\mathbf{W}_r \mathbf{x}`, relations ascending."""
        return self._matmul(x, relation, transpose=False)

    def attention(self) -> tuple[Tensor, Tensor]:
        r"""Return :math:`\mathbf{W}_r^{\top} \mathbf{a}_r` for both ends."""
        both = torch.stack([self.att_dst, self.att_src], dim=1)
        relation = torch.arange(both.size(0), device=both.device)
        out = self._matmul(
            both.flatten(0, 1),
            relation.repeat_interleave(2, output_size=2 * both.size(0)),
            transpose=True,
        )
        att_dst, att_src = out.view_as(both).unbind(dim=1)
        return att_dst, att_src

    def fused(
        self,
        x: Tensor,
        source: Tensor,
        groups: EdgeGroups,
        negative_slope: float,
    ) -> tuple[Tensor, Tensor]:
        """Run the whole layer in one operator, see :meth:`fused_attention`."""
        att_dst, att_src = self.attention()
        matrix = groups.position
        if self.index is not None:
            matrix = self.index[matrix]
        out, alpha = fused_attention(
            x,
            att_dst.to(x.dtype),
            att_src.to(x.dtype),
            self.weight.to(product_dtype(x)),
            matrix,
            source,
            groups,
            negative_slope,
        )
        return out, alpha.to(x.dtype)

    def _matmul(self, x: Tensor, relation: Tensor, transpose: bool) -> Tensor:
        dtype = product_dtype(x)
        x, weight = x.to(dtype), self.weight.to(dtype)
        if self.comp is not None:
            comp = self.comp.to(dtype)
            return basis_matmul(x, weight, comp, relation, transpose)
        if self.index is not None:
            relation = self.index[relation]
        return grouped_matmul(x, weight, relation, transpose)


def product_dtype(x: Tensor) -> torch.dtype:
    """Return the type of matrix products, which autocast decides."""
    device = x.device.type
    if x.dtype != torch.float64 and torch.is_autocast_enabled(device):
        return torch.get_autocast_dtype(device)
    return x.dtype
