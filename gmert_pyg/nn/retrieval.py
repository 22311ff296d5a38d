"""GraphMERT as an encoder of code and of the texts that ask for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import Batch, Data
from transformers import PreTrainedTokenizerFast
from transformers.utils.generic import ModelOutput

from gmert_pyg.data.from_text import graph_from_text
from gmert_pyg.nn.classification_loss import in_full
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.modeling_graphmert import GraphMertModel
from gmert_pyg.nn.pooling import GraphPooling
from gmert_pyg.nn.pretrained_model import (
    PRETRAINING_HEADS,
    GraphMertPreTrainedModel,
)

# As in CLIP: similarities are scaled by at most this factor.
MAX_SCALE = 100.0


@dataclass
class GraphMertForRetrievalOutput(ModelOutput):
    r"""The loss and embeddings of :class:`GraphMertForRetrieval`.

    Args:
        loss (Tensor, optional): [], the symmetric contrastive loss.
        logits (Tensor, optional): [B, B], similarities over the temperature: a
            row per text, a column per code graph.
        code_embeddings (Tensor, optional): [B, d], of unit length.
        text_embeddings (Tensor, optional): [B, d], of unit length.

    Example:
        >>> logits = torch.tensor([[2.0, 0.0], [1.0, 3.0]])
        >>> output = GraphMertForRetrievalOutput(logits=logits)
        >>> output.logits.argmax(dim=1).tolist()
        [0, 1]
    """

    loss: Tensor | None = None
    logits: Tensor | None = None
    code_embeddings: Tensor | None = None
    text_embeddings: Tensor | None = None


class ScaledSimilarity(nn.Module):
    r"""Inner products of embeddings over a temperature :math:`\tau`.

    .. math::
        s_{ij} = \min(e^{\theta}, 100) \; \mathbf{t}_i^{\top} \mathbf{c}_j,
        \qquad \theta = -\log \tau

    Args:
        temperature (float): :math:`\tau` at the start.
        learn (bool): whether :math:`\theta` is trained.

    Shapes:
        - **input:** :math:`(B, d)` and :math:`(C, d)`
        - **output:** :math:`(B, C)`, in at least single precision
    """

    def __init__(self, temperature: float, learn: bool) -> None:
        super().__init__()
        self.temperature = temperature
        self.log_scale = nn.Parameter(torch.zeros(()), requires_grad=learn)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Return to the temperature of the start."""
        nn.init.constant_(self.log_scale, -math.log(self.temperature))

    def forward(self, texts: Tensor, codes: Tensor) -> Tensor:
        """Return the similarity of every text to every code graph."""
        scale = in_full(self.log_scale).exp().clamp(max=MAX_SCALE)
        return in_full(texts) @ in_full(codes).T * scale


class GraphMertForRetrieval(GraphMertPreTrainedModel):
    r"""`"GraphMERT" <https://arxiv.org/abs/2510.09580>`_ that finds code by a
    text in natural language: one encoder for both, trained with the symmetric
    contrastive loss of `"Learning Transferable Visual Models From Natural
    Language Supervision" <https://arxiv.org/abs/2103.00020>`_.

    .. math::
        \mathcal{L} = -\frac{1}{2B} \sum_{i=1}^{B} \left[
        \log \frac{e^{\mathbf{t}_i^{\top} \mathbf{c}_i / \tau}}
        {\sum_j e^{\mathbf{t}_i^{\top} \mathbf{c}_j / \tau}} +
        \log \frac{e^{\mathbf{t}_i^{\top} \mathbf{c}_i / \tau}}
        {\sum_j e^{\mathbf{t}_j^{\top} \mathbf{c}_i / \tau}} \right]

    where :math:`\mathbf{c}_i` and :math:`\mathbf{t}_i` are the embeddings of
    code graph :math:`i` and of its text: their nodes' states pooled by
    :class:`~gmert_pyg.nn.pooling.GraphPooling` and divided by their length.
    The other pairs of a batch are the negatives, so no two pairs of one should
    mean the same. The temperature :math:`\tau` is learned from
    :obj:`config.temperature` on, unless :obj:`config.learn_temperature` is
    false, and never gets below 0.01.

    A text is a graph without leaves,
    :meth:`~gmert_pyg.data.chain_graph.ChainGraph.from_text`. The model is
    fine-tuned from any checkpoint of pre-training with `from_pretrained`.

    Args:
        config (GraphMertConfig): the configuration.

    Shapes:
        - **input:** a batch of :math:`B` code graphs, and one of :math:`B`
          texts
        - **output:** `logits` :math:`(B, B)`, `code_embeddings` and
          `text_embeddings` :math:`(B, d)`

    Example:
        >>> from gmert_pyg import ChainGraph, GraphMertTokenizer
        >>> tokenizer = GraphMertTokenizer.default()
        >>> model = GraphMertForRetrieval(GraphMertConfig.small()).eval()
        >>> functions = ["def half(x):\n    return x / 2\n", "x = open(name)\n"]
        >>> code = [ChainGraph.from_source(text) for text in functions]
        >>> code = model.encode(Batch.from_data_list(code))
        >>> text = model.encode_text(["divide by two"], tokenizer)
        >>> (text @ code.T).shape
        torch.Size([1, 2])
    """

    _keys_to_ignore_on_load_unexpected = PRETRAINING_HEADS

    def __init__(self, config: GraphMertConfig) -> None:
        super().__init__(config)
        self.graphmert = GraphMertModel(config)
        self.pooling = GraphPooling(config.hidden_size, config.pooling)
        self.similarity = ScaledSimilarity(
            config.temperature, config.learn_temperature
        )
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, ScaledSimilarity):
            module.reset_parameters()

    def encode(self, batch: Data) -> Tensor:
        r"""Return the embedding of every graph, of unit length, [B, d].

        Inner products of embeddings are cosine similarities. Gradients flow:
        use :class:`torch.no_grad` and `eval()` to fill an index.

        Args:
            batch (Data): a graph or a batch of graphs, of code or of text.
        """
        x = self.graphmert(batch).last_hidden_state
        pooled = self.pooling(x, batch)
        return F.normalize(in_full(pooled), dim=1).to(pooled.dtype)

    def encode_text(
        self,
        texts: Sequence[str],
        tokenizer: PreTrainedTokenizerFast,
        max_length: int | None = None,
    ) -> Tensor:
        r"""Return the embedding of every text, of unit length, [B, d].

        Args:
            texts (Sequence[str]): texts, such as search queries.
            tokenizer (PreTrainedTokenizerFast): the tokenizer of the model.
            max_length (int, optional): the most tokens of a text; later ones
                are left out. (default: all)

        Raises:
            ValueError: if there is no text, or one without tokens.
        """
        if isinstance(texts, str) or len(texts) == 0:
            raise ValueError(f"'texts' must be a list of texts (got {texts!r})")
        graphs = [
            graph_from_text(text, tokenizer, max_length=max_length)
            for text in texts
        ]
        return self.encode(Batch.from_data_list(graphs).to(self.device))

    def forward(self, code: Data, text: Data) -> GraphMertForRetrievalOutput:
        r"""Return the contrastive loss of code graphs and their texts.

        Args:
            code (Data): a batch of code graphs.
            text (Data): a batch of as many texts, each of the graph at the same
                place.

        Raises:
            ValueError: if there are not as many texts as code graphs.
        """
        codes, texts = self.encode(code), self.encode(text)
        if codes.size(0) != texts.size(0):
            raise ValueError(
                f"'text' must have one graph per code graph, {codes.size(0)} "
                f"(got {texts.size(0)})"
            )
        logits = self.similarity(texts, codes)
        pair = torch.arange(codes.size(0), device=logits.device)
        loss = F.cross_entropy(logits, pair) + F.cross_entropy(logits.T, pair)
        return GraphMertForRetrievalOutput(
            loss=loss / 2,
            logits=logits,
            code_embeddings=codes,
            text_embeddings=texts,
        )
