"""What TensorBoard gets to show."""

import pytest


def test_curves_pictures_and_predictions(
    monkeypatch, tracked_trainer, tmp_path
):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import (
        EventAccumulator,
    )

    monkeypatch.delenv("TENSORBOARD_LOGGING_DIR", raising=False)

    def train(steps, **changes):
        trainer = tracked_trainer(
            tmp_path, max_steps=steps, report_to="tensorboard"
        )
        trainer.train(**changes)

    train(3)
    for later in tmp_path.glob("checkpoint-3"):
        later.rename(tmp_path / "lost")
    train(4, resume_from_checkpoint=True)
    shown = EventAccumulator(
        str(tmp_path / "tensorboard"), purge_orphaned_data=True
    )
    shown.Reload()
    tags = shown.Tags()
    curves = set(tags["scalars"])
    assert {
        "train/mlm_loss",
        "train/grad_norm/hgat",
        "train/nodes_per_second",
        "eval/relation_macro_f1",
    } <= curves
    assert not any(name.startswith("train/eval") for name in curves)
    # The step that was made again after the checkpoint is shown once.
    steps = [event.step for event in shown.Scalars("train/mlm_loss")]
    assert steps == [1, 2, 3, 4]
    assert {"chain_graph", "relation_confusion"} <= set(tags["images"])
    assert shown.Images("chain_graph")[0].width > 100
    assert any("predictions" in name for name in tags["tensors"])
