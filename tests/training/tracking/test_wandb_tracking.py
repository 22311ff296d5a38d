"""An offline run of Weights & Biases holds all that it is said to."""

import json
import os
import struct
import subprocess
import sys

import pytest

BLOCK, HEADER = 32768, 7


def records(path):
    """Yield the records of a .wandb file, a log of LevelDB's form."""
    from wandb.proto import wandb_internal_pb2

    content = path.read_bytes()
    assert content[:4] == b":W&B"
    position, parts = HEADER, b""
    while position + HEADER <= len(content):
        rest = BLOCK - position % BLOCK
        if rest < HEADER:
            position += rest
            continue
        _, size, kind = struct.unpack_from("<IHB", content, position)
        position += HEADER
        if kind == 0:
            break
        parts += content[position : position + size]
        position += size
        if kind in (1, 4):  # whole, or the last part
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            yield record
            parts = b""


@pytest.fixture
def offline(monkeypatch, tmp_path):
    wandb = pytest.importorskip("wandb")
    for name in list(os.environ):
        if name.startswith("WANDB_"):
            monkeypatch.delenv(name)
    for name in ("WANDB_CACHE_DIR", "WANDB_DATA_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB__DISABLE_STATS", "true")
    yield wandb
    wandb.teardown()


def test_an_offline_run_holds_it_all(
    offline, tracked_trainer, dataset, tmp_path
):
    output = tmp_path / "run"

    def train(steps, **changes):
        trainer = tracked_trainer(
            output,
            max_steps=steps,
            report_to="wandb",
            wandb_project="graphs",
            run_name="tiny",
        )
        trainer.train(**changes)
        offline.finish()
        return trainer

    trainer = train(2)
    train(3, resume_from_checkpoint=True)
    run_id = (output / "wandb_run_id").read_text().strip()
    folders = sorted((output / "wandb").glob("offline-run-*"))
    assert len(folders) == 2
    assert all(folder.name.endswith(run_id) for folder in folders)
    found = list(records(folders[0] / f"run-{run_id}.wandb"))

    start = next(r.run for r in found if r.WhichOneof("record_type") == "run")
    assert (start.project, start.display_name) == ("graphs", "tiny")
    config = {}
    for record in found:
        kind = record.WhichOneof("record_type")
        update = {"run": record.run.config, "config": record.config}.get(kind)
        for item in update.update if update is not None else ():
            config[item.key] = json.loads(item.value_json)
    assert config["token_budget"] == 600
    assert config["hgat"] is True
    assert config["masks"]["train"]["MaskSpans"]["rate"] == 0.15
    assert config["data"]["train"]["graphs"] == len(trainer.train_dataset)
    assert config["corpus"]["graphs"] == len(dataset)
    assert "torch" in config["versions"]

    history = {}
    for record in found:
        for item in record.history.item:
            key = item.key or "/".join(item.nested_key)
            history.setdefault(key, []).append(json.loads(item.value_json))
    assert len(history["train/mlm_loss"]) == 2
    for name in ("train/relation_accuracy", "train/grad_norm/hgat"):
        assert len(history[name]) == 2
    assert len(history["eval/relation_macro_f1"]) == 1
    files = folders[0] / "files"
    for name in ("chain_graph", "relation_confusion"):
        assert history[f"{name}/_type"] == ["image-file"]
        picture = files / history[f"{name}/path"][0]
        assert picture.read_bytes().startswith(b"\x89PNG")
    table = json.loads((files / history["predictions/path"][0]).read_text())
    assert table["columns"][:2] == ["kind", "where"]
    assert {"token", "leaf"} <= {row[0] for row in table["data"]}
    scores = json.loads(
        (files / history["relation_scores/path"][0]).read_text()
    )
    assert len(scores["data"]) == 12

    artifacts = [r.artifact for r in found if r.HasField("artifact")]
    model = next(a for a in artifacts if a.type == "model")
    names = {entry.path for entry in model.manifest.contents}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not any(name.endswith(".bin") for name in names)
    # Neither what is printed nor the code.
    assert not any(r.HasField("output_raw") for r in found)
    assert (output / "losses.png").stat().st_size > 1000
    confusion = json.loads((output / "relation_confusion.json").read_text())
    assert len(confusion["relations"]) == len(confusion["confusion"])
    assert (output / "relation_confusion.png").is_file()


def test_nothing_is_sent_and_wandb_not_imported_unless_asked(tmp_path):
    # As if it were installed and logged in: the default still sends nothing.
    program = """
import json.tool, sys
from gmert_pyg import CodeChainGraphs, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.training import (
    GraphCollator, GraphMertTrainer, GraphMertTrainingArguments
)
from gmert_pyg.transforms import MaskForPreTraining
graphs = CodeChainGraphs(sys.argv[1], source=json.tool.__file__, num_workers=0)
arguments = GraphMertTrainingArguments(
    sys.argv[1] + "/run", max_steps=1, token_budget=512, use_cpu=True
)
assert arguments.report_to == []
model = GraphMertForPreTraining(
    GraphMertConfig.small(num_hidden_layers=1, hidden_size=32,
    num_attention_heads=2, intermediate_size=64)
)
GraphMertTrainer(
    model, arguments, train_dataset=graphs,
    train_collator=GraphCollator(MaskForPreTraining(graphs.tokenizer)),
).train()
assert not {"wandb", "tensorboard"} & sys.modules.keys()
"""
    environment = {
        **os.environ,
        "WANDB_API_KEY": "0" * 40,
        "WANDB_MODE": "online",
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "run" / "wandb_run_id").exists()


def test_a_disabled_run_trains_and_leaves_nothing(
    offline, monkeypatch, tracked_trainer, tmp_path
):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    trainer = tracked_trainer(
        tmp_path / "run",
        max_steps=1,
        eval_steps=1,
        save_strategy="no",
        report_to="wandb",
    )
    assert trainer.train().global_step == 1
    left = {path.name for path in (tmp_path / "run").glob("**/*")}
    assert not {name for name in left if "wandb" in name}
