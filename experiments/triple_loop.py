"""H-GAT as a loop over triples: what HGATConv is measured against.

The loop has a matrix product, a softmax and an autograd graph per triple. In
both forms all tokens of a triple are multiplied at once, and the tokens are
split only once, so that their gradients cost no more than in one tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from gmert_pyg.nn import HGATConv

HEAD, TAIL = 3, 2


@dataclass
class Triples:
    """A layer and the tokens and edges of triples."""

    conv: HGATConv
    x: Tensor
    edge_index: Tensor
    edge_type: Tensor

    @property
    def count(self) -> int:
        """The number of triples."""
        return self.edge_type.numel() // (HEAD * TAIL)


def make_triples(count: int, conv: HGATConv) -> Triples:
    """Make triples of relations at random, every token in one triple."""
    torch.manual_seed(0)
    length = HEAD + TAIL
    first = torch.arange(count).view(-1, 1, 1) * length
    head = first + torch.arange(HEAD).view(1, 1, -1)
    tail = first + HEAD + torch.arange(TAIL).view(1, -1, 1)
    head, tail = head.expand(-1, TAIL, -1), tail.expand(-1, -1, HEAD)
    relation = torch.randint(0, conv.num_relations, (count,))
    x = torch.randn(count * length, conv.in_channels)
    device = conv.weight.device
    return Triples(
        conv,
        x.to(device, conv.weight.dtype),
        torch.stack([head.flatten(), tail.flatten()]).to(device),
        relation.repeat_interleave(HEAD * TAIL).to(device),
    )


def indexed_loop(triples: Triples) -> Tensor:
    """Index the parameters in the loop, as one writes it.

    The gradient of every index is as large as the whole parameter.
    """
    conv = triples.conv
    return _loop(triples, (conv.weight, conv.att_dst, conv.att_src))


def unbound_loop(triples: Triples) -> Tensor:
    """Take the parameters apart before the loop, the best that it can do."""
    conv = triples.conv
    return _loop(
        triples,
        (conv.weight.unbind(), conv.att_dst.unbind(), conv.att_src.unbind()),
    )


def _loop(
    triples: Triples, parameters: tuple[Sequence[Tensor] | Tensor, ...]
) -> Tensor:
    relations = triples.edge_type[:: HEAD * TAIL].tolist()
    tokens = triples.x.view(len(relations), HEAD + TAIL, -1).unbind()
    out = []
    for relation, token in zip(relations, tokens, strict=True):
        matrix, att_dst, att_src = (each[relation] for each in parameters)
        heads, tails = (token @ matrix.t()).split([HEAD, TAIL])
        score = (tails @ att_dst)[:, None] + heads @ att_src
        score = F.leaky_relu(score, triples.conv.negative_slope)
        out += [torch.zeros_like(heads), score.softmax(dim=1) @ heads]
    return torch.cat(out)
