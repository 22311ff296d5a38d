import sys
from types import SimpleNamespace

from gmert_pyg.training.tracking.progress import (
    LogLines,
    LossBar,
    progress_callback,
)

ENTRY = {
    "loss": 3.0,
    "mlm_loss": 4.125,
    "relation_loss": 1.5,
    "nodes_per_second": 12345.6,
}


def lines(capsys, *entries, step=10, is_first_process=True):
    state = SimpleNamespace(
        global_step=0, max_steps=40, is_world_process_zero=is_first_process
    )
    callback = LogLines()
    callback.on_train_begin(None, state, None)
    state.global_step = step
    for entry in entries:
        callback.on_log(None, state, None, entry)
    return capsys.readouterr().err.splitlines()


def test_a_terminal_gets_a_bar_and_a_file_lines(monkeypatch):
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: True))
    assert progress_callback() is LossBar
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: False))
    assert progress_callback() is LogLines


def test_a_line_per_entry(capsys):
    train, held_out = lines(
        capsys, ENTRY, {"train_runtime": 1.0}, {"eval_loss": 2.5}
    )
    assert train.startswith(
        "step 10/40  loss 3.00  mlm 4.12  relation 1.50  nodes/s 12,346  left "
    )
    assert held_out == "step 10/40  held-out loss 2.500"


def test_one_process_prints(capsys):
    assert lines(capsys, ENTRY, is_first_process=False) == []


def test_the_bar_has_losses_and_speed():
    shown = {}
    bar = LossBar()
    bar.training_bar = SimpleNamespace(set_postfix=shown.update)
    bar.on_log(None, None, None, ENTRY)
    bar.on_log(None, None, None, {"eval_loss": 1.0})
    assert shown == {"mlm": "4.12", "relation": "1.50", "nodes/s": "12,346"}
