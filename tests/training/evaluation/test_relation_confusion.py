import json

import numpy as np
import pytest

from gmert_pyg.report.confusion_figure import confusion_figure
from gmert_pyg.report.loss_figure import loss_figure
from gmert_pyg.training.evaluation.relation_confusion import (
    relation_scores,
    write_relation_confusion,
)

NAMES = ["calls", "returns", "imports"]
CONFUSION = np.array([[6.0, 2.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])


def test_scores_by_hand():
    calls, returns, imports = relation_scores(CONFUSION, NAMES)
    assert calls["support"] == 8
    assert calls["predicted"] == 7
    assert calls["precision"] == pytest.approx(6 / 7)
    assert calls["recall"] == pytest.approx(6 / 8)
    assert calls["f1"] == pytest.approx(12 / 15)
    assert returns["precision"] == pytest.approx(1 / 3)
    assert imports["f1"] == imports["precision"] == imports["recall"] == 0


def test_files(tmp_path):
    write_relation_confusion(CONFUSION, NAMES, tmp_path, step=7)
    content = json.loads((tmp_path / "relation_confusion.json").read_text())
    assert content["step"] == 7
    assert content["confusion"][0] == [6, 2, 0]
    assert [score["relation"] for score in content["scores"]] == NAMES
    picture = (tmp_path / "relation_confusion.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_name_for_each_class():
    with pytest.raises(ValueError, match=r"'names'.*\(got 2\)"):
        confusion_figure(CONFUSION, NAMES[:2])
    (axes,) = confusion_figure(CONFUSION, NAMES).axes
    assert [text.get_text() for text in axes.texts] == [
        "75%",
        "25%",
        "50%",
        "50%",
    ]


def test_curves_of_training_and_points_of_evaluations():
    assert loss_figure([{"step": 1, "loss": 2.0}]) is None
    figure = loss_figure(
        [
            {"step": 1, "mlm_loss": 3.0, "mlm_accuracy": 0.1},
            {"step": 2, "mlm_loss": 2.0, "mlm_accuracy": 0.2},
            {"step": 2, "eval_mlm_loss": 2.5},
        ]
    )
    loss, accuracy = figure.axes
    train, held_out = loss.get_lines()
    assert train.get_xydata().tolist() == [[1, 3], [2, 2]]
    assert held_out.get_xydata().tolist() == [[2, 2.5]]
    assert held_out.get_marker() == "o"
    assert accuracy.get_title() == "accuracy"
