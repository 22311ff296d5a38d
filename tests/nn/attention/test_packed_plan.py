"""Batches as training reads them, packed: the same as padded ones."""

import pytest
import torch

from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.training import EpochView, GraphCollator, PlanBatchSampler
from gmert_pyg.training.batches.indexed_collation import IndexedCollator
from gmert_pyg.transforms import MaskForPreTraining

BUDGET = 128


def make_model(dataset, attention):
    torch.manual_seed(0)
    config = GraphMertConfig.small(
        vocab_size=len(dataset.tokenizer),
        num_hidden_layers=2,
        hidden_size=32,
        num_attention_heads=2,
        intermediate_size=32,
        mask_token_id=dataset.tokenizer.mask_token_id,
        attention=attention,
        token_budget=BUDGET if attention == "flex" else None,
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
        hgat_dropout=0.0,
    )
    model = GraphMertForPreTraining(config).train()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            # Larger than the usual 0.02, so that attention matters.
            parameter.data.normal_(0, 0.1)
    return model


def test_a_packed_epoch_has_the_losses_and_gradients_of_padded_batches(
    dataset, flex_gradients
):
    padded, packed = (make_model(dataset, name) for name in ("eager", "flex"))
    packed.load_state_dict(padded.state_dict())
    lengths = dataset.num_nodes_per_graph
    plan = PlanBatchSampler(lengths, BUDGET, packed=True)
    assert max(map(len, plan)) > 1
    masks = MaskForPreTraining(dataset.tokenizer, dataset.schema)
    collate = IndexedCollator(
        GraphCollator(masks), packed.graphmert.index_batch
    )
    view = EpochView(dataset)
    assert len(plan) > 1
    for draws in plan:
        batch = collate(view.__getitems__(draws))["batch"]
        losses = [model(batch).loss for model in (padded, packed)]
        torch.testing.assert_close(losses[1], losses[0], rtol=1e-5, atol=0)
        for loss in losses:
            loss.backward()
    for (name, eager), flex in zip(
        padded.named_parameters(), packed.parameters(), strict=True
    ):
        if eager.grad is not None:
            error = (flex.grad - eager.grad).norm()
            assert error <= 1e-4 * eager.grad.norm() + 1e-7, name
    offset = packed.graphmert.decay_offset
    assert offset.grad.abs().min() > 0
    assert offset.grad.tolist() == pytest.approx(
        padded.graphmert.decay_offset.grad.tolist(), rel=1e-3
    )
