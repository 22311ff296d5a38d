import pytest
import torch
import torch.nn.functional as F
from torch_geometric.data import Batch
from transformers import AutoModelForTokenClassification

from gmert_pyg.nn import GraphMertForTokenClassification

LABELLED = [0, 3, 4, 12, 16]
CLASSES = [1, 0, 2, 1, 1]


@pytest.fixture
def make_tagger(make_config):
    def make(**overrides):
        torch.manual_seed(0)
        config = make_config(**({"num_labels": 3} | overrides))
        model = GraphMertForTokenClassification(config).eval()
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.normal_(0, 0.2)
        return model

    return make


@pytest.fixture
def batch(graphs):
    """Roots 0-4, 11-13 and 16-17, five of them with a class."""
    batch = Batch.from_data_list(graphs)
    batch.y = torch.full_like(batch.input_ids, -100)
    batch.y[LABELLED] = torch.tensor(CLASSES)
    return batch


def test_loss_is_the_mean_over_labelled_roots(batch, make_tagger):
    out = make_tagger()(batch)
    assert out.logits.shape == (18, 3)
    expected = F.cross_entropy(out.logits[LABELLED], torch.tensor(CLASSES))
    torch.testing.assert_close(out.loss, expected)


def test_rows_are_in_the_order_of_the_nodes(graphs, make_tagger):
    model = make_tagger()
    together = model(Batch.from_data_list(graphs)).logits
    apart = torch.cat([model(graph).logits for graph in graphs])
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=0)


def test_no_loss_without_labels_and_none_over_nothing(labelled, make_tagger):
    # The labels of pre-training are no classes.
    assert make_tagger()(labelled).loss is None
    labelled.y = torch.full_like(labelled.input_ids, -100)
    assert make_tagger()(labelled).loss.item() == 0


def test_classes_do_not_disturb_pretraining(labelled, make_model):
    before = make_model()(labelled).loss
    labelled.y = torch.zeros_like(labelled.input_ids)
    torch.testing.assert_close(make_model()(labelled).loss, before)


@pytest.mark.parametrize(
    ("node", "label", "message"),
    [
        (5, 1, r"'y' must be -100 for leaves \(got 1 for node 5\)"),
        (1, 3, r"'y' must be in \[0, 3\), .* \(got 3\)"),
        (1, -1, r"\(got -1\)"),
    ],
)
def test_labels_that_do_not_fit(batch, make_tagger, node, label, message):
    batch.y[node] = label
    with pytest.raises(ValueError, match=message):
        make_tagger()(batch)


def test_one_label_per_root_alone_is_refused(batch, make_tagger):
    batch.y = batch.y[batch.node_type == 0]
    with pytest.raises(ValueError, match=r"one label per node.*\(got \(10,\)"):
        make_tagger()(batch)


def test_every_parameter_gets_a_gradient(batch, make_tagger):
    model = make_tagger()
    model(batch).loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_types(batch, make_tagger, dtype):
    out = make_tagger().to(dtype)(batch)
    assert out.logits.dtype == dtype
    assert out.loss.isfinite()


def test_save_and_load(tmp_path, batch, make_tagger):
    model = make_tagger()
    model.save_pretrained(tmp_path)
    loaded, report = AutoModelForTokenClassification.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert isinstance(loaded, GraphMertForTokenClassification)
    assert not any(report.values())
    torch.testing.assert_close(loaded(batch).loss, model(batch).loss)


def test_only_the_classifier_is_new_after_pretraining(tmp_path, make_model):
    make_model().save_pretrained(tmp_path)
    _, report = AutoModelForTokenClassification.from_pretrained(
        tmp_path, num_labels=5, output_loading_info=True
    )
    assert report["missing_keys"] == {"classifier.weight", "classifier.bias"}
    assert not report["unexpected_keys"]
