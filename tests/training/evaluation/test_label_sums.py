import pytest
import torch

from gmert_pyg.training.evaluation.label_sums import LabelSums


def test_classes_by_hand():
    sums = LabelSums(3, "single_label_classification")
    logits = torch.tensor(
        [[2.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 9.0]]
    )
    sums.add(logits, torch.tensor([0, 1, 1, -100]))
    metrics = sums.metrics()
    assert metrics["num_items"] == 3
    assert metrics["accuracy"] == pytest.approx(2 / 3)
    # -log softmax of (2, 0, 0) is 0.2395 for the first and 2.2395 after it.
    assert metrics["loss"] == pytest.approx((2 * 0.2395 + 2.2395) / 3, abs=1e-4)
    # Class 0: 1 hit of 1 true and 2 predicted; class 1: 1 of 2 and 1.
    assert metrics["macro_f1"] == pytest.approx(2 / 3)


def test_several_labels_by_hand():
    sums = LabelSums(2, "multi_label_classification")
    logits = torch.tensor([[1.0, -1.0], [1.0, 1.0]])
    sums.add(logits, torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    metrics = sums.metrics()
    assert metrics["num_items"] == 4
    assert metrics["accuracy"] == 0.75
    assert metrics["loss"] == pytest.approx((3 * 0.3133 + 1.3133) / 4, abs=1e-4)
    assert metrics["macro_f1"] == pytest.approx((2 / 3 + 1) / 2)


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_regression_by_hand(shape):
    sums = LabelSums(1, "regression")
    sums.add(torch.tensor([[1.0], [4.0]]), torch.tensor([2.0, 1.0]).view(shape))
    assert sums.metrics() == {"loss": 5.0, "num_items": 2.0}


def test_nothing_is_no_error():
    metrics = LabelSums(2, "single_label_classification").metrics()
    assert set(metrics.values()) == {0.0}
