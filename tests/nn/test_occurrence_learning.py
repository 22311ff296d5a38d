"""Occurrence edges are usable: a task that only they solve is learnt."""

import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import (
    GraphMertConfig,
    GraphMertForPreTraining,
    parameter_groups,
)

FIRST_ID, VOCAB, MASK, LENGTH = 5, 25, 4, 8
LAST_WRITE = 14


def chains(count):
    """Return chains with one edge each, to be filled."""
    chain = ChainGraph.from_triples(
        [MASK] * LENGTH, [], occurrences=[(0, 1, LAST_WRITE)]
    )
    return Batch.from_data_list([chain] * count)


def fill(batch, random):
    """Mask a root of every chain, and link it to one with its token."""
    count = batch.num_graphs
    order = torch.rand(count, VOCAB - FIRST_ID, generator=random).argsort(1)
    tokens = FIRST_ID + order[:, :LENGTH]
    places = torch.rand(count, LENGTH, generator=random).argsort(1)
    masked, source = places[:, :1], places[:, 1:2]
    labels = torch.full_like(tokens, -100)
    labels.scatter_(1, masked, tokens.gather(1, source))
    batch.labels = labels.flatten()
    batch.input_ids = tokens.scatter(1, masked, MASK).flatten()
    batch.edge_index = torch.cat([masked, source], dim=1).T + batch.ptr[:-1]
    return batch


def accuracy_after_training(occurrence, steps=100):
    torch.manual_seed(0)
    model = GraphMertForPreTraining(
        GraphMertConfig.small(
            VOCAB,
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            occurrence=occurrence,
            sbo=False,
            relation_loss=False,
        )
    )
    optimizer = torch.optim.AdamW(parameter_groups(model, 5e-3, 0.0))
    random = torch.Generator().manual_seed(0)
    batch = chains(32)
    for _ in range(steps):
        optimizer.zero_grad()
        model(fill(batch, random)).loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        out = model(fill(chains(200), random))
    return (out.logits.argmax(1) == out.labels).float().mean().item()


def test_a_bias_learns_to_copy():
    assert accuracy_after_training("bias") > 0.9


def test_without_edges_nobody_knows_what_to_copy():
    # One of the seven others at best.
    assert accuracy_after_training("off") < 0.35


def test_messages_learn_to_copy():
    assert accuracy_after_training("hgat") > 0.9
