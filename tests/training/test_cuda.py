"""Training on a GPU: what the CPU cannot show."""

import copy

import numpy as np
import pytest
import torch
from torch._dynamo.utils import counters
from torch.utils.data import DataLoader

from gmert_pyg import ChainGraph, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.nn.parameter_groups import parameter_groups
from gmert_pyg.training import (
    EpochView,
    GraphCollator,
    GraphMertTrainingArguments,
    PlanBatchSampler,
)
from gmert_pyg.training.batches.indexed_collation import IndexedCollator
from gmert_pyg.training.compilation import compile_layers
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)
from gmert_pyg.transforms import MaskForPreTraining

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="needs a CUDA device"
    ),
]

BUDGET = 512
DEVICE = "cuda"


@pytest.fixture(autouse=True)
def nothing_compiled():
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


@pytest.fixture
def make_model(dataset):
    """Build models whose heads have 32 channels: kernels need 16."""

    def make(attention="flex", **overrides):
        torch.manual_seed(0)
        config = GraphMertConfig.small(
            vocab_size=len(dataset.tokenizer),
            num_hidden_layers=2,
            hidden_size=64,
            num_attention_heads=2,
            intermediate_size=128,
            pad_token_id=dataset.tokenizer.pad_token_id,
            mask_token_id=dataset.tokenizer.mask_token_id,
            attention=attention,
            token_budget=BUDGET if attention == "flex" else None,
            attention_probs_dropout_prob=0.0,
            **overrides,
        )
        return GraphMertForPreTraining(config).to(DEVICE).train()

    return make


@pytest.fixture
def graphs():
    """Draw 80 graphs of 6 to 200 nodes, with edges between roots."""
    random = np.random.default_rng(0)
    drawn = []
    for number, size in enumerate(random.integers(4, 120, 80).tolist()):
        graph = ChainGraph.from_triples(
            random.integers(10, 8000, size).tolist(),
            [
                (root, 1 + root % 2, root % 12, [20 + root, 21])
                for root in range(0, size - 2, 3)
            ],
            occurrences=[(size - 1, 0, 14), (size // 2, 1, 15)],
        )
        graph.graph_id = number
        drawn.append(graph)
    return drawn


@pytest.fixture
def make_batches(dataset, graphs):
    """Read packed batches as a run does: indexed, pinned, without waiting."""

    def make(model, number):
        plan = PlanBatchSampler(
            [graph.num_nodes for graph in graphs],
            BUDGET,
            num_batches=number,
            packed=True,
        )
        masks = MaskForPreTraining(dataset.tokenizer, dataset.schema)
        loader = DataLoader(
            EpochView(graphs),
            batch_sampler=plan,
            collate_fn=IndexedCollator(
                GraphCollator(masks), model.graphmert.index_batch
            ),
            pin_memory=DEVICE == "cuda",
        )
        return [
            inputs["batch"].to(DEVICE, non_blocking=True) for inputs in loader
        ]

    return make


def losses_of(model, batch):
    with torch.autocast(DEVICE, torch.bfloat16):
        return model(batch).loss


@pytest.mark.parametrize("compiled", [False, True])
def test_a_packed_step_equals_a_padded_one(make_model, make_batches, compiled):
    exact = {"hidden_dropout_prob": 0.0, "hgat_dropout": 0.0}
    results = []
    for attention in ("eager", "flex"):
        model = make_model(attention, **exact)
        if compiled and attention == "flex":
            compile_layers(model.graphmert)
        (batch,) = make_batches(model, 1)
        loss = losses_of(model, batch)
        loss.backward()
        gradients = {
            name: parameter.grad.float()
            for name, parameter in model.named_parameters()
            if parameter.grad is not None
        }
        results.append((loss.item(), gradients))
    (eager, expected), (flex, found) = results
    assert flex == pytest.approx(eager, rel=1e-2)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        assert found[name].isfinite().all()
        error = (found[name] - gradient).norm()
        # As far as bf16 goes; of what is nearly zero, nothing is asked.
        assert error <= 5e-2 * gradient.norm() + 1e-3, name


@pytest.mark.parametrize("compiled", [False, True])
def test_nothing_compiles_after_the_first_steps(
    make_model, make_batches, compiled
):
    model = make_model()
    if compiled:
        compile_layers(model.graphmert)
    batches = make_batches(model, 53)
    targets = [batch.indices.targets.node.numel() for batch in batches]
    assert len({batch.num_nodes for batch in batches}) > 1
    assert len(set(targets)) > 3
    for batch in batches[:3]:
        losses_of(model, batch).backward()
    before = counters["stats"]["unique_graphs"]
    for batch in batches[3:]:
        losses_of(model, batch).backward()
    assert counters["stats"]["unique_graphs"] == before > 0


@pytest.mark.parametrize("occurrence", ["off", "bias"])
def test_a_step_waits_for_nothing(make_model, make_batches, occurrence):
    model = make_model(occurrence=occurrence)
    optimizer = torch.optim.AdamW(
        parameter_groups(model, 1e-3, 0.01), fused=True
    )
    batches = make_batches(model, 8)

    def step(batch):
        losses_of(model, batch).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    for batch in batches[:4]:
        step(batch)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for batch in batches[4:]:
            step(batch)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_resumed_run_ends_as_one_that_was_not_stopped(
    make_model, dataset, tmp_path
):
    data = prepare_data(dataset, held_out_share=0.2)
    start = make_model()
    ends = []
    for name, resume in (("whole", None), ("halves", True)):
        trainer = make_trainer(
            copy.deepcopy(start),
            data,
            GraphMertTrainingArguments(
                str(tmp_path / name),
                max_steps=6,
                token_budget=BUDGET,
                learning_rate=1e-3,
                warmup_steps=0,
                logging_steps=1,
                save_steps=3,
                precision="bf16",
                report_to="none",
                disable_tqdm=True,
            ),
        )
        if resume:
            checkpoint = tmp_path / "whole" / "checkpoint-3"
            trainer.train(resume_from_checkpoint=str(checkpoint))
        else:
            trainer.train()
        ends.append(
            [
                entry["loss"]
                for entry in trainer.state.log_history
                if "loss" in entry
            ][-3:]
        )
    # Gradients of the decay are summed in no fixed order on a GPU.
    assert ends[1] == pytest.approx(ends[0], rel=1e-2)
