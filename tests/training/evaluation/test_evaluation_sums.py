import pytest
import torch

from gmert_pyg.nn import GraphMertForPreTrainingOutput
from gmert_pyg.training import EvaluationSums
from gmert_pyg.training.evaluation.evaluation_sums import macro_f1


def output(logits, labels, nodes, relation_logits, relation_labels):
    return GraphMertForPreTrainingOutput(
        logits=torch.tensor(logits),
        labels=torch.tensor(labels),
        labelled_nodes=torch.tensor(nodes),
        relation_logits=torch.tensor(relation_logits),
        relation_labels=torch.tensor(relation_labels),
    )


NODE_TYPE = torch.tensor([0, 0, 1])
# Root 0: the label is ranked first. Root 1: second. Leaf 2: first.
BATCH = output(
    [[2.0, 0.0, 0.0], [3.0, 1.0, 0.0], [0.0, 0.0, 5.0]],
    [0, 1, 2],
    [0, 1, 2],
    [[4.0, 0.0], [4.0, 0.0]],
    [0, 1],
)


def test_hand_computed_metrics():
    sums = EvaluationSums.zeros(2)
    sums.add(BATCH, NODE_TYPE)
    metrics = sums.metrics(lambda_mlm=0.6)
    assert metrics["num_roots"] == 2
    assert metrics["mlm_accuracy"] == 0.5
    assert metrics["leaf_hits@1"] == 1.0
    assert metrics["relation_accuracy"] == 0.5
    # -log softmax of (2,0,0)[0] is 0.2395, of (3,1,0)[1] is 2.1698.
    assert metrics["mlm_loss"] == pytest.approx(
        (0.23954 + 2.16985) / 2, abs=1e-4
    )
    assert metrics["loss"] == pytest.approx(
        0.6 * metrics["mlm_loss"]
        + 0.4 * (metrics["leaf_loss"] + metrics["relation_loss"])
    )


def test_sums_add_up_over_batches_and_processes():
    twice = EvaluationSums.zeros(2)
    twice.add(BATCH, NODE_TYPE)
    twice.add(BATCH, NODE_TYPE)
    once = EvaluationSums.zeros(2)
    once.add(BATCH, NODE_TYPE)
    added = EvaluationSums.from_flat(once.flat() + once.flat(), 2)
    assert torch.equal(added.flat(), twice.flat())
    assert added.metrics(0.6)["mlm_loss"] == once.metrics(0.6)["mlm_loss"]


def test_ties_count_against_the_label():
    sums = EvaluationSums.zeros(1)
    sums.add(output([[0.0, 0.0]], [0], [0], [[1.0]], [0]), torch.tensor([0]))
    assert sums.metrics(0.5)["mlm_accuracy"] == 0.0


def test_macro_f1_leaves_absent_classes_out():
    confusion = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 0.0], [0, 0, 0]])
    # F1 is 2*2/(3+2) = 0.8 and 2*3/(3+4) = 6/7.
    assert macro_f1(confusion) == pytest.approx((0.8 + 6 / 7) / 2)
    assert macro_f1(torch.zeros(3, 3)) == 0.0
