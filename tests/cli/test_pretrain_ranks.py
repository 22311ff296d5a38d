"""`gmert pretrain` on several devices."""

import os
import subprocess
import sys

import pytest

from gmert_pyg import GraphMertForPreTraining
from gmert_pyg.cli import main
from gmert_pyg.training import GraphMertTrainingArguments


def test_several_gpus_without_a_launcher_write_nothing(
    project, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(GraphMertTrainingArguments, "n_gpu", 2)
    output, data = tmp_path / "model", tmp_path / "data"
    status = main(
        [
            *("pretrain", "--source", str(project)),
            *("--data", str(data), "--output_dir", str(output)),
        ]
    )
    assert status == 2
    error = capsys.readouterr().err
    assert "torchrun --nproc-per-node 2 -m gmert_pyg pretrain" in error
    assert error.count("\n") == 1
    assert not output.exists()
    assert not data.exists()


@pytest.mark.slow
def test_two_processes_train_one_model(project, tmp_path):
    options = {
        "--source": project,
        "--data": tmp_path / "data",
        "--output_dir": tmp_path / "model",
        "--max_steps": 2,
        "--token_budget": 512,
        "--held_out_share": 0.2,
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", "2", "-m", "gmert_pyg", "pretrain"),
            *(str(word) for pair in options.items() for word in pair),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # One of the two tells what was done.
    assert done.stdout.count("held-out") == 1
    GraphMertForPreTraining.from_pretrained(tmp_path / "model")
    assert not list((tmp_path / "model").glob("*.tmp"))
