"""The call graphs of small programs are those written down by hand."""

import json
import os
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "data" / "call_graphs"
SCRIPT = runpy.run_path(str(ROOT / "experiments" / "call_graph.py"))


@pytest.mark.parametrize(
    "path",
    sorted(CASES.glob("*/*/callgraph.json")),
    ids=lambda path: "/".join(path.parts[-3:-1]),
)
def test_edges_of_case(path):
    expected = SCRIPT["expected_edges"](path)
    assert SCRIPT["found_edges"](path.parent) == expected


def test_scores_of_cases_that_the_analysis_was_not_written_with(tmp_path):
    # Written apart from it, before it was run on them; not to be changed.
    output = tmp_path / "scores.json"
    held_out = CASES.with_name("call_graphs_held_out")
    arguments = ["--bench", str(held_out), "--json", str(output)]
    assert SCRIPT["main"](arguments) == 0
    scores = json.loads(output.read_text())["all"]
    assert scores["cases"] == 51
    assert scores["precision"] >= 0.976
    assert scores["recall"] >= 0.932


def test_scores_of_all_cases(tmp_path, capsys):
    output = tmp_path / "new" / "scores.json"
    arguments = ["--bench", str(CASES), "--json", str(output)]
    assert SCRIPT["main"](arguments) == 0
    scores = json.loads(output.read_text())
    assert scores["all"]["precision"] >= 0.976
    assert scores["all"]["recall"] >= 0.932
    assert scores["all"]["cases"] >= 60
    assert len(scores) == 19
    assert scores["mro"]["found"] == scores["mro"]["expected"]
    assert "mro" in capsys.readouterr().out


@pytest.fixture
def bench(tmp_path):
    case = tmp_path / "bench" / "args" / "one"
    case.mkdir(parents=True)
    (case / "main.py").write_text("def f():\n    pass\n\nf()\nlen([])\n")
    graph = {"main": ["main.f", "main.g"], "main.f": []}
    (case / "callgraph.json").write_text(json.dumps(graph))
    return case.parents[1]


def test_score_counts_missing_and_spurious_edges(bench, capsys):
    assert SCRIPT["main"](["--bench", str(bench), "--show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "args/one: missing  main -> main.g"
    assert lines[1] == "args/one: spurious main -> <builtin>.len"
    scores = SCRIPT["score"](SCRIPT["run"](bench))
    assert (scores["precision"], scores["recall"]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("main.py", "def f(:\n", "main.py"),
        ("callgraph.json", "[1", "no call graph"),
        ("callgraph.json", '{"main": 3}', "no call graph"),
        ("callgraph.json", '{"main": [["a"]]}', "no call graph"),
        ("callgraph.json", '["main"]', "no call graph"),
    ],
)
def test_bad_input_is_one_line(bench, capsys, name, text, reason):
    (bench / "args" / "one" / name).write_text(text)
    output = bench / "scores.json"
    arguments = ["--bench", str(bench), "--json", str(output)]
    assert SCRIPT["main"](arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert reason in error
    assert not output.exists()


def test_a_folder_without_cases_is_refused(tmp_path, capsys):
    assert SCRIPT["main"](["--bench", str(tmp_path)]) == 2
    assert "callgraph.json" in capsys.readouterr().err


def test_what_a_project_resolves(tmp_path, capsys):
    (tmp_path / "a.py").write_text(
        "class A:\n    def go(self):\n        pass\n\n\n"
        "class B:\n    def go(self):\n        pass\n\n\n"
        "def run(x):\n    x.go()\n\n\nrun(A())\n"
    )
    assert SCRIPT["main"](["--source", str(tmp_path)]) == 0
    header, names, flow = capsys.readouterr().out.splitlines()
    column = header.split().index("project") + 2
    assert int(names.split()[column]) == 2
    assert int(flow.split()[column]) == 3


def test_a_closed_pipe_is_no_traceback(bench, capsys, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:
        monkeypatch.setattr("sys.stdout", stdout)
        assert SCRIPT["main"](["--bench", str(bench)]) == 141
    assert capsys.readouterr().err == ""
