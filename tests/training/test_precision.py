import copy
import logging

import pytest
import torch

from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.precision import uses_bf16
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)


@pytest.fixture
def cpu(monkeypatch):
    """A processor with the features that are named, and no GPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)

    def have(*features):
        for feature in ("amx_tile", "avx512_bf16"):
            monkeypatch.setattr(
                torch.cpu,
                f"_is_{feature}_supported",
                lambda found=feature in features: found,
            )

    return have


@pytest.mark.parametrize(
    ("features", "expected", "reason"),
    [
        ((), False, "no fast bf16"),
        (("avx512_bf16",), True, "AVX512_BF16"),
        (("amx_tile", "avx512_bf16"), True, "AMX"),
    ],
)
def test_auto_is_what_the_processor_can_do(
    cpu, features, expected, reason, caplog
):
    cpu(*features)
    with caplog.at_level(logging.INFO, "gmert_pyg.training.precision"):
        assert uses_bf16("auto") is expected
    # Silence would hide why two machines disagree.
    assert reason in caplog.text


def test_what_is_asked_for_is_done(cpu):
    cpu("avx512_bf16")
    assert not uses_bf16("float32")
    cpu()
    assert uses_bf16("bf16")
    with pytest.raises(ValueError, match=r"'precision' .*\(got 'half'\)"):
        uses_bf16("half")


def test_precision_sets_autocast_and_none_leaves_it(cpu, tmp_path):
    cpu("avx512_bf16")

    def arguments(**options):
        return GraphMertTrainingArguments(output_dir=str(tmp_path), **options)

    assert arguments(precision="auto").bf16
    assert not arguments(precision="float32", bf16=True, use_cpu=True).bf16
    assert arguments(bf16=True, use_cpu=True).bf16
    assert not arguments().bf16
    with pytest.raises(ValueError, match="'precision' must be None with fp16"):
        arguments(precision="auto", fp16=True)


def test_training_in_bf16_stays_close_to_float32(dataset, tiny_model, tmp_path):
    data = prepare_data(dataset, held_out_share=0.2)
    losses = {}
    for precision in ("float32", "bf16"):
        model = copy.deepcopy(tiny_model)
        arguments = GraphMertTrainingArguments(
            output_dir=str(tmp_path),
            max_steps=2,
            token_budget=300,
            precision=precision,
            use_cpu=True,
            save_strategy="no",
            disable_tqdm=True,
        )
        trainer = make_trainer(model, data, arguments)
        losses[precision] = trainer.train().training_loss
        assert all(w.dtype == torch.float32 for w in model.parameters())
    # It was autocast, so not equal.
    assert losses["bf16"] != losses["float32"]
    assert losses["bf16"] == pytest.approx(losses["float32"], rel=5e-3)
