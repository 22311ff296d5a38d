"""Import and export of the CodeBERT port's fixed layout.

It has 128 roots first, then 7 leaf slots for each root: slot k of root i stands
at 128 + 7 i + k. Other sizes follow from the shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from gmert_pyg.data.layouts.dense_checks import check_padded
from gmert_pyg.data.layouts.layout_nodes import layout_graph, layout_positions

if TYPE_CHECKING:
    from gmert_pyg.data.chain_graph import ChainGraph


class PaddedLayout(NamedTuple):
    """The CodeBERT port's tensors, one graph per row."""

    input_ids: Tensor
    attention_mask: Tensor
    graph_structure: Tensor
    relation_ids: Tensor


def graphs_from_padded(
    cls: type[ChainGraph],
    input_ids: Tensor,
    attention_mask: Tensor,
    graph_structure: Tensor,
    relation_ids: Tensor,
) -> list[ChainGraph]:
    r"""Read the CodeBERT port's layout.

    A node exists where the attention mask is 1. A leaf whose relation is at
    least 0 has one edge, from its root, the whole head; -1 stands for *no edge*
    and leaves none. Neighbouring leaves of one root belong to one triple if
    both their relation and their value in :obj:`graph_structure` agree, so the
    latter numbers the groups of a root (or its leaves: then every leaf is a
    triple of its own). It is kept, plus one, as the node attribute
    :obj:`structure`, for :meth:`graphs_to_padded`. Relation ids stay as they
    are in the file, :math:`0, \ldots, R - 1`.

    Args:
        cls (type): the class of the graphs.
        input_ids (Tensor): the tokens.
        attention_mask (Tensor): 1 where the node exists.
        graph_structure (Tensor): the group of a leaf slot, -1 for none.
        relation_ids (Tensor): the relation of a leaf slot, -1 for none.

    Shapes:
        - **input_ids**, **attention_mask:**
          :math:`(B, \text{roots} \cdot (1 + \text{leaves per root}))`
        - **graph_structure**, **relation_ids:**
          :math:`(B, \text{roots}, \text{leaves per root})`

    Raises:
        ValueError: naming the argument whose shape or values are wrong.
    """
    leaf_mask = check_padded(
        input_ids, attention_mask, graph_structure, relation_ids
    )
    graphs = []
    for row, ids in enumerate(input_ids):
        mask = attention_mask[row].bool()
        root, _ = leaf_mask[row].nonzero().unbind(1)
        structure = graph_structure[row][leaf_mask[row]] + 1
        relation = relation_ids[row][leaf_mask[row]]
        group = torch.stack([root, structure, relation], dim=1)
        opens = torch.ones_like(root, dtype=torch.bool)
        opens[1:] = (group[1:] != group[:-1]).any(dim=1)
        index = torch.arange(root.numel())
        slot = index - torch.where(opens, index, 0).cummax(0).values + 1
        leaf = (relation >= 0).nonzero().flatten()
        graph = layout_graph(
            cls,
            ids[mask],
            root,
            slot,
            opens.cumsum(0),
            root[leaf],
            leaf,
            relation[leaf],
        )
        graph.structure = torch.zeros_like(graph.input_ids)
        graph.structure[graph.num_nodes - root.numel() :] = structure
        graphs.append(graph)
    return graphs


def graphs_to_padded(
    graphs: Sequence[ChainGraph],
    num_roots: int = 128,
    leaves_per_root: int = 7,
    pad_token_id: int = 1,
) -> PaddedLayout:
    r"""Write the CodeBERT port's layout, the inverse of
    :meth:`graphs_from_padded`.

    A graph without the attribute :obj:`structure` gets the number of the
    triple, counted from 0, as its :obj:`graph_structure`.

    Args:
        graphs (Sequence[ChainGraph]): the graphs.
        num_roots (int, optional): the number of root positions.
            (default: :obj:`128`)
        leaves_per_root (int, optional): the number of leaf slots of a root.
            (default: :obj:`7`)
        pad_token_id (int, optional): the token of padding. (default: :obj:`1`)

    Raises:
        ValueError: if a graph does not fit: too many roots or leaves, or a
            head of several roots.
    """
    nodes = num_roots * (1 + leaves_per_root)
    layout = PaddedLayout(
        torch.full((len(graphs), nodes), pad_token_id),
        torch.zeros(len(graphs), nodes, dtype=torch.long),
        torch.full((len(graphs), num_roots * leaves_per_root), -1),
        torch.full((len(graphs), num_roots * leaves_per_root), -1),
    )
    for row, graph in enumerate(graphs):
        is_leaf = graph.node_type == 1
        anchor = graph.anchor[is_leaf]
        # The rank of a leaf among those of its root, whatever their triples.
        order = anchor.sort(stable=True).indices
        index = torch.arange(anchor.numel())
        first = torch.searchsorted(anchor[order], anchor[order])
        leaf_slot = torch.empty_like(anchor)
        leaf_slot[order] = index - first
        position = layout_positions(
            graph, leaf_slot, num_roots, leaves_per_root
        )
        layout.input_ids[row, position] = graph.input_ids
        layout.attention_mask[row, position] = 1
        structure = graph.structure if "structure" in graph else graph.triple
        slots = position - num_roots
        layout.graph_structure[row, slots[is_leaf]] = structure[is_leaf] - 1
        into_leaf = is_leaf[graph.edge_index[1]]
        head, leaf = graph.edge_index[:, into_leaf]
        if bool((head != graph.anchor[leaf]).any()):
            raise ValueError(
                "'graphs' must have heads of one root each (got a head of "
                f"{int((head - graph.anchor[leaf]).max()) + 1} roots)"
            )
        layout.relation_ids[row, slots[leaf]] = graph.edge_type[into_leaf]
    shape = (len(graphs), num_roots, leaves_per_root)
    return PaddedLayout(
        layout.input_ids,
        layout.attention_mask,
        layout.graph_structure.view(shape),
        layout.relation_ids.view(shape),
    )
