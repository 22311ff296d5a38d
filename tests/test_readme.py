import json
import re
import runpy
from pathlib import Path
from shutil import copytree

from gmert_pyg import GraphMertForPreTraining

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_example_runs_in_twenty_lines(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(example.splitlines()) <= 20
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    assert "roots" in capsys.readouterr().out


def test_training_from_python_takes_ten_lines(project, tmp_path, monkeypatch):
    _, _, section = README.partition("\n## Pre-training from Python\n")
    section, _, _ = section.partition("\n## ")
    (example,) = re.findall(r"```py\n(.*?)```", section, re.S)
    assert sum(map(bool, example.splitlines())) <= 10
    copytree(project, tmp_path / "path/to/project", symlinks=True)
    monkeypatch.chdir(tmp_path)
    # A thousand steps would take minutes.
    assert "max_steps=1000" in example
    names = {"__name__": "readme"}
    example = example.replace("max_steps=1000", "max_steps=2, token_budget=300")
    exec(compile(example, "README.md", "exec"), names)
    # The text tells how to read the model.
    (name,) = re.findall(r'from_pretrained\("(run/[^"]+)"\)', section)
    trained = GraphMertForPreTraining.from_pretrained(name.replace("1000", "2"))
    expected = names["trainer"].model.state_dict()
    for key, value in trained.state_dict().items():
        assert value.equal(expected[key].cpu()), key


def test_the_figures_are_those_that_were_measured():
    script = runpy.run_path(str(ROOT / "experiments" / "readme_table.py"))
    results = ROOT / "experiments" / "results"
    measured = json.loads((results / "demo" / "metrics.json").read_text())
    assert script["table"](measured) in README
    assert script["reading_table"](results) in README
    assert script["model_table"](results) in README
    assert script["pretraining_table"](results) in README


def test_every_file_that_is_linked_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
