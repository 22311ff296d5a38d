"""The prediction heads of pre-training and of fine-tuning."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gmert_pyg.nn.dropout import FastDropout


class Transform(nn.Sequential):
    """A dense layer, GELU and layer normalisation."""

    def __init__(self, in_channels: int, out_channels: int, eps: float) -> None:
        super().__init__(
            nn.Linear(in_channels, out_channels),
            nn.GELU(),
            nn.LayerNorm(out_channels, eps=eps),
        )


class LMHead(nn.Module):
    r"""Vocabulary logits of states.

    Args:
        hidden_size (int): the size of a state.
        vocab_size (int): the number of tokens.
        num_layers (int): the number of :class:`Transform` layers.
        eps (float): the epsilon of layer normalisation.
        tied (bool): whether the decoder is the token embedding.
        embedding_size (int, optional): the size of the token embedding.
            (default: :obj:`hidden_size`)

    Shapes:
        - **input:** :math:`(N, d)`
        - **output:** :math:`(N, |V|)`
    """

    def __init__(
        self,
        hidden_size: int,
        vocab_size: int,
        num_layers: int,
        eps: float,
        tied: bool,
        embedding_size: int | None = None,
    ) -> None:
        super().__init__()
        out_size = embedding_size or hidden_size
        sizes = [hidden_size] * num_layers + [out_size]
        self.transform = nn.Sequential(
            *(Transform(*pair, eps) for pair in pairwise(sizes))
        )
        self.decoder = (
            None if tied else nn.Linear(out_size, vocab_size, bias=False)
        )
        self.bias = nn.Parameter(torch.zeros(vocab_size))

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return the logits of states."""
        return self.decode(self.transform(x), embedding)

    def decode(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return the logits of states that need no transform."""
        weight = embedding if self.decoder is None else self.decoder.weight
        return F.linear(x, weight, self.bias)


class SpanBoundaryHead(nn.Module):
    r"""SpanBERT's boundary objective: the state that predicts a token of a span
    from the states next to the span and the place inside it.

    Args:
        hidden_size (int): the size of a state.
        max_length (int): the number of places inside a span.
        eps (float): the epsilon of layer normalisation.
        embedding_size (int, optional): the size :math:`d'` of the token
            embedding. (default: :obj:`hidden_size`)

    Shapes:
        - **input:** two boundaries :math:`(N, d)` and places :math:`(N)`
        - **output:** :math:`(N, d')`
    """

    def __init__(
        self,
        hidden_size: int,
        max_length: int,
        eps: float,
        embedding_size: int | None = None,
    ) -> None:
        super().__init__()
        self.place_embedding = nn.Embedding(max_length, hidden_size)
        # Row 0 stands for what is before a chain, row 1 for what is after it.
        self.outside = nn.Embedding(2, hidden_size)
        self.transform = nn.Sequential(
            Transform(3 * hidden_size, hidden_size, eps),
            Transform(hidden_size, embedding_size or hidden_size, eps),
        )

    def forward(
        self,
        x: Tensor,
        left: Tensor,
        right: Tensor,
        has_left: Tensor,
        has_right: Tensor,
        place: Tensor,
    ) -> Tensor:
        """Return the states, given boundary nodes and whether they exist."""
        before, after = self.outside.weight
        out: Tensor = self.transform(
            torch.cat(
                [
                    torch.where(has_left[:, None], x[left], before.to(x.dtype)),
                    torch.where(
                        has_right[:, None], x[right], after.to(x.dtype)
                    ),
                    self.place_embedding(place).to(x.dtype),
                ],
                dim=1,
            )
        )
        return out


class RelationHead(nn.Module):
    r"""Relation logits of triples, from their own leaves and head tokens.

    Args:
        hidden_size (int): the size of a state.
        num_relations (int): the number of relations.
        eps (float): the epsilon of layer normalisation.

    Shapes:
        - **input:** means of states :math:`(T, d)`, of leaves and of heads
        - **output:** :math:`(T, R)`
    """

    def __init__(
        self, hidden_size: int, num_relations: int, eps: float
    ) -> None:
        super().__init__()
        self.transform = Transform(2 * hidden_size, hidden_size, eps)
        self.classifier = nn.Linear(hidden_size, num_relations)

    def forward(self, leaf: Tensor, head: Tensor) -> Tensor:
        """Return the logits of triples."""
        out: Tensor = self.classifier(
            self.transform(torch.cat([leaf, head], dim=1))
        )
        return out


class ClassificationHead(nn.Sequential):
    r"""Logits of pooled states: dropout before a dense layer with tanh, and
    before the last layer.

    Args:
        hidden_size (int): the size of a state.
        num_labels (int): the number of labels.
        dropout (float): the probability of dropout.

    Shapes:
        - **input:** :math:`(B, d)`
        - **output:** :math:`(B, C)`
    """

    def __init__(
        self, hidden_size: int, num_labels: int, dropout: float
    ) -> None:
        super().__init__(
            FastDropout(dropout),
            nn.Linear(hidden_size, hidden_size),
            nn.Tanh(),
            FastDropout(dropout),
            nn.Linear(hidden_size, num_labels),
        )
