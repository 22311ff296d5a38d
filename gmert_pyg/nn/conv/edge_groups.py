"""The edges of one target and one relation, as neighbours."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class EdgeGroups(NamedTuple):
    r"""Edges sorted into groups of one target and one relation.

    The groups are in the order of their relations, and inside a relation in
    the order of their targets. :math:`|\mathcal{G}|` is the number of groups,
    :math:`P` the number of relations that occur.
    """

    order: Tensor
    """The edges in the order of their groups, [E]."""
    group: Tensor
    """The group of every sorted edge, [E]."""
    ptr: Tensor
    """Where every group begins among the sorted edges, [G + 1]."""
    target: Tensor
    """The target of every group, [G]."""
    present: Tensor
    """The relations that occur, in ascending order, [P]."""
    position: Tensor
    """The position of every group's relation in `present`, [G]."""


def group_edges(
    edge_index: Tensor,
    edge_type: Tensor,
    num_sources: int,
    num_targets: int,
    num_relations: int,
) -> EdgeGroups:
    """Group edges by target and relation.

    One operator for `torch.compile`, whose results have sizes that depend on
    the data. It checks all ranges on the way, also where it is compiled; on a
    GPU this is the one synchronisation.

    Args:
        edge_index (Tensor): the edges, from sources to targets.
        edge_type (Tensor): the relation of every edge.
        num_sources (int): the number of source nodes.
        num_targets (int): the number of target nodes.
        num_relations (int): the number of relations.

    Raises:
        ValueError: if a node or a relation is out of range.
    """
    out = _group_edges(
        edge_index, edge_type, num_sources, num_targets, num_relations
    )
    return EdgeGroups(*out)


Groups = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


@torch.library.custom_op("gmert_pyg::group_edges", mutates_args=())
def _group_edges(
    edge_index: Tensor,
    edge_type: Tensor,
    num_sources: int,
    num_targets: int,
    num_relations: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    if edge_type.numel() == 0:
        first, *rest = (edge_type.new_empty(0) for _ in range(5))
        return first, rest[0], edge_type.new_zeros(1), rest[1], rest[2], rest[3]
    # A key that is out of range is sorted somewhere, and refused below.
    key, order = torch.sort(
        edge_type * num_targets + edge_index[1], stable=True
    )
    relation = key // max(num_targets, 1)
    group, position = _runs(key), _runs(relation)
    ranges = [limit for x in (*edge_index, edge_type) for limit in x.aminmax()]
    facts = torch.stack([*ranges, group[-1], position[-1]])
    *limits, last_group, last_position = facts.tolist()
    _check("edge_index", limits[0:2], num_sources)
    _check("edge_index", limits[2:4], num_targets)
    _check("edge_type", limits[4:6], num_relations)
    ptr = _starts(group, last_group + 1)
    first = ptr[:-1]
    return (
        order,
        group,
        ptr,
        key[first] % num_targets,
        relation[_starts(position, last_position + 1)[:-1]],
        position[first],
    )


@_group_edges.register_fake
def _(
    edge_index: Tensor,
    edge_type: Tensor,
    num_sources: int,
    num_targets: int,
    num_relations: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    context = torch.library.get_ctx()
    num_groups = context.new_dynamic_size()
    num_present = context.new_dynamic_size()
    edges, groups = edge_type.size(0), num_groups
    sizes = (edges, edges, groups + 1, groups, num_present, groups)
    order, group, ptr, target, present, position = (
        edge_type.new_empty(size) for size in sizes
    )
    return order, group, ptr, target, present, position


def _runs(values: Tensor) -> Tensor:
    """Number the runs of equal neighbours, from 0."""
    step = torch.zeros_like(values)
    step[1:] = values[1:] != values[:-1]
    return step.cumsum(0)


def _starts(run: Tensor, num_runs: int) -> Tensor:
    """Return where every run starts, and after them where the last ends."""
    return torch.searchsorted(
        run, torch.arange(num_runs + 1, device=run.device)
    )


def _check(name: str, limits: list[int], size: int) -> None:
    low, high = limits
    if low < 0 or high >= size:
        raise ValueError(
            f"'{name}' must be in [0, {size}) (got {low if low < 0 else high})"
        )
