import pytest
import torch
import torch.nn.functional as F
from torch_geometric.data import Batch
from transformers import (
    AutoModelForSequenceClassification,
    RobertaConfig,
    RobertaModel,
)

from gmert_pyg.nn import GraphMertForSequenceClassification


@pytest.fixture
def make_classifier(make_config):
    def make(**overrides):
        torch.manual_seed(0)
        config = make_config(**({"num_labels": 3} | overrides))
        model = GraphMertForSequenceClassification(config).eval()
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.normal_(0, 0.2)
        return model

    return make


def batch_of(graphs, labels):
    for graph, label in zip(graphs, labels, strict=True):
        graph.y = torch.tensor(label)
    return Batch.from_data_list(graphs)


def test_one_prediction_per_graph_and_no_loss_without_labels(
    graphs, make_classifier
):
    out = make_classifier()(Batch.from_data_list(graphs))
    assert out.logits.shape == (3, 3)
    assert out.loss is None


@pytest.mark.parametrize("pooling", ["mean", "first", "attention"])
def test_batching_changes_nothing(graphs, make_classifier, pooling):
    model = make_classifier(pooling=pooling)
    together = model(Batch.from_data_list(graphs)).logits
    apart = torch.cat([model(graph).logits for graph in graphs])
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=0)


@pytest.mark.parametrize("labels", [[2, 0, 1], [[2], [0], [1]]])
def test_classes(graphs, make_classifier, labels):
    model = make_classifier()
    out = model(batch_of(graphs, labels))
    expected = F.cross_entropy(out.logits, torch.tensor([2, 0, 1]))
    torch.testing.assert_close(out.loss, expected)
    assert model.config.problem_type == "single_label_classification"


def test_graphs_without_a_class_are_left_out(graphs, make_classifier):
    out = make_classifier()(batch_of(graphs, [2, -100, 1]))
    rows = out.logits[[0, 2]]
    expected = F.cross_entropy(rows, torch.tensor([2, 1]))
    torch.testing.assert_close(out.loss, expected)
    assert make_classifier()(batch_of(graphs, [-100] * 3)).loss.item() == 0


def test_several_labels(graphs, make_classifier):
    model = make_classifier()
    labels = [[[0.0, 1.0, 1.0]], [[0.0, 0.0, 0.0]], [[1.0, 0.0, 1.0]]]
    out = model(batch_of(graphs, labels))
    target = torch.tensor(labels).squeeze(1)
    probability = out.logits.sigmoid()
    by_hand = -torch.where(target == 1, probability, 1 - probability).log()
    torch.testing.assert_close(out.loss, by_hand.mean())
    assert model.config.problem_type == "multi_label_classification"


@pytest.mark.parametrize("labels", [[2.0, 0.5, 1.0], [[2.0], [0.5], [1.0]]])
def test_regression(graphs, make_classifier, labels):
    model = make_classifier(num_labels=1)
    out = model(batch_of(graphs, labels))
    error = out.logits.flatten() - torch.tensor([2.0, 0.5, 1.0])
    torch.testing.assert_close(out.loss, (error**2).mean())
    assert model.config.problem_type == "regression"


def test_regression_of_several_values(graphs, make_classifier):
    model = make_classifier(num_labels=2, problem_type="regression")
    labels = [[[2.0, 0.0]], [[0.5, 1.0]], [[1.0, 1.0]]]
    out = model(batch_of(graphs, labels))
    error = out.logits - torch.tensor(labels).squeeze(1)
    torch.testing.assert_close(out.loss, (error**2).mean())


def test_labels_may_be_given_apart(graphs, make_classifier):
    model = make_classifier()
    labels = torch.tensor([2, 0, 1])
    apart = model(Batch.from_data_list(graphs), labels=labels).loss
    torch.testing.assert_close(apart, model(batch_of(graphs, [2, 0, 1])).loss)


def test_masks_of_pretraining_are_not_labels(labelled, make_classifier):
    assert make_classifier()(labelled).loss is None


@pytest.mark.parametrize(
    ("overrides", "labels", "message"),
    [
        ({}, [0, 1, 3], r"'y' must be in \[0, 3\), .* \(got 3\)"),
        ({}, [0, 1, -1], r"\(got -1\)"),
        ({}, [[0, 1], [1, 1], [2, 1]], r"shape \(3,\), .* \(got \(6,\)\)"),
        (
            {"problem_type": "single_label_classification"},
            [0.0, 1.0, 2.0],
            r"integers \(got torch.float32\)",
        ),
        ({}, [[0.0, 1.0, 1.0]] * 3, r"shape \(3, 3\), .* \(1, 3\) \(got"),
        ({"num_labels": 1}, [[1.0, 2.0]] * 3, r"\(got \(6,\)\)"),
    ],
)
def test_labels_that_do_not_fit(
    graphs, make_classifier, overrides, labels, message
):
    with pytest.raises(ValueError, match=message):
        make_classifier(**overrides)(batch_of(graphs, labels))


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_every_parameter_gets_a_gradient(graphs, make_classifier, pooling):
    model = make_classifier(pooling=pooling)
    model(batch_of(graphs, [2, 0, 1])).loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_types(graphs, make_classifier, dtype):
    model = make_classifier(pooling="attention").to(dtype)
    out = model(batch_of(graphs, [2, 0, 1]))
    assert out.logits.dtype == dtype
    assert out.loss.isfinite()


def test_dropout_is_that_of_the_configuration(make_config, make_classifier):
    assert make_config(hidden_dropout_prob=0.25).head_dropout == 0.25
    assert make_config(classifier_dropout=0.5).head_dropout == 0.5
    model = make_classifier(classifier_dropout=0.0)
    rates = [part.p for part in model.classifier if hasattr(part, "p")]
    assert rates == [0.0, 0.0]
    with pytest.raises(ValueError, match=r"'classifier_dropout' .* 1.5\)"):
        make_config(classifier_dropout=1.5)


def test_save_and_load(tmp_path, graphs, make_classifier):
    names = {0: "fine", 1: "faulty", 2: "unknown"}
    label2id = {name: label for label, name in names.items()}
    model = make_classifier(
        id2label=names, label2id=label2id, pooling="attention"
    )
    batch = batch_of(graphs, [2, 0, 1])
    loss = model(batch).loss
    model.save_pretrained(tmp_path)
    loaded, report = AutoModelForSequenceClassification.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert isinstance(loaded, GraphMertForSequenceClassification)
    assert not any(report.values())
    assert loaded.config.id2label == names
    assert loaded.config.label2id == label2id
    assert loaded.config.problem_type == "single_label_classification"
    torch.testing.assert_close(loaded(batch).loss, loss)


def test_from_an_encoder(tmp_path, graphs):
    source = RobertaModel(
        RobertaConfig(
            vocab_size=30,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
        )
    )
    source.save_pretrained(tmp_path)
    model = GraphMertForSequenceClassification.from_backbone(
        str(tmp_path), num_labels=4
    )
    assert model(Batch.from_data_list(graphs)).logits.shape == (3, 4)
    weight = source.embeddings.word_embeddings.weight
    assert torch.equal(model.get_input_embeddings().weight, weight)


def test_only_the_classifier_is_new_after_pretraining(
    tmp_path, graphs, make_model
):
    pretrained = make_model()
    pretrained.save_pretrained(tmp_path)
    model, report = AutoModelForSequenceClassification.from_pretrained(
        tmp_path, num_labels=5, output_loading_info=True
    )
    assert report["missing_keys"] == {
        f"classifier.{layer}.{part}"
        for layer in (1, 4)
        for part in ("weight", "bias")
    }
    assert not report["unexpected_keys"]
    assert not report["mismatched_keys"]
    batch = Batch.from_data_list(graphs)
    assert model(batch).logits.shape == (3, 5)
    torch.testing.assert_close(
        model(batch).last_hidden_state,
        pretrained(batch).last_hidden_state,
    )
