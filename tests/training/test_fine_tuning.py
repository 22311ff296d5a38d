"""The heads learn toy tasks, with our trainer and with the stock one."""

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch
from transformers import Trainer, TrainingArguments, set_seed

from gmert_pyg import ChainGraph, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.nn import (
    GraphMertForRetrieval,
    GraphMertForSequenceClassification,
    GraphMertForTokenClassification,
)
from gmert_pyg.training import (
    GraphCollator,
    GraphMertClassificationTrainer,
    GraphMertTrainingArguments,
)


class Graphs(list):
    @property
    def num_nodes_per_graph(self):
        return np.array([graph.num_nodes for graph in self])


@pytest.fixture
def pretrained(tmp_path):
    """A checkpoint of pre-training to start from."""
    set_seed(0)
    config = GraphMertConfig.small(
        vocab_size=20,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=20,
        hgat_dropout=0.0,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    GraphMertForPreTraining(config).save_pretrained(tmp_path / "pretrained")
    return tmp_path / "pretrained"


@pytest.fixture
def graphs():
    """Unequal chains; the class of a graph is the token of its one leaf, that
    of a root whether its token is odd."""
    random = np.random.default_rng(0)
    graphs = Graphs()
    for number in range(48):
        roots = random.integers(5, 15, size=random.integers(2, 6)).tolist()
        head = int(random.integers(len(roots)))
        leaf = 15 + number % 3
        graph = ChainGraph.from_triples(roots, [(head, 1, 2, [leaf])])
        graph.of_graph = torch.tensor([number % 3])
        graph.of_nodes = torch.tensor([*(root % 2 for root in roots), -100])
        graphs.append(graph)
    return graphs


def labelled(graphs, name):
    for graph in graphs:
        graph.y = graph[name]
    return graphs


def options(output, **changes):
    return {
        "output_dir": str(output),
        "max_steps": 60,
        "lr_scheduler_type": "constant",
        "learning_rate": 5e-3,
        "logging_steps": 4,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": True,
        **changes,
    }


@pytest.fixture
def without_datasets(monkeypatch):
    """The stock Trainer looks for Hugging Face's `datasets`, and would find our
    folder of that name where tests run with `python -m pytest`."""
    monkeypatch.setattr("transformers.trainer.is_datasets_available", bool)


def falls(trainer):
    losses = [
        entry["loss"] for entry in trainer.state.log_history if "loss" in entry
    ]
    return losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize(
    ("model_class", "labels", "num_labels"),
    [
        (GraphMertForSequenceClassification, "of_graph", 3),
        (GraphMertForTokenClassification, "of_nodes", 2),
    ],
)
def test_our_trainer(
    pretrained, graphs, tmp_path, model_class, labels, num_labels
):
    set_seed(0)
    model = model_class.from_pretrained(pretrained, num_labels=num_labels)
    graphs = labelled(graphs, labels)
    trainer = GraphMertClassificationTrainer(
        model,
        GraphMertTrainingArguments(**options(tmp_path, token_budget=100)),
        train_dataset=graphs,
        eval_dataset=graphs,
    )
    before = trainer.evaluate()
    trainer.train()
    assert falls(trainer)
    metrics = trainer.evaluate()
    assert metrics["eval_loss"] < 0.3 * before["eval_loss"]
    assert metrics["eval_accuracy"] > 0.95
    assert metrics["eval_macro_f1"] > 0.95
    labels = torch.cat([graph.y for graph in graphs])
    assert metrics["eval_num_items"] == (labels != -100).sum()


def test_evaluation_does_not_depend_on_the_batches(
    pretrained, graphs, tmp_path
):
    model = GraphMertForTokenClassification.from_pretrained(pretrained)
    graphs = labelled(graphs, "of_nodes")
    found = []
    for budget in (10, 400):
        trainer = GraphMertClassificationTrainer(
            model,
            GraphMertTrainingArguments(
                **options(tmp_path, token_budget=budget)
            ),
            eval_dataset=graphs,
        )
        found.append(trainer.evaluate())
    model.eval()
    whole = model(Batch.from_data_list(graphs)).loss.item()
    for metrics in found:
        assert metrics["eval_loss"] == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize(
    ("labels", "problem_type"),
    [
        ("of_graph", "single_label_classification"),
        ("values", "regression"),
        ("answers", "multi_label_classification"),
        ("of_nodes", None),
    ],
)
def test_batches_of_a_step_add_up_to_one_large_batch(
    pretrained, graphs, tmp_path, labels, problem_type
):
    for number, graph in enumerate(graphs):
        graph.values = torch.tensor([[number / 9, 1.0]])
        graph.answers = torch.tensor([[number % 2, 1.0]])
    model_class = (
        GraphMertForSequenceClassification
        if problem_type
        else GraphMertForTokenClassification
    )
    model = model_class.from_pretrained(
        pretrained,
        num_labels=3 if labels == "of_graph" else 2,
        problem_type=problem_type,
    ).eval()
    graphs = labelled(graphs, labels)
    trainer = GraphMertClassificationTrainer(
        model, GraphMertTrainingArguments(**options(tmp_path))
    )
    batches = [GraphCollator()(part) for part in (graphs[:40], graphs[40:])]
    number = trainer._get_num_items_in_batch(batches, torch.device("cpu"))
    parts = [
        trainer.compute_loss(model, batch, num_items_in_batch=number).item()
        for batch in batches
    ]
    whole = model(GraphCollator()(graphs)["batch"]).loss.item()
    assert sum(parts) == pytest.approx(whole, rel=1e-5)


def test_training_needs_labels(pretrained, graphs, tmp_path):
    trainer = GraphMertClassificationTrainer(
        GraphMertForTokenClassification.from_pretrained(pretrained),
        GraphMertTrainingArguments(**options(tmp_path)),
        train_dataset=graphs,
    )
    with pytest.raises(
        ValueError, match=r"'train_dataset' .* \(got \['anchor'"
    ):
        trainer.train()


def test_evaluation_needs_labels(pretrained, graphs, tmp_path):
    model = GraphMertForTokenClassification.from_pretrained(pretrained)
    trainer = GraphMertClassificationTrainer(
        model, GraphMertTrainingArguments(**options(tmp_path))
    )
    with pytest.raises(ValueError, match=r"labels 'y' \(got \['anchor'"):
        trainer.evaluate(graphs)


@pytest.mark.usefixtures("without_datasets")
@pytest.mark.parametrize(
    ("model_class", "labels", "num_labels"),
    [
        (GraphMertForSequenceClassification, "of_graph", 3),
        (GraphMertForTokenClassification, "of_nodes", 2),
    ],
)
def test_the_stock_trainer(
    pretrained, graphs, tmp_path, model_class, labels, num_labels
):
    set_seed(0)
    model = model_class.from_pretrained(pretrained, num_labels=num_labels)
    trainer = Trainer(
        model,
        TrainingArguments(
            **options(tmp_path, per_device_train_batch_size=12),
            remove_unused_columns=False,
        ),
        train_dataset=labelled(graphs, labels),
        data_collator=GraphCollator(),
    )
    trainer.train()
    assert falls(trainer)


def with_labels(graphs):
    """The stock Trainer evaluates where labels stand beside the batch."""
    inputs = GraphCollator()(graphs)
    return {**inputs, "labels": inputs["batch"].y}


@pytest.mark.usefixtures("without_datasets")
def test_the_stock_trainer_evaluates_graphs(pretrained, graphs, tmp_path):
    model = GraphMertForSequenceClassification.from_pretrained(
        pretrained, num_labels=3
    )
    graphs = labelled(graphs, "of_graph")[:-3]
    seen = {}

    def accuracy(result):
        seen["logits"], seen["labels"] = result.predictions, result.label_ids
        return {
            "accuracy": (result.predictions.argmax(1) == seen["labels"]).mean()
        }

    trainer = Trainer(
        model,
        TrainingArguments(
            **options(tmp_path, per_device_eval_batch_size=8),
            remove_unused_columns=False,
        ),
        eval_dataset=graphs,
        data_collator=with_labels,
        compute_metrics=accuracy,
    )
    trainer.evaluate()
    whole = model.eval()(Batch.from_data_list(graphs))
    assert seen["labels"].tolist() == [int(graph.y) for graph in graphs]
    torch.testing.assert_close(
        torch.from_numpy(seen["logits"]), whole.logits, atol=1e-5, rtol=0
    )


def pairs(rows):
    code, text = zip(*rows, strict=True)
    return {
        "code": Batch.from_data_list(list(code)),
        "text": Batch.from_data_list(list(text)),
    }


@pytest.mark.usefixtures("without_datasets")
def test_the_stock_trainer_for_retrieval(pretrained, tmp_path):
    set_seed(0)
    model = GraphMertForRetrieval.from_pretrained(pretrained)
    dataset = [
        (
            ChainGraph.from_triples([5, 6], [(0, 1, 2, [7 + number])]),
            ChainGraph.from_triples([6, 12 + number], []),
        )
        for number in range(8)
    ]
    trainer = Trainer(
        model,
        TrainingArguments(
            **options(tmp_path, per_device_train_batch_size=8),
            remove_unused_columns=False,
        ),
        train_dataset=dataset,
        data_collator=pairs,
    )
    trainer.train()
    assert falls(trainer)
    out = model.eval()(**pairs(dataset))
    assert out.logits.argmax(dim=1).tolist() == list(range(8))
