"""What TensorBoard gets to show."""

import pytest

from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)


def test_curves_pictures_and_predictions(
    monkeypatch, tiny_model, dataset, tmp_path
):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import (
        EventAccumulator,
    )

    monkeypatch.delenv("TENSORBOARD_LOGGING_DIR", raising=False)
    data = prepare_data(dataset, held_out_share=0.2)

    def train(steps, **changes):
        arguments = GraphMertTrainingArguments(
            output_dir=str(tmp_path),
            max_steps=steps,
            lr_scheduler_type="constant",
            token_budget=600,
            logging_steps=1,
            eval_strategy="steps",
            eval_steps=2,
            save_strategy="steps",
            save_steps=2,
            report_to="tensorboard",
            disable_tqdm=True,
            use_cpu=True,
        )
        make_trainer(tiny_model, data, arguments).train(**changes)

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
