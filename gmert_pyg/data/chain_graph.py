"""The leafy chain graph of one piece of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.data.layouts.dense_layout import (
    DenseLayout,
    graphs_from_dense,
    graphs_to_dense,
)
from gmert_pyg.data.layouts.padded_layout import (
    PaddedLayout,
    graphs_from_padded,
    graphs_to_padded,
)
from gmert_pyg.data.validation import validate_graph

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


class ChainGraph(Data):
    r"""A leafy chain graph, the input of GraphMERT (`"GraphMERT: Efficient and
    Scalable Distillation of Reliable Knowledge Graphs from Unstructured Data"
    <https://arxiv.org/abs/2510.09580>`_).

    The *roots* are the tokens of a text, in order. A triple (head span of roots
    :math:`a, \ldots, a + m - 1`, relation :math:`r`, tail tokens
    :math:`t_1, \ldots, t_k`) grafts :math:`k` *leaves* on root :math:`a`, its
    *anchor*. Nodes are ordered: roots first, then the leaves by triple. With
    :math:`N` nodes, :math:`E` edges and :math:`T` triples, a graph holds:

    * :obj:`input_ids` [N]: the token of every node.
    * :obj:`node_type` [N]: 0 for a root, 1 for a leaf.
    * :obj:`anchor` [N]: the position in the chain of the root itself, or of the
      root that the leaf hangs on. A position, so batching does not shift it.
    * :obj:`slot` [N]: 0 for a root, :math:`1, \ldots, k` inside a tail.
    * :obj:`triple` [N]: 0 for a root, :math:`1, \ldots, T` for the leaves.
    * :obj:`edge_index` [2, E]: knowledge-graph edges, from every token of a
      head to every token of its tail, then occurrence edges, root to root.
    * :obj:`edge_type` [E]: relation ids of a :class:`~gmert_pyg.schema.Schema`.
    * :obj:`word_start` [N]: whether a masked span may start at this root.

    Optional: :obj:`source_index` [2, S], pairs (root, leaf) such that the leaf
    can be read off the root; :obj:`callee_index` [2, C], pairs (root, argument)
    such that the parameter of the argument was found by the name that the root
    is part of; :obj:`local` [N], whether a leaf's tail is named
    by the text or derived from it; :obj:`root_span` [num_roots, 2], the span
    of characters of every root; :obj:`kg_triple` [T], the triple of the
    knowledge graph; :obj:`path`, :obj:`qualified_name`, :obj:`line_start`,
    :obj:`line_end` and :obj:`graph_id`.

    Example:
        >>> graph = ChainGraph.from_triples([5, 6, 7], [(0, 2, 3, [8, 9])])
        >>> graph.anchor.tolist(), graph.edge_index.tolist()
        ([0, 1, 2, 0, 0], [[0, 0, 1, 1], [3, 4, 3, 4]])
    """

    @property
    def num_roots(self) -> int:
        """The number of roots (of the whole batch, for a batch)."""
        return int((self.node_type == 0).sum())

    @property
    def num_leaves(self) -> int:
        """The number of leaves (of the whole batch, for a batch)."""
        return int((self.node_type == 1).sum())

    @property
    def num_triples(self) -> int:
        """The number of triples (of the whole batch, for a batch)."""
        return int((self.slot == 1).sum())

    def __inc__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        # Spelled out rather than left to PyG's substring rule, which would also
        # shift a provenance attribute that happens to be called "...batch".
        return self.num_nodes if key.endswith("index") else 0

    def __cat_dim__(
        self, key: str, value: Any, *args: Any, **kwargs: Any
    ) -> int:
        return -1 if key.endswith("index") else 0

    @classmethod
    def from_triples(
        cls,
        root_ids: Tensor | Sequence[int],
        triples: Sequence[tuple[int, int, int, Sequence[int]]],
        *,
        occurrences: Sequence[tuple[int, int, int]] = (),
        word_start: Sequence[bool] | None = None,
        **attributes: Any,
    ) -> ChainGraph:
        r"""Build a graph from its roots and triples.

        Args:
            root_ids (Tensor or Sequence[int]): the tokens of the chain.
            triples (Sequence): tuples (first root of the head, number of roots
                of the head, relation id, token ids of the tail).
            occurrences (Sequence, optional): tuples (source root, target root,
                edge type). (default: :obj:`()`)
            word_start (Sequence[bool], optional): one flag per root.
                (default: :obj:`None`, a span may start anywhere)
            **attributes (optional): further attributes, such as `path`.

        Raises:
            ValueError: if a head leaves the chain or a tail is empty.
        """
        ids = torch.as_tensor(root_ids, dtype=torch.long).tolist()
        num_roots, edges = len(ids), []
        anchor, slot, triple = list(range(num_roots)), [0] * num_roots, []
        triple += [0] * num_roots
        for number, (start, length, relation, tail) in enumerate(triples, 1):
            if start < 0 or length < 1 or start + length > num_roots:
                raise ValueError(
                    f"'triples' must have heads inside the chain of {num_roots}"
                    f" roots (got start {start} and length {length})"
                )
            if len(tail) == 0:
                raise ValueError(
                    f"'triples' must have tails (got none in triple {number})"
                )
            first = len(ids)
            ids += [int(token) for token in tail]
            anchor += [start] * len(tail)
            slot += range(1, len(tail) + 1)
            triple += [number] * len(tail)
            edges += [
                (head, leaf, relation)
                for head in range(start, start + length)
                for leaf in range(first, len(ids))
            ]
        edges += occurrences
        table = torch.tensor(edges, dtype=torch.long).view(-1, 3)
        starts = torch.zeros(len(ids), dtype=torch.bool)
        starts[:num_roots] = torch.as_tensor(
            True if word_start is None else word_start
        )
        graph = cls(
            input_ids=torch.tensor(ids, dtype=torch.long),
            node_type=(torch.arange(len(ids)) >= num_roots).long(),
            anchor=torch.tensor(anchor, dtype=torch.long),
            slot=torch.tensor(slot, dtype=torch.long),
            triple=torch.tensor(triple, dtype=torch.long),
            edge_index=table[:, :2].t().contiguous(),
            edge_type=table[:, 2].contiguous(),
            word_start=starts,
            **attributes,
        )
        graph.validate()
        return graph

    @classmethod
    def from_source(
        cls,
        code: str,
        tokenizer: PreTrainedTokenizerFast | None = None,
        **options: Any,
    ) -> ChainGraph:
        """Read a snippet of Python into one graph: see
        :func:`~gmert_pyg.data.from_source.graph_from_source`.
        """
        from gmert_pyg.data.from_source import graph_from_source

        return graph_from_source(code, tokenizer, **options)

    @classmethod
    def from_text(
        cls,
        text: str,
        tokenizer: PreTrainedTokenizerFast | None = None,
        **options: Any,
    ) -> ChainGraph:
        """Read any text into a graph without leaves: see `graph_from_text`."""
        from gmert_pyg.data.from_text import graph_from_text

        return graph_from_text(text, tokenizer, **options)

    @classmethod
    def from_dense(
        cls,
        input_nodes: Tensor,
        attention_mask: Tensor,
        leaf_relationships: Tensor,
        head_lengths: Tensor,
        num_roots: int,
    ) -> list[ChainGraph]:
        """Read the GraphMERT authors' layout: see
        :func:`~gmert_pyg.data.layouts.dense_layout.graphs_from_dense`.
        """
        return graphs_from_dense(
            cls,
            input_nodes,
            attention_mask,
            leaf_relationships,
            head_lengths,
            num_roots,
        )

    @staticmethod
    def to_dense(
        graphs: Sequence[ChainGraph], num_roots: int, leaves_per_root: int
    ) -> DenseLayout:
        """Undo :meth:`from_dense`: see
        :func:`~gmert_pyg.data.layouts.dense_layout.graphs_to_dense`.
        """
        return graphs_to_dense(graphs, num_roots, leaves_per_root)

    @classmethod
    def from_padded(
        cls,
        input_ids: Tensor,
        attention_mask: Tensor,
        graph_structure: Tensor,
        relation_ids: Tensor,
    ) -> list[ChainGraph]:
        """Read the CodeBERT port's layout: see
        :func:`~gmert_pyg.data.layouts.padded_layout.graphs_from_padded`.
        """
        return graphs_from_padded(
            cls, input_ids, attention_mask, graph_structure, relation_ids
        )

    @staticmethod
    def to_padded(
        graphs: Sequence[ChainGraph],
        num_roots: int = 128,
        leaves_per_root: int = 7,
        pad_token_id: int = 1,
    ) -> PaddedLayout:
        """Undo :meth:`from_padded`: see
        :func:`~gmert_pyg.data.layouts.padded_layout.graphs_to_padded`.
        """
        return graphs_to_padded(
            graphs, num_roots, leaves_per_root, pad_token_id
        )

    def validate(
        self, num_relations: int | None = None, vocab_size: int | None = None
    ) -> bool:
        r"""Check that this is a leafy chain graph.

        Args:
            num_relations (int, optional): the number R of relations: types up
                to R (the MASK relation) must lead from a root to a leaf, types
                beyond it from a root to a root. (default: :obj:`None`)
            vocab_size (int, optional): the number of tokens.
                (default: :obj:`None`)

        Raises:
            ValueError: naming the first attribute at fault.
        """
        validate_graph(self, num_relations, vocab_size)
        return True
