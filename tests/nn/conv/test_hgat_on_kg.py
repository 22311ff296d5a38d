import json
import runpy
from pathlib import Path

import pytest
from torch_geometric import seed_everything

ROOT = Path(__file__).parents[3]
SCRIPT = runpy.run_path(str(ROOT / "experiments" / "hgat_on_kg.py"))


def test_the_planted_class_is_that_of_two_neighbours():
    seed_everything(0)
    data = SCRIPT["planted"](num_nodes=20, num_relations=3, degree=4)
    key, bit = data.x[:, 0].tolist(), (data.x[:, 1] > 0).long().tolist()
    for node in range(20):
        sources = [
            data.edge_index[
                0, (data.edge_index[1] == node) & (data.edge_type == relation)
            ].tolist()
            for relation in range(3)
        ]
        assert [len(s) for s in sources] == [4, 4, 4]
        u = max(sources[0], key=lambda j: key[j])
        v = min(sources[1], key=lambda j: key[j])
        assert data.y[node] == 2 * bit[u] + bit[v]


@pytest.mark.parametrize("dataset", ["fake", "fake-hetero", "planted"])
def test_every_layer_is_trained_on_labelled_nodes(dataset, tmp_path, capsys):
    path = tmp_path / "result.json"
    options = ["--dataset", dataset, "--seeds", "1", "--epochs", "1"]
    assert SCRIPT["main"]([*options, "--hidden", "4", "--json", str(path)]) == 0
    models = json.loads(path.read_text())["models"]
    assert set(models) == {"most frequent class", *SCRIPT["LAYERS"]}
    printed = capsys.readouterr().out
    for name, row in models.items():
        assert name in printed
        assert 0 < row["accuracy"] <= 1
    seed_everything(0)
    data = SCRIPT["TASKS"][dataset].make()
    assert data.y[data.train_idx].min() == 0
    assert not set(data.train_idx.tolist()) & set(data.test_idx.tolist())


def test_a_refused_download_is_one_line_and_status_two(
    monkeypatch, tmp_path, capsys
):
    def refuse(*arguments):
        raise OSError("no network")

    names = SCRIPT["aifb"].__globals__
    monkeypatch.setitem(names, "Entities", refuse)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    path = tmp_path / "result.json"
    assert SCRIPT["main"](["--dataset", "aifb", "--json", str(path)]) == 2
    message = capsys.readouterr().err
    assert message == "hgat_on_kg.py: aifb: no network\n"
    assert not path.exists()


def test_a_missing_reader_is_named(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert SCRIPT["main"](["--dataset", "aifb"]) == 2
    assert "pip install rdflib" in capsys.readouterr().err
