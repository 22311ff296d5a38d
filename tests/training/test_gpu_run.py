"""The one command for a GPU, in its smallest form, on the CPU."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture
def scripts(monkeypatch):
    """Import the scripts as they import each other."""
    monkeypatch.syspath_prepend(str(EXPERIMENTS))
    import gpu_bundle
    import train_gpu

    yield gpu_bundle, train_gpu
    for name in ("gpu_bundle", "gpu_training", "train_gpu"):
        sys.modules.pop(name, None)


def test_bundled_graphs_are_those_of_the_corpus(scripts, dataset, tmp_path):
    bundle, _ = scripts
    path = tmp_path / bundle.NAME
    bundle.write_bundle(dataset, path, num_train=3, num_held_out=2, share=0.2)
    train, held_out, schema, header = bundle.read_bundle(path)
    assert len(train) == header["num_train"] == 3
    assert 0 < len(held_out) <= 2
    assert schema == dataset.schema
    # A graph is there twice if two epochs draw it, with another epoch each.
    batch = train.__getitems__([0, 4, 2])
    assert batch.epoch.tolist() == [0, 1, 0]
    assert batch.graph_id.tolist() == [0, 1, 2]
    assert train.num_nodes_per_graph.tolist() == [
        graph.num_nodes for graph in batch.to_data_list()
    ]
    corpus = {tuple(graph.input_ids.tolist()) for graph in dataset}
    found = {tuple(g.input_ids.tolist()) for g in batch.to_data_list()}
    assert found <= corpus
    held = held_out.__getitems__([0]).graph_id.tolist()
    assert held == [3]
    folder = str(Path(dataset.store.distinct_paths[0]).parent.parent)
    assert folder.encode() not in path.read_bytes()


def test_a_bundle_of_another_tokenizer_is_refused(
    scripts, dataset, tmp_path, monkeypatch
):
    bundle, _ = scripts
    path = tmp_path / bundle.NAME
    monkeypatch.setattr(bundle, "tokenizer_hash", lambda tokenizer: "another")
    bundle.write_bundle(dataset, path, num_train=1, num_held_out=1, share=0.2)
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"'path' must hold.*\(got 'another'"):
        bundle.read_bundle(path)


def test_the_smoke_run_trains_evaluates_and_reports(
    scripts, tmp_path, monkeypatch, capsys
):
    _, train_gpu = scripts
    monkeypatch.setattr(
        sys, "argv", ["train_gpu.py", "--smoke", "--output", str(tmp_path)]
    )
    assert train_gpu.main() == 0
    (path,) = tmp_path.glob("*.json")
    report = json.loads(path.read_text())
    run = report["codebert"]
    assert run["complete"]
    assert run["share_of_the_epochs"] == pytest.approx(1)
    assert run["nodes_per_second"] > 0
    assert run["tflops"] > 0
    losses = [entry["loss"] for entry in run["losses"]]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    assert report["held_out"]["num_roots"] > 0
    hours = report["paper"]["hours_by_nodes_per_sequence"]
    rate = report["paper"]["measured"]["nodes_per_second"]
    assert hours["1024"] == pytest.approx(
        989_666 * 25 * 1024 / rate / 3600, rel=1e-6
    )
    assert "only a test" in capsys.readouterr().out
    assert "only a test" in path.with_suffix(".md").read_text()


def test_a_gpu_that_is_not_there_is_one_line(scripts, monkeypatch, capsys):
    _, train_gpu = scripts
    monkeypatch.setattr(train_gpu.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["train_gpu.py"])
    with pytest.raises(SystemExit) as stopped:
        train_gpu.main()
    assert stopped.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "'--device cuda' needs a GPU (got none)" in last
