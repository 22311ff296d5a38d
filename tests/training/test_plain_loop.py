"""A loop without the Trainer and the Trainer are each other's test."""

import ast
import copy
import re
import runpy
from pathlib import Path

import pytest
import torch

from gmert_pyg.training import (
    GraphCollator,
    GraphMertTrainer,
    GraphMertTrainingArguments,
)
from gmert_pyg.transforms import MaskForPreTraining

SCRIPT = Path(__file__).parents[2] / "experiments" / "plain_pytorch_loop.py"


def test_the_script_has_at_most_sixty_lines_of_code():
    text = SCRIPT.read_text()
    documented = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Module | ast.FunctionDef)
        if ast.get_docstring(node)
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    code = [
        line
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and number not in documented
    ]
    assert 40 < len(code) <= 60


@pytest.mark.parametrize("bf16", [False, True])
def test_the_losses_are_those_of_the_trainer(
    tiny_model, dataset, tmp_path, bf16
):
    arguments = GraphMertTrainingArguments(
        output_dir=str(tmp_path),
        max_steps=12,
        token_budget=200,
        learning_rate=4e-3,
        weight_decay=0.01,
        warmup_steps=3,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr": 1e-5},
        logging_steps=1,
        save_strategy="no",
        disable_tqdm=True,
        use_cpu=True,
        bf16=bf16,
    )
    masks = MaskForPreTraining(dataset.tokenizer, dataset.schema, seed=42)
    model = copy.deepcopy(tiny_model)
    trainer = GraphMertTrainer(
        model,
        arguments,
        train_dataset=dataset,
        train_collator=GraphCollator(masks),
    )
    trainer.train()
    entries = trainer.state.log_history
    expected = [entry["loss"] for entry in entries if "loss" in entry]
    # Several epochs, and dropout.
    losses = runpy.run_path(str(SCRIPT))["train"](
        tiny_model,
        dataset,
        num_steps=12,
        token_budget=200,
        lr=4e-3,
        warmup_steps=3,
        bf16=bf16,
    )
    assert losses == pytest.approx(expected, abs=1e-6)
    assert losses[-1] < losses[0] - 1
    for value, other in zip(
        tiny_model.parameters(), model.parameters(), strict=True
    ):
        torch.testing.assert_close(value, other, rtol=0, atol=1e-6)


def test_the_script_runs(project, tmp_path, capsys, monkeypatch):
    arguments = ["--data", tmp_path, "--source", project, "--smoke"]
    monkeypatch.setattr("sys.argv", [str(SCRIPT), *map(str, arguments)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    assert len(re.findall(r"loss \d+\.\d+", capsys.readouterr().out)) == 3
