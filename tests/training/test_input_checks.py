import pytest
from transformers import TrainingArguments

from gmert_pyg import GraphMertConfig, GraphMertModel
from gmert_pyg.nn import GraphMertForSequenceClassification
from gmert_pyg.training import (
    GraphMertClassificationTrainer,
    GraphMertTrainer,
    GraphMertTrainingArguments,
)


def arguments(output, **changes):
    return GraphMertTrainingArguments(
        output_dir=str(output), use_cpu=True, **changes
    )


class Sized(list):
    """Graphs, and whatever is said to be their sizes."""

    def __init__(self, graphs, sizes):
        super().__init__(graphs)
        self.num_nodes_per_graph = sizes


@pytest.mark.parametrize("argument", ["train_dataset", "eval_dataset"])
@pytest.mark.parametrize(
    ("graphs", "complaint"),
    [
        (list, r"must have 'num_nodes_per_graph'.*\(got list\)"),
        (lambda _: Sized([], []), r"must hold graphs \(got none\)"),
        (
            lambda g: Sized(g, [5]),
            r"must have .* each of its \d+ graphs \(got 1\)",
        ),
    ],
)
def test_datasets(tiny_model, dataset, tmp_path, argument, graphs, complaint):
    with pytest.raises(ValueError, match=f"'{argument}' {complaint}"):
        GraphMertTrainer(
            tiny_model,
            arguments(tmp_path),
            **{argument: graphs(dataset)},
        )
    assert not any(tmp_path.iterdir())


def test_a_budget_below_the_longest_graph_names_it(
    tiny_model, dataset, tmp_path
):
    longest = dataset[int(dataset.num_nodes_per_graph.argmax())]
    with pytest.raises(ValueError, match=r"'token_budget'.*\(got 9\)") as error:
        GraphMertTrainer(
            tiny_model,
            arguments(tmp_path, token_budget=9),
            eval_dataset=dataset,
        )
    for fact in (
        "'eval_dataset'",
        f"{longest.num_nodes} nodes",
        str(dataset.locate(longest.graph_id)),
    ):
        assert fact in str(error.value)


def test_models_and_arguments_of_another_class(tiny_model, tmp_path):
    config = GraphMertConfig.small(num_hidden_layers=1, num_labels=2)
    classifier = GraphMertForSequenceClassification(config)
    for model in (GraphMertModel(config), classifier):
        with pytest.raises(
            ValueError, match=r"'model' must be a GraphMertForPreTraining"
        ):
            GraphMertTrainer(model, arguments(tmp_path))
    with pytest.raises(ValueError, match=r"'model' .* \(got GraphMertForPre"):
        GraphMertClassificationTrainer(tiny_model, arguments(tmp_path))
    with pytest.raises(ValueError, match=r"'args' must be GraphMert.*\(got"):
        GraphMertTrainer(
            tiny_model, TrainingArguments(str(tmp_path), use_cpu=True)
        )


def test_a_dataset_of_another_tokenizer(tiny_model, dataset, tmp_path):
    tiny_model.config.tokenizer_hash = "0" * 16
    with pytest.raises(ValueError, match=r"'model' must .* for tokenizer"):
        GraphMertTrainer(tiny_model, arguments(tmp_path), train_dataset=dataset)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto_find_batch_size", True),
        ("dataloader_drop_last", True),
        ("label_smoothing_factor", 0.1),
        ("neftune_noise_alpha", 5.0),
        ("train_sampling_strategy", "group_by_length"),
        ("use_liger_kernel", True),
        ("fp16", True),
        ("deepspeed", {}),
        ("token_budget", 0),
        ("gradient_accumulation_steps", 0),
        ("learning_rate", float("nan")),
        ("attention_lr_multiplier", -1.0),
        ("max_grad_norm", -1.0),
        ("weight_decay", -0.1),
    ],
)
def test_arguments(tmp_path, name, value):
    with pytest.raises(ValueError, match=rf"'{name}' must .*\(got .*\)"):
        arguments(tmp_path, **{name: value})


def test_arguments_that_are_fine(tmp_path):
    assert arguments(tmp_path).logging_nan_inf_filter is False
    options = arguments(
        tmp_path, torch_empty_cache_steps=2, warmup_steps=0.1, max_grad_norm=0.0
    )
    # transformers 5 has no warm-up ratio: a fraction of a step is one.
    assert options.get_warmup_steps(50) == 5
