import json
import shutil
from pathlib import Path

import networkx as nx
import pytest
import torch
from huggingface_hub import ModelCard
from transformers import AutoModelForPreTraining, AutoTokenizer

from gmert_pyg import ChainGraph
from gmert_pyg.cli import main, make_parser

FEW = ["--max-steps", "3", "--held-out", "10", "--completions", "4"]


@pytest.fixture(scope="module")
def output(tmp_path_factory, corpus, built) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "demo"
    command = ["demo", "--output", str(folder), "--data", built]
    assert main([*command, "--source", corpus, *FEW]) == 0
    return folder


def test_it_writes_all_it_promises_and_nothing_else(output):
    assert {path.name for path in output.iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "metrics.json",
        "kg.jsonl",
        "kg.graphml",
        "report.html",
    }
    assert not list(output.parent.glob(".*"))


def test_model_and_tokenizer_load(output):
    model = AutoModelForPreTraining.from_pretrained(output)
    tokenizer = AutoTokenizer.from_pretrained(output)
    graph = ChainGraph.from_source("def f(x):\n    return x\n", tokenizer)
    with torch.no_grad():
        logits = model.eval()(graph).logits
    assert logits.shape == (graph.num_nodes, len(tokenizer))
    assert bool(logits.isfinite().all())


def test_metrics_have_both_baselines_and_the_cost(output):
    metrics = json.loads((output / "metrics.json").read_text())
    assert [(row["task"], row["metric"]) for row in metrics["held_out"]] == [
        ("masked tokens (MLM)", "accuracy"),
        ("masked leaves (MNM)", "hits@1"),
        ("masked leaves (MNM)", "hits@10"),
        ("local leaves", "hits@10"),
        ("non-local leaves", "hits@10"),
        ("masked relations", "accuracy"),
        ("masked relations", "macro-F1"),
    ]
    for row in metrics["held_out"]:
        assert row["num_items"] > 0
        assert all(
            0 <= row[who] <= 1 for who in ("model", "majority", "lookup")
        )
    assert {"time", "peak memory", "hardware", "command"} <= set(metrics["run"])
    assert {"mlm_loss", "leaf_loss"} <= metrics["log_history"][0].keys()


def test_every_completed_triple_has_a_source(output):
    rows = [
        json.loads(line)
        for line in (output / "kg.jsonl").read_text().splitlines()
    ]
    assert len(rows) == 4
    for row in rows:
        lines = Path(row["file"]).read_text().splitlines()
        head = row["head"].rpartition(".")[2]
        assert 0 < row["line"] <= len(lines)
        assert 0 < row["confidence"] <= 1
        assert row["status"] in ("hidden", "known", "unconfirmed")
        assert (row["status"] == "hidden") == (
            row["tail"].replace(" ", "") == row["hidden_tail"].replace(" ", "")
        )
        # An import may give the head another name in this file.
        assert head in lines[row["line"] - 1] or " as " in "\n".join(lines)
    graph = nx.read_graphml(output / "kg.graphml")
    assert graph.number_of_edges() == len(rows)


def test_the_report_needs_nothing_but_itself(output):
    page = (output / "report.html").read_text()
    for part in ("<svg", "majority", "lookup", "flows_to", "file://"):
        assert part in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_a_directory_of_others_is_never_replaced(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("years of work")
    assert main(["demo", "--output", str(tmp_path)]) == 2
    assert "thesis.tex" in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_model_card_changed_by_hand_is_never_replaced(
    output, tmp_path, capsys
):
    folder = tmp_path / "demo"
    shutil.copytree(output, folder)
    card = folder / "README.md"
    card.write_text(card.read_text().replace("GraphMERT", "Graph-MERT"))
    before = card.read_text()
    assert main(["demo", "--output", str(folder)]) == 2
    assert "README.md" in capsys.readouterr().err
    assert card.read_text() == before


def test_the_model_card_holds_the_metrics(output):
    card = ModelCard.load(output / "README.md")
    rows = json.loads((output / "metrics.json").read_text())["held_out"]
    found = [
        (result.metric_name, result.metric_value)
        for result in card.data.eval_results
    ]
    assert found == [
        (
            f"{row['metric']}, {row['task']}",
            pytest.approx(row["model"], abs=1e-4),
        )
        for row in rows
    ]
    for row in rows:
        assert f"| {row['num_items']:,} | {row['model']:.3f} |" in card.text
    # Where the corpus lies is nobody's business.
    assert "| corpus | email |" in card.text
    assert str(Path(metrics_source(output)).parent) not in str(card)


def metrics_source(output):
    """Return the folder that the demo read."""
    metrics = json.loads((output / "metrics.json").read_text())
    return metrics["run"]["command"].rpartition("--source ")[2]


def test_a_failed_run_keeps_the_last_one_and_leaves_nothing(
    output, corpus, built, monkeypatch, capsys
):
    before = {path: path.stat().st_mtime_ns for path in output.iterdir()}

    def interrupt(*_):
        raise KeyboardInterrupt

    command = ["demo", "--output", str(output), "--data", built]
    command += ["--source", corpus, *FEW]
    monkeypatch.setattr("gmert_pyg.cli.demo.compare", interrupt)
    assert main(command) == 130
    assert "interrupted" in capsys.readouterr().err

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gmert_pyg.cli.demo.compare", full_disk)
    assert main(command) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert before == {p: p.stat().st_mtime_ns for p in output.iterdir()}
    assert [path.name for path in output.parent.iterdir()] == ["demo"]


@pytest.mark.parametrize("flag", ["--report-to", "--report_to"])
def test_flags_of_transformers_are_read_as_they_write_them(flag):
    assert make_parser().parse_args(["demo", flag, "wandb"]).report_to == (
        "wandb"
    )
