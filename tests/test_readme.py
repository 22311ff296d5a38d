import json
import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_example_runs_in_twenty_lines(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(example.splitlines()) <= 20
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    assert "roots" in capsys.readouterr().out


def test_the_figures_are_those_that_were_measured():
    script = runpy.run_path(str(ROOT / "experiments" / "readme_table.py"))
    results = ROOT / "experiments" / "results"
    measured = json.loads((results / "demo" / "metrics.json").read_text())
    assert script["table"](measured) in README
    assert script["reading_table"](results) in README
    assert script["model_table"](results) in README


def test_every_file_that_is_linked_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
