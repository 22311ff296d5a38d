"""The steps of message passing that explainers and hooks look at."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn import MessagePassing

from gmert_pyg.nn.conv.edge_groups import EdgeGroups
from gmert_pyg.nn.conv.edge_softmax import edge_softmax
from gmert_pyg.nn.conv.relation_maps import RelationMaps
from gmert_pyg.nn.conv.sparse_product import sddmm, spmm


class EdgeMessages(MessagePassing):
    r"""Attention over the edges of every group, and their weighted sums.

    Features of edges are made only where :meth:`edges_are_observed`.

    Args:
        negative_slope (float): the slope of the LeakyReLU.
        **kwargs (optional): arguments of
            :class:`~torch_geometric.nn.conv.MessagePassing`, except
            :obj:`aggr` and :obj:`node_dim`.

    Raises:
        ValueError: if messages shall flow from targets to sources.
    """

    def __init__(self, negative_slope: float, **kwargs: Any) -> None:
        super().__init__(aggr="sum", node_dim=0, **kwargs)
        if self.flow != "source_to_target":
            raise ValueError(
                f"'flow' must be 'source_to_target' (got '{self.flow}')"
            )
        self.negative_slope = negative_slope

    def edge_update(self, score: Tensor, group_ptr: Tensor) -> Tensor:
        """Return the attention of every edge, normalised over its group."""
        return edge_softmax(score, group_ptr, self.negative_slope)

    def message(self, x_j: Tensor, alpha: Tensor) -> Tensor:
        """Weigh a source with its attention."""
        return alpha.unsqueeze(-1) * x_j

    def attend(
        self,
        x_src: Tensor,
        x_dst: Tensor,
        source: Tensor,
        groups: EdgeGroups,
        maps: RelationMaps,
    ) -> Tensor:
        """Return the attention of every sorted edge."""
        att_dst, att_src = maps.attention()
        att_dst, att_src = att_dst.to(x_dst.dtype), att_src.to(x_src.dtype)
        score = sddmm(groups.target, groups.position, x_dst, att_dst)
        score = score[groups.group] + sddmm(
            source, groups.position[groups.group], x_src, att_src
        )
        alpha: Tensor = self.edge_updater(
            torch.stack([source, groups.group]),
            score=score,
            group_ptr=groups.ptr,
            size=None,
        )
        return alpha.to(x_src.dtype)

    def sum_sources(
        self,
        x_src: Tensor,
        edge_index: Tensor,
        source: Tensor,
        alpha: Tensor,
        groups: EdgeGroups,
    ) -> Tensor:
        """Return what every group has for sources, weighed and summed."""
        num_groups = groups.target.size(0)
        if not self.edges_are_observed():
            return spmm(groups.group, source, alpha, x_src, num_groups)
        # Explainers and hooks see the edges in the order they came in.
        group, weight = torch.empty_like(groups.group), torch.empty_like(alpha)
        group = group.index_copy(0, groups.order, groups.group)
        weight = weight.index_copy(0, groups.order, alpha)
        out: Tensor = self.propagate(
            torch.stack([edge_index[0], group]),
            x=(x_src, None),
            alpha=weight,
            size=(x_src.size(0), num_groups),
        )
        return out

    def edges_are_observed(self) -> bool:
        """Whether an explainer, a hook or an override looks at the edges."""
        hooks = (
            self._propagate_forward_pre_hooks,
            self._propagate_forward_hooks,
            self._message_forward_pre_hooks,
            self._message_forward_hooks,
            self._aggregate_forward_pre_hooks,
            self._aggregate_forward_hooks,
            self._edge_update_forward_pre_hooks,
            self._edge_update_forward_hooks,
        )
        is_overridden = (
            getattr(self.message, "__func__", None) is not EdgeMessages.message
            or getattr(self.edge_update, "__func__", None)
            is not EdgeMessages.edge_update
        )
        return (
            bool(self.explain)
            or is_overridden
            or any(len(hook) > 0 for hook in hooks)
        )
