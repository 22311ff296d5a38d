"""Import and export of the GraphMERT authors' fixed layout.

It has `num_roots` roots first, then `leaves_per_root` slots for each root: slot
k of root i stands at `num_roots + i * leaves_per_root + k`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from gmert_pyg.data.layouts.dense_checks import check_dense
from gmert_pyg.data.layouts.layout_nodes import layout_graph, layout_positions

if TYPE_CHECKING:
    from gmert_pyg.data.chain_graph import ChainGraph


class DenseLayout(NamedTuple):
    """The GraphMERT authors' tensors, one graph per row."""

    input_nodes: Tensor
    attention_mask: Tensor
    leaf_relationships: Tensor
    head_lengths: Tensor


def graphs_from_dense(
    cls: type[ChainGraph],
    input_nodes: Tensor,
    attention_mask: Tensor,
    leaf_relationships: Tensor,
    head_lengths: Tensor,
    num_roots: int,
) -> list[ChainGraph]:
    r"""Read the GraphMERT authors' layout.

    Root :math:`i` anchors at most one triple. Relation ids stay as they are in
    the file, :math:`1, \ldots, R`. Leaves of a root without a relation are kept
    and have no edge.

    Args:
        cls (type): the class of the graphs.
        input_nodes (Tensor): the tokens.
        attention_mask (Tensor): 1 where the node exists.
        leaf_relationships (Tensor): the relation of the triple anchored at a
            root, 0 for none.
        head_lengths (Tensor): the number of roots of its head, 0 for none.
        num_roots (int): the number of root positions.

    Shapes:
        - **input_nodes**, **attention_mask:**
          :math:`(B, \text{roots} \cdot (1 + \text{leaves per root}))`
        - **leaf_relationships**, **head_lengths:** :math:`(B, \text{roots})`

    Raises:
        ValueError: naming the argument whose shape or values are wrong.
    """
    leaf_mask = check_dense(
        input_nodes, attention_mask, leaf_relationships, head_lengths, num_roots
    )
    graphs = []
    for row, ids in enumerate(input_nodes):
        mask = attention_mask[row].bool()
        root, slot = leaf_mask[row].nonzero().unbind(1)
        lengths = head_lengths[row][root]
        # One edge per pair of a head token and a leaf, leaf by leaf.
        leaf = torch.arange(root.numel()).repeat_interleave(lengths)
        begin = (lengths.cumsum(0) - lengths).repeat_interleave(lengths)
        head = root[leaf] + torch.arange(leaf.numel()) - begin
        relation = leaf_relationships[row][root][leaf]
        _, triple = root.unique_consecutive(return_inverse=True)
        graphs.append(
            layout_graph(
                cls, ids[mask], root, slot + 1, triple + 1, head, leaf, relation
            )
        )
    return graphs


def graphs_to_dense(
    graphs: Sequence[ChainGraph], num_roots: int, leaves_per_root: int
) -> DenseLayout:
    r"""Write the GraphMERT authors' layout, the inverse of
    :meth:`graphs_from_dense`; padding has token 0.

    Args:
        graphs (Sequence[ChainGraph]): the graphs.
        num_roots (int): the number of root positions.
        leaves_per_root (int): the number of leaf slots of a root.

    Raises:
        ValueError: if a graph does not fit: too many roots, too long a tail,
            or two triples on one root.
    """
    nodes = num_roots * (1 + leaves_per_root)
    shape = (len(graphs), num_roots)
    layout = DenseLayout(
        torch.zeros(len(graphs), nodes, dtype=torch.long),
        torch.zeros(len(graphs), nodes, dtype=torch.long),
        torch.zeros(shape, dtype=torch.long),
        torch.zeros(shape, dtype=torch.long),
    )
    for row, graph in enumerate(graphs):
        leaf_slot = graph.slot[graph.node_type == 1] - 1
        position = layout_positions(
            graph, leaf_slot, num_roots, leaves_per_root
        )
        if position.unique().numel() < position.numel():
            raise ValueError(
                "'graphs' must have at most one triple per root "
                "(got two nodes for one position)"
            )
        layout.input_nodes[row, position] = graph.input_ids
        layout.attention_mask[row, position] = 1
        into_leaf = graph.node_type[graph.edge_index[1]] == 1
        head, leaf = graph.edge_index[:, into_leaf]
        relation = graph.edge_type[into_leaf]
        anchor = graph.anchor[leaf]
        layout.leaf_relationships[row, anchor] = relation
        layout.head_lengths[row].scatter_reduce_(
            0, anchor, head - anchor + 1, "amax"
        )
    return layout
