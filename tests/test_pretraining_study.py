import json
import runpy
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gmert_pyg.training import EvaluationSums

EXPERIMENTS = Path(__file__).parents[1] / "experiments"
NUM_RELATIONS = 2


@pytest.fixture
def scripts(monkeypatch):
    # The scripts import each other, as they find each other when run.
    monkeypatch.syspath_prepend(str(EXPERIMENTS))
    return lambda name: runpy.run_path(str(EXPERIMENTS / f"{name}.py"))


@pytest.fixture(scope="module")
def many_modules(tmp_path_factory) -> Path:
    """Thirty modules of five functions, each of which calls the one before."""
    root = tmp_path_factory.mktemp("modules")
    for module in range(30):
        text = f"def start_{module}(value: int) -> int:\n    return value\n"
        for number in range(5):
            before = f"step_{module}_{number - 1}" if number else "start"
            before = before if number else f"start_{module}"
            text += (
                f"\n\ndef step_{module}_{number}(value: int, other) -> int:\n"
                f"    result_{number} = {before}(value) + {module * number}\n"
                f"    return result_{number} * other.part_{module}\n"
            )
        (root / f"module_{module}.py").write_text(text)
    return root


def test_a_smoke_run_is_reported_and_goes_on_where_it_ended(
    scripts, many_modules, tmp_path
):
    study, report = scripts("pretraining_study"), scripts("pretraining_report")
    results, run = tmp_path / "results", tmp_path / "run"
    command = [
        *("tiny", "--smoke", "--source", str(many_modules)),
        *("--data", str(tmp_path / "data"), "--run", str(run)),
        *("--results", str(results)),
    ]
    result = json.loads(study["main"](command).read_text())
    assert result["cost"]["steps"] == 4
    assert result["cost"]["samples"] > result["cost"]["steps"]
    assert len(result["curves"]["training"]["mlm_loss"]) == 4
    assert result["curves"]["validation"]["step"] == [0, 2, 4]
    items = result["test"]["items"]
    assert items["num_roots"] > 0
    assert items["num_leaves"] == (
        items["num_leaves_local"] + items["num_leaves_non_local"]
    )
    # Training tokens are all alike but for a few: frequencies tell much.
    losses = result["test"]["frequency_losses"]
    assert 0 < losses["relation_loss"] < losses["mlm_loss"]
    groups = result["split"]["groups"]
    assert not set(groups["validation"]) & set(groups["test"])
    assert all(
        ("leaf_loss" in result["test"]["metrics"][who]) == (who == "model")
        for who in ("model", "majority", "lookup")
    )
    weights = load_file(run / "model.safetensors")

    again = json.loads(study["main"](command).read_text())
    assert again["test"] == result["test"]
    assert again["curves"] == result["curves"]
    for name, weight in load_file(run / "model.safetensors").items():
        assert torch.equal(weight, weights[name]), name

    report["main"](results)
    page = (results / "README.md").read_text()
    assert "## tiny" in page
    assert "| calls |" in page
    assert (results / "tiny.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_and_the_plots_are_those_of_the_results(scripts):
    report = scripts("pretraining_report")
    results = report["read_results"](report["RESULTS"])
    page = (report["RESULTS"] / "README.md").read_text()
    assert page == report["page"](results)
    for result in results:
        assert (report["RESULTS"] / f"{result['name']}.png").is_file()


def rows_of(right):
    """Return the sums of graphs with ten leaves each, so many of them right."""
    rows = []
    for hits in right:
        sums = EvaluationSums.zeros(NUM_RELATIONS)
        sums.leaves += torch.tensor([10.0, 0.0, hits, hits])
        rows.append(sums.flat())
    return torch.stack(rows)


def test_errors_are_those_of_graphs_not_of_targets(scripts):
    figures = scripts("compared_by_graph")["figures"]
    right = rows_of([10, 0] * 50)
    none = rows_of([0] * 100)
    rows = {"model": right, "majority": none, "lookup": right}
    table, items = figures(rows, 0.6, NUM_RELATIONS)
    value, error = table["model"]["leaf_hits@1"]
    assert value == 0.5
    # Of 100 graphs that are right or wrong as a whole: sqrt(1/4 / 100), where
    # 1,000 independent leaves would have a third of it.
    assert error == pytest.approx(0.05, abs=0.005)
    assert items["num_leaves"] == 1000
    # Paired: where both are right on the same graphs, the lead is certain.
    assert table["lead"]["leaf_hits@1"] == [0.0, 0.0]
    assert "leaf_loss" not in table["lookup"]


def test_scores_of_relations(scripts):
    sums = EvaluationSums.zeros(NUM_RELATIONS)
    sums.confusion += torch.tensor([[3.0, 1.0], [1.0, 0.0]])
    table = scripts("compared_by_graph")["relation_table"](
        sums.flat()[None], ["calls", "returns"]
    )
    assert table["calls"] == {
        "items": 4,
        "precision": 0.75,
        "recall": 0.75,
        "f1": 0.75,
    }
    assert table["returns"]["f1"] == 0.0
