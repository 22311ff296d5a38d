import numpy as np
import pytest
from transformers.trainer_utils import SaveStrategy

from gmert_pyg.training import GraphMertTrainingArguments, PlanBatchSampler
from gmert_pyg.training.pretraining.plan import plan_run, token_budget_for

LENGTHS = np.random.default_rng(0).integers(20, 300, size=2000)


def arguments(**options):
    return GraphMertTrainingArguments("unused", report_to="none", **options)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("graphs", [1, 8, 32])
def test_so_many_graphs_make_a_batch_on_average(graphs, packed):
    budget = token_budget_for(LENGTHS, graphs, packed=packed)
    batches = len(PlanBatchSampler(LENGTHS, budget, packed=packed))
    wanted = -(-len(LENGTHS) // graphs)
    assert batches <= wanted
    if budget > LENGTHS.max():
        fewer = len(PlanBatchSampler(LENGTHS, budget - 1, packed=packed))
        assert fewer > wanted
        # An epoch is as long as that of the recipe.
        assert batches >= 0.95 * wanted


def test_a_batch_by_graphs_sets_the_budget_and_its_true_size():
    training = arguments(
        per_device_train_batch_size=32,
        gradient_accumulation_steps=2,
        num_train_epochs=25,
    )
    plan = plan_run(training, LENGTHS, LENGTHS[:10])
    assert training.token_budget == plan.token_budget
    assert plan.graphs_per_batch == pytest.approx(32, rel=0.05)
    assert training.per_device_train_batch_size == 32
    assert plan.steps_per_epoch == pytest.approx(2000 / 64, abs=1)
    assert plan.max_steps == pytest.approx(25 * 2000 / 64, rel=0.03)


def test_epochs_become_steps():
    training = arguments(
        token_budget=3000,
        num_train_epochs=25,
        save_strategy="epoch",
        save_epochs=5,
        eval_strategy="epoch",
        logging_strategy="epoch",
    )
    plan = plan_run(training, LENGTHS, LENGTHS[:10])
    assert plan.steps_per_epoch == plan.batches_per_epoch
    assert training.save_strategy == SaveStrategy.STEPS
    assert training.save_steps == 5 * plan.steps_per_epoch
    assert training.eval_steps == plan.steps_per_epoch
    assert training.logging_steps == plan.steps_per_epoch


def test_padding_and_the_median_batch():
    training = arguments(token_budget=100, max_steps=3)
    plan = plan_run(training, np.full(40, 10), np.full(2, 10))
    assert plan.padding == 0
    assert plan.graphs_per_batch == 10
    assert len(plan.median_batch) == 10
    assert plan.max_steps == 3
    lengths = np.array([10, 8])
    plan = plan_run(arguments(token_budget=20, max_steps=1), lengths, lengths)
    assert plan.padding == pytest.approx(1 - 18 / 20)
    packed = plan_run(
        arguments(token_budget=20, max_steps=1), lengths, lengths, packed=True
    )
    assert packed.padding == 0


@pytest.mark.parametrize(("train", "held_out"), [(300, 10), (10, 300)])
def test_the_longest_graph_must_fit(train, held_out):
    with pytest.raises(ValueError, match=r"of 300 nodes: add --token_budget"):
        plan_run(
            arguments(token_budget=299),
            np.full(3, train),
            np.full(3, held_out),
        )
