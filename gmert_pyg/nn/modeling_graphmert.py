"""The GraphMERT encoder: embed, fuse heads into leaves, attend."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from transformers.modeling_outputs import BaseModelOutput

from gmert_pyg.nn.attention.arguments import decay_arguments, packed_arguments
from gmert_pyg.nn.attention.encoder_mask import encoder_mask
from gmert_pyg.nn.attention.names import FLEX
from gmert_pyg.nn.attention.pairs import pair_arguments
from gmert_pyg.nn.attention.selection import check_attention, select_attention
from gmert_pyg.nn.backbone import (
    build_backbone,
    forward_arguments,
    freeze_unused_embeddings,
    num_positions,
    position_offset,
    tells_types_apart,
)
from gmert_pyg.nn.batch_checks import graph_of_nodes, query_of_nodes
from gmert_pyg.nn.batch_indices import (
    EncoderIndices,
    HGATEdges,
    IndexBatch,
    encoder_indices,
    found_ahead,
)
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.conv import HGATConv
from gmert_pyg.nn.dense_batch import DenseBatch
from gmert_pyg.nn.occurrence import OccurrenceBias, PairIndices, Pairs
from gmert_pyg.nn.packed_batch import PackedBatch, packed_length
from gmert_pyg.nn.pretrained_model import GraphMertPreTrainedModel


class GraphMertModel(GraphMertPreTrainedModel):
    r"""The encoder of `"GraphMERT: Efficient and Scalable Distillation of
    Reliable Knowledge Graphs from Unstructured Data"
    <https://arxiv.org/abs/2510.09580>`_.

    The embeddings :math:`\mathbf{t}_i` of tokens pass through
    :class:`~gmert_pyg.nn.conv.HGATConv`, from the heads of triples to their
    leaves, and get the place of their nodes,

    .. math::
        \mathbf{z}_i = \mathbf{t}_i + \sum_{r} \sum_{j \in \mathcal{N}_r(i)}
        \alpha^{(r)}_{ij} \mathbf{W}_r \mathbf{t}_j + \mathbf{s}_{\sigma_i} +
        \mathbf{c}_{\ell_i} + \boldsymbol{\pi}_{a_i}

    where :math:`\mathcal{N}_r(i)` are the head tokens of the triples of
    relation :math:`r` that leaf :math:`i` belongs to, :math:`a_i` is the
    position in the chain of a root, or of the root that a leaf hangs on,
    :math:`\sigma_i` the slot of a leaf inside its tail, 0 for a root, and
    :math:`\ell_i` is 1 for a leaf, else 0; :math:`\mathbf{s}`,
    :math:`\mathbf{c}` and :math:`\boldsymbol{\pi}` are learned
    (:math:`\boldsymbol{\pi}` by the encoder, if its positions are not rotary:
    these turn queries and keys by :math:`a_i` instead). With
    :obj:`position="none"` these three are left out.

    Then the layers of a transformer encoder read roots and leaves of a graph
    together. In head :math:`h` of any of them, node :math:`u` attends to node
    :math:`v` with

    .. math::
        \underset{v}{\mathrm{softmax}} \left( \frac{\mathbf{q}_u^{\top}
        \mathbf{k}_v}{\sqrt{d / H}} \, f_h(u, v) + b_h(u, v) \right), \qquad
        f_h(u, v) = \lambda^{\mathrm{GELU}(\sqrt{\mathrm{sp}(u, v) + c} - p_h)}

    where :math:`d` is the hidden size, :math:`H` the number of heads,
    :math:`\mathrm{sp}` the distance of
    :func:`~gmert_pyg.nn.distance.chain_distance`, :math:`\lambda` is
    :obj:`decay_base`, :math:`c` is :obj:`distance_shift`, and the offsets
    :math:`p_h`, shared by all layers, are learned
    (:func:`~gmert_pyg.nn.distance.distance_decay`). With
    :obj:`decay_mode="bias"`, :math:`\log f_h(u, v)` is added to the logits
    instead; without :obj:`decay`, :math:`f_h = 1`.

    Occurrence edges, between roots, are used with :obj:`occurrence="bias"`,
    where :math:`b_h(u, v)` is the sum of a learned bias per edge between
    :math:`u` and :math:`v`
    (:class:`~gmert_pyg.nn.occurrence.OccurrenceBias`), and with
    :obj:`occurrence="hgat"`, where they and their reverses are further
    relations of the sum above; else :math:`b_h = 0`.

    Leaves may belong to a *query*, a triple that is asked for: a node whose
    `query` is not 0 is seen by the nodes of the same query and of its graph
    alone, so that many queries of a graph are answered in one pass, each as if
    it were the only one. The nodes of the graph see none of them.

    The transformer encoder is any of transformers whose attention goes through
    its `AttentionInterface`, such as RoBERTa, BERT, XLM-R, ModernBERT,
    DistilBERT, ELECTRA, ALBERT, CamemBERT, EuroBERT or NomicBERT.

    Args:
        config (GraphMertConfig): the configuration.

    Raises:
        ValueError: if the encoder would silently ignore the decay or the
            positions of nodes, or if its attention is causal.

    Shapes:
        - **input:** a :class:`~gmert_pyg.data.chain_graph.ChainGraph`, or a
          batch of them, with :math:`N` nodes
        - **output:** `last_hidden_state` :math:`(N, d)`, in the order of the
          nodes

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6, 7], [(0, 2, 3, [8, 9])])
        >>> model = GraphMertModel(GraphMertConfig.small(vocab_size=10))
        >>> model(graph).last_hidden_state.shape
        torch.Size([5, 256])
    """

    def __init__(self, config: GraphMertConfig) -> None:
        super().__init__(config)
        assert config.num_relations is not None
        self.attention_is_ours = select_attention(config)
        self.backbone = build_backbone(config.backbone_config)
        self.backbone_arguments = forward_arguments(self.backbone)
        self.position_offset = position_offset(self.backbone)
        self.hgat = None
        if config.hgat:
            self.hgat = HGATConv(
                config.embedding_size,
                config.num_hgat_relations,
                dropout=config.hgat_dropout,
                num_bases=config.hgat_num_bases,
            )
        self.slot_embedding, self.max_positions = None, None
        self.type_embedding = None
        if config.position == "none":
            freeze_unused_embeddings(self.backbone)
        else:
            self.slot_embedding = nn.Embedding(
                config.max_slots + 1, config.embedding_size, padding_idx=0
            )
            if not tells_types_apart(self.backbone):
                self.type_embedding = nn.Embedding(
                    2, config.embedding_size, padding_idx=0
                )
            self.max_positions = num_positions(self.backbone)
        self.decay_offset = None
        if config.decay:
            self.decay_offset = nn.Parameter(
                torch.full((config.num_attention_heads,), config.decay_init)
            )
        self.occurrence = None
        if config.occurrence == "bias":
            self.occurrence = OccurrenceBias(
                len(config.occurrence_names), config.num_attention_heads
            )
        self.post_init()

    def get_input_embeddings(self) -> nn.Embedding:
        """Return the token embedding."""
        embedding = self.backbone.get_input_embeddings()
        assert isinstance(embedding, nn.Embedding)
        return embedding

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the token embedding."""
        self.backbone.set_input_embeddings(value)

    def forward(self, batch: Data) -> BaseModelOutput:
        r"""Return the state of every node, flat, as `last_hidden_state`.

        Args:
            batch (Data): a graph or a batch of graphs.

        Raises:
            ValueError: if a token, a relation or a position is out of range.
        """
        graph, num_graphs = graph_of_nodes(batch)
        indices = self._indices(batch)
        layout = self._layout(graph, num_graphs, indices.length)
        x = self._fuse(batch, indices.edges)
        nodes = torch.stack(
            [batch.anchor, batch.node_type, batch.slot, batch.triple], dim=1
        )
        nodes = layout.to_dense(nodes)
        pairs = self._linked_pairs(indices.pairs, layout)
        query = query_of_nodes(batch)
        if query is not None:
            query = layout.to_dense(query)
        out = self._encode(layout.to_dense(x), nodes, layout, pairs, query)
        return BaseModelOutput(last_hidden_state=layout.to_flat(out))

    def embed(self, batch: Data) -> Tensor:
        """Return the embeddings of the nodes after H-GAT, [N, d]."""
        return self._fuse(batch, self._indices(batch).edges)

    @property
    def index_batch(self) -> IndexBatch:
        """A transform that checks and indexes batches ahead of this model."""
        return IndexBatch(self.config, self.max_positions)

    def _indices(self, batch: Data) -> EncoderIndices:
        ahead = found_ahead(batch)
        if ahead is not None:
            return ahead.encoder
        return encoder_indices(batch, self.config, self.max_positions)

    def _fuse(self, batch: Data, edges: HGATEdges | None) -> Tensor:
        x: Tensor = self.get_input_embeddings()(batch.input_ids)
        if self.hgat is None or edges is None:
            return x
        edge_index, edge_type, groups = edges
        fused: Tensor = x + self.hgat(x, edge_index, edge_type, groups=groups)
        return fused

    def _layout(
        self, graph: Tensor, num_graphs: int, length: int
    ) -> DenseBatch:
        if self.backbone.config._attn_implementation != FLEX:
            return DenseBatch(graph, num_graphs, length)
        length = packed_length(graph.numel(), self.config.token_budget)
        return PackedBatch(graph, num_graphs, length)

    def _linked_pairs(
        self, indices: PairIndices | None, layout: DenseBatch
    ) -> Pairs | None:
        if self.occurrence is None or indices is None:
            return None
        return self.occurrence.of_pairs(indices, layout.index, layout.length)

    def _encode(
        self,
        x: Tensor,
        nodes: Tensor,
        layout: DenseBatch,
        pairs: Pairs | None,
        query: Tensor | None,
    ) -> Tensor:
        anchor, node_type, slot, _ = nodes.unbind(dim=2)
        arguments = self._attention_arguments(nodes, layout, pairs, query)
        if self.slot_embedding is None:
            encoder = self.backbone.encoder
            assert isinstance(encoder, nn.Module)
            out = encoder(x, **arguments)
        else:
            x = x + self.slot_embedding(slot.clamp(max=self.config.max_slots))
            optional = {"position_ids": anchor + self.position_offset}
            if self.type_embedding is None:
                optional["token_type_ids"] = node_type
            else:
                x = x + self.type_embedding(node_type)
            arguments["inputs_embeds"] = x
            for name in self.backbone_arguments & optional.keys():
                arguments[name] = optional[name]
            out = self.backbone(**arguments)
        hidden: Tensor = out[0]
        return hidden

    def _attention_arguments(
        self,
        nodes: Tensor,
        layout: DenseBatch,
        pairs: Pairs | None,
        query: Tensor | None,
    ) -> dict[str, Any]:
        offset = self.decay_offset
        if offset is not None or pairs is not None:
            check_attention(self.backbone)
        if isinstance(layout, PackedBatch):
            return packed_arguments(
                self.config, offset, nodes, layout, pairs, query
            )
        arguments: dict[str, Any] = {}
        if offset is not None:
            arguments |= decay_arguments(
                self.config, offset, nodes, layout.length
            )
        if pairs is not None:
            arguments |= pair_arguments(
                arguments,
                *pairs,
                places=(layout.num_graphs, layout.length),
                implementation=self.backbone.config._attn_implementation,
            )
        arguments["attention_mask"] = self._attention_mask(
            layout, nodes[..., 0], query
        )
        return arguments

    def _attention_mask(
        self, dense: DenseBatch, anchor: Tensor, query: Tensor | None
    ) -> Tensor | dict[str, Tensor | None] | None:
        mask = None if dense.is_full else dense.mask()
        # Other functions than ours get their mask from transformers, in the
        # form they need, if the backbone sees it in two dimensions.
        if not self.attention_is_ours and self.slot_embedding is not None:
            if query is not None:
                raise ValueError(
                    "'query' must not be in a batch for an encoder that cannot"
                    " call our attention, which keeps queries apart (got"
                    f" '{self.backbone.config.model_type}')"
                )
            return mask
        return encoder_mask(self.backbone.config, mask, anchor, query)
