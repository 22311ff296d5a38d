"""Counts of targets, against what the model averages over."""

import numpy as np
import pytest
import torch

from gmert_pyg import ChainGraph, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.nn.batch_checks import graph_of_nodes
from gmert_pyg.nn.targets import span_targets
from gmert_pyg.training import GraphCollator
from gmert_pyg.training.batches.target_counts import target_counts
from gmert_pyg.transforms import MaskForPreTraining


@pytest.mark.parametrize("rate", [0.15, 0.9])
@pytest.mark.parametrize("length", [1, 16])
def test_counts_are_what_the_model_averages_over(
    dataset, tiny_model, rate, length
):
    tiny_model.config.sbo_max_length = length
    tiny_model.eval()
    masks = MaskForPreTraining(dataset.tokenizer, rate=rate)
    batch = GraphCollator(masks, length)(list(dataset))["batch"]
    out = tiny_model(batch)
    roots, spans, leaves, relations = batch.num_targets[0].tolist()
    is_root = batch.node_type[out.labelled_nodes] == 0
    assert roots == is_root.sum()
    assert leaves == (~is_root).sum()
    assert relations == out.relation_labels.numel() > 0
    found = span_targets(
        batch.labels, batch.node_type, graph_of_nodes(batch)[0], length
    )
    assert spans == found.node.numel()
    assert spans <= roots - (length == 1)
    # Divided by its own numbers, the loss is the same to the last bit.
    again = tiny_model(batch, num_items_in_batch=batch.num_targets[0])
    for name in ("mlm_loss", "sbo_loss", "leaf_loss", "relation_loss", "loss"):
        assert torch.equal(out[name], again[name]), name


def test_counts_of_a_batch_are_those_of_its_graphs(dataset):
    graphs = list(dataset)
    collate = GraphCollator(MaskForPreTraining(dataset.tokenizer, rate=0.5))
    whole = collate(graphs)["batch"].num_targets
    assert whole.shape == (1, 4)
    each = [collate([graph])["batch"].num_targets for graph in graphs]
    assert torch.equal(whole, torch.stack(each).sum(dim=0))


def test_without_masks_nothing_is_counted(dataset):
    batch = GraphCollator()(list(dataset))["batch"]
    assert "num_targets" not in batch
    assert target_counts(batch, 16).tolist() == [0, 0, 0, 0]


def test_a_step_without_items_of_a_kind_adds_nothing(tiny_model):
    graph = ChainGraph.from_triples([5, 6, 7], [(0, 1, 3, [8])])
    graph.labels = torch.tensor([-100, -100, -100, 8])
    tiny_model.eval()
    out = tiny_model(graph, num_items_in_batch=torch.tensor([0, 0, 1, 0]))
    assert out.mlm_loss == out.sbo_loss == out.relation_loss == 0
    assert torch.isfinite(out.loss)
    out.loss.backward()


def test_numbers_of_another_shape_are_refused(tiny_model):
    graph = ChainGraph.from_triples([5, 6, 7], [(0, 1, 3, [8])])
    graph.labels = torch.tensor([-100, -100, -100, 8])
    with pytest.raises(
        ValueError, match=r"'num_items_in_batch' .*\(got \(3,\)"
    ):
        tiny_model(graph, num_items_in_batch=torch.tensor([1, 1, 1]))


def gradients(model, batches, num_items):
    model.zero_grad()
    losses = [model(batch, num_items_in_batch=num_items) for batch in batches]
    sum(out.loss for out in losses).backward()
    loss = sum(out.loss.item() for out in losses)
    return loss, {
        name: value.grad.clone()
        for name, value in model.named_parameters()
        if value.grad is not None
    }


def test_parts_of_a_step_add_up_to_one_large_batch(dataset):
    config = GraphMertConfig.small(
        vocab_size=len(dataset.tokenizer),
        num_hidden_layers=1,
        hidden_size=16,
        num_attention_heads=2,
        intermediate_size=16,
        hgat_dropout=0.0,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = GraphMertForPreTraining(config).double()
    collate = GraphCollator(MaskForPreTraining(dataset.tokenizer, rate=0.4))
    graphs = list(dataset)
    parts = np.array_split(np.arange(len(graphs)), [1, 4, 5])
    whole = collate(graphs)["batch"]
    cut = [collate([graphs[i] for i in part])["batch"] for part in parts]
    number = sum(batch.num_targets[0] for batch in cut)
    assert torch.equal(number, whole.num_targets[0])
    loss, expected = gradients(model, [whole], None)
    divided, found = gradients(model, cut, number)
    assert divided == pytest.approx(loss, rel=1e-12)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-8, atol=1e-12)
    # As means of their own, the parts would not add up.
    means = sum(model(batch).loss.item() for batch in cut) / len(cut)
    assert abs(means - loss) > 1e-3
