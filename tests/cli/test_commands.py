import json
import os
import re
import resource
import signal
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file

from gmert_pyg import (
    CodeChainGraphs,
    GraphMertConfig,
    GraphMertForPreTraining,
    GraphMertTokenizer,
)
from gmert_pyg.cli import COMMANDS, main, make_parser
from gmert_pyg.tokenization import tokenizer_hash

ROOT = Path(__file__).parents[2]


def test_every_command_explains_itself(capsys):
    names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
    for name in names:
        with pytest.raises(SystemExit) as stop:
            make_parser().parse_args([name, "--help"])
        assert stop.value.code == 0
        assert f"gmert {name}" in capsys.readouterr().out
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"^\| `gmert (\w+)", readme, re.M)) == set(names)


@pytest.mark.parametrize(
    "command",
    [
        ["build", "--source", "no/such/place"],
        ["build", "--max-roots", "0"],
        ["build", "--max-triples-per-head", "0"],
        ["build", "--alpha", "2"],
        ["build", "--languages", "cobol"],
        ["build", "--languages", "python,cobol"],
        ["demo", "--source", "no/such/place"],
        ["demo", "--max-steps", "0"],
        ["evaluate", "no/such/model"],
        ["evaluate", "no/such/model", "--hidden", "-1"],
        ["evaluate", "no/such/model", "--hidden", "0", "--calibrate"],
        ["evaluate", "no/such/model", "--hidden-share", "2"],
        ["show", "no/such/file.py::f"],
        ["demo", "--occurrence", "hgat", "--no-occurrences"],
    ],
)
def test_bad_input_is_one_line_and_status_2(
    command, tmp_path, monkeypatch, capsys, corpus
):
    monkeypatch.chdir(tmp_path)
    if command[0] == "build" and "--source" not in command:
        command = [*command, "--source", corpus]
    assert main(command) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("gmert: error: ")
    assert "got" in error
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def model_directory(tmp_path):
    """A tiny model for the shipped tokenizer."""
    tokenizer = GraphMertTokenizer.default()
    config = GraphMertConfig.small(
        len(tokenizer),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        tokenizer_hash=tokenizer_hash(tokenizer),
    )
    GraphMertForPreTraining(config).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def truncate(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def lose_a_weight(folder):
    path = folder / "model.safetensors"
    weights = load_file(path)
    del weights["graphmert.decay_offset"]
    save_file(weights, path, {"format": "pt"})


def reshape_a_weight(folder):
    path = folder / "model.safetensors"
    weights = load_file(path)
    weights["graphmert.decay_offset"] = torch.ones(3)
    save_file(weights, path, {"format": "pt"})


def set_in_config(**changes):
    def change(folder):
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def use_occurrences(folder):
    tokenizer = GraphMertTokenizer.default()
    GraphMertConfig.small(
        len(tokenizer),
        tokenizer_hash=tokenizer_hash(tokenizer),
        occurrence="bias",
    ).save_pretrained(folder)


def break_config(folder):
    (folder / "config.json").write_text("{")


def lose_the_weights(folder):
    (folder / "model.safetensors").unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, "must hold whole tensors only"),
        (lose_a_weight, "no graphmert.decay_offset"),
        (reshape_a_weight, "of shape (3,), not (2,)"),
        (set_in_config(decay_mode="add"), "'decay_mode' must be one of"),
        (set_in_config(decay_base="x"), "'config_dict' must be of"),
        (break_config, "config.json"),
        (set_in_config(model_type="bert"), "(got 'bert' in "),
        (lose_the_weights, "model.safetensors"),
        (set_in_config(tokenizer_hash="0123"), "(got '0123', 8192 tokens)"),
        (
            set_in_config(schema=None, num_relations=12),
            "'model' must have been made for schema 'extended'",
        ),
    ],
)
def test_evaluate_refuses_a_damaged_or_another_model(
    damage, message, model_directory, tmp_path, capfd
):
    source = tmp_path / "a.py"
    source.write_text("def f(x: int) -> int:\n    return x\n")
    damage(model_directory)
    command = ["evaluate", str(model_directory), "--data", str(tmp_path / "d")]
    command += ["--source", str(source), "--workers", "1"]
    if "extended" in message:
        command += ["--schema", "extended"]
    assert main(command) == 2
    error = capfd.readouterr().err
    last = error.strip().splitlines()[-1]
    assert last.startswith("gmert: error: ")
    assert message in last
    assert "Traceback" not in error


def test_show_draws_a_function_as_text(tmp_path, capsys):
    path = tmp_path / "shop.py"
    path.write_text(
        "class Shop:\n"
        "    def price(self, item: str) -> float:\n"
        "        return len(item)\n"
    )
    assert main(["show", f"{path}::Shop.price"]) == 0
    shown = capsys.readouterr().out
    assert "shop.Shop.price" in shown
    assert "returns -> float" in shown
    assert "has_type -> str" in shown
    assert "returns_to" not in shown
    assert main(["show", f"{path}::Shop.price", "--occurrences"]) == 0
    shown = capsys.readouterr().out
    assert "returns_to -> " in shown
    assert "last_write -> " in shown
    assert main(["show", str(path)]) == 0
    assert capsys.readouterr().out == "shop.Shop.price\n"
    assert main(["show", f"{path}::Shop.cost"]) == 2
    assert "'shop.Shop.price'" in capsys.readouterr().err
    path.write_text("# nothing\n")
    assert main(["show", str(path)]) == 2
    assert "must be in a file with functions" in capsys.readouterr().err


def test_show_tells_what_other_files_of_the_project_say(project, capsys):
    function = f"{project / 'app' / 'use.py'}::total"
    assert main(["show", function]) == 0
    assert "inherits -> Shape" not in capsys.readouterr().out
    assert main(["show", function, "--project", str(project)]) == 0
    shown = capsys.readouterr().out
    assert "app.use.total" in shown
    assert "inherits -> Shape" in shown  # of Square, in another file
    elsewhere = str(project / "geometry")
    assert main(["show", function, "--project", elsewhere]) == 2
    assert "'project' must hold the file" in capsys.readouterr().err


def test_info_names_versions_and_relations(capsys):
    assert main(["info"]) == 0
    shown = capsys.readouterr().out
    assert f"torch            {version('torch')}" in shown
    assert "11 flows_to" in shown


def test_build_names_what_it_skipped(project, tmp_path, capsys):
    command = ["build", "--data", str(tmp_path), "--source", str(project)]
    assert main(command) == 0
    shown = capsys.readouterr().out
    for name in ("broken.py", "dangling.py", "deep.py", "latin.py"):
        assert name in shown
    assert "7 functions" in shown


def test_build_tells_what_is_in_no_graph(tmp_path, capsys):
    source = tmp_path / "source"
    source.mkdir()
    # Five tokens are outside of the function, which is not wholly read.
    (source / "a.py").write_text("x = 1\n\ndef f(y):\n    return y\n")
    (source / "b.py").write_text("def g(z):\n    return z\n)\n")
    root = str(tmp_path / "data")
    command = ["build", "--data", root, "--source", str(source)]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "lie outside of what becomes graphs" in shown
    assert "1 files with errors of syntax" in shown
    assert f"  {source / 'b.py'}" in shown
    statistics = CodeChainGraphs(root, source=str(source)).statistics
    assert statistics["recovered"] == [str(source / "b.py")]
    assert statistics["dropped_facts"] == 0


def test_build_reads_other_languages_and_leaves_occurrences_out(
    tmp_path, capsys
):
    (tmp_path / "a.py").write_text("def f(x):\n    return x + x\n")
    (tmp_path / "b.go").write_text(
        "package b\nfunc g(x int) int { return x }\n"
    )
    build = ["build", "--source", str(tmp_path), "--data"]
    build += [str(tmp_path / "data")]
    assert main(build) == 0
    assert "1 files, 1 functions" in capsys.readouterr().out
    assert main([*build, "--languages", "python,go", "--no-occurrences"]) == 0
    assert "2 files, 2 functions" in capsys.readouterr().out
    dataset = CodeChainGraphs(
        str(tmp_path / "data"),
        source=str(tmp_path),
        languages=("python", "go"),
        occurrences=False,
    )
    assert not any(dataset.statistics["occurrences"].values())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("pypi:--index-url=x", "'pypi:NAME[==VERSION][,...]'"),
        ("pypi:gmert-no-such-package==1", "wheels that pip can download"),
        ("none.jsonl", "a file that exists"),
        ("broken.jsonl", "records with 'code'"),
        ("none/*.py", "directory, file or glob"),
    ],
)
def test_sources_that_cannot_be_had_are_one_line(
    tmp_path, monkeypatch, capsys, source, reason
):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.jsonl").write_text("{\n")
    assert main(["build", "--data", "data", "--source", source]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gmert: error: 'source' must")
    assert reason in line
    assert source.removeprefix("pypi:") in line


def run_gmert(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "gmert_pyg", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, **options
    )


def test_a_reader_that_stops_early_is_no_error():
    command = f"{sys.executable} -m gmert_pyg show gmert_pyg/cli/demo.py::run"
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.returncode in (0, 141)


def unfinished(root: Path) -> list[Path]:
    """Return what is no whole file, and what says that there is a dataset."""
    return [*root.rglob("*.tmp"), *root.rglob("index.safetensors")]


def test_a_full_disk_is_one_line_and_leaves_nothing_unfinished(
    tmp_path, corpus
):
    limit = 100_000  # bytes that a file may grow to

    def fill_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = run_gmert(
        "build", "--data", str(tmp_path), "--source", corpus,
        preexec_fn=fill_disk,
    )  # fmt: skip
    assert done.returncode == 2
    assert "gmert: error: " in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not unfinished(tmp_path)


def test_an_interrupted_build_leaves_nothing_unfinished(tmp_path):
    command = [sys.executable, "-m", "gmert_pyg", "build", "--data"]
    process = subprocess.Popen(
        [*command, str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell starts its background jobs deaf to interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    # In mid-work: while processes start, Python may drop an interrupt.
    shown = ""
    while not re.search(r"[1-9]%", shown):
        shown += process.stderr.read(1)
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (
        error.splitlines()[-1]
        == "gmert: interrupted, nothing half-done was kept"
    )
    assert "Traceback" not in error
    assert not unfinished(tmp_path)


def without_datasets() -> bool:
    """Tell whether Hugging Face's `datasets` is absent."""
    try:
        version("datasets")
    except PackageNotFoundError:
        return True
    return False


@pytest.mark.skipif(
    not without_datasets(), reason="Hugging Face datasets is installed"
)
def test_training_runs_in_the_repository_where_datasets_is_a_folder(
    tmp_path, corpus, built
):
    # `python -m` puts the current directory first on the path: there
    # `import datasets` finds our folder, which stock Trainer trips over.
    environment = {**os.environ, "WANDB_MODE": "offline"}
    # What wandb gathers about the machine takes longer than the training.
    environment |= {
        "WANDB_CONSOLE": "off",
        "WANDB_X_DISABLE_STATS": "true",
        "WANDB_X_DISABLE_META": "true",
        "WANDB_X_DISABLE_MACHINE_INFO": "true",
    }
    environment["WANDB_DIR"] = str(tmp_path)
    run = [sys.executable, "-m", "gmert_pyg", "pretrain", "--data", built]
    run += ["--source", corpus, "--output_dir", str(tmp_path / "model")]
    run += ["--max-steps", "2", "--save-steps", "1", "--report-to", "wandb"]
    done = subprocess.run(
        run, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (ROOT / "datasets").is_dir()
    assert list(tmp_path.glob("wandb/offline-run-*/*.wandb"))
    saved = tmp_path / "model"
    assert (
        json.loads((saved / "config.json").read_text())["model_type"]
        == "graphmert"
    )
    assert GraphMertTokenizer.from_pretrained(saved).mask_token_id is not None
    assert (saved / "checkpoint-2").is_dir()


def test_nothing_is_sent_anywhere_unless_asked(
    tmp_path, corpus, built, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "wandb", None)  # importing it would fail
    command = ["pretrain", "--data", built, "--source", corpus]
    command += ["--output_dir", str(tmp_path / "model"), "--max-steps", "1"]
    command += ["--occurrence", "bias"]
    assert main([*command, "--license", "mit"]) == 0
    saved = json.loads((tmp_path / "model" / "config.json").read_text())
    assert saved["occurrence"] == "bias"
    card = ModelCard.load(tmp_path / "model" / "README.md")
    assert card.data.license == "mit"
    assert len(card.data.eval_results) == 7
    assert "| optimizer steps | 1 |" in card.text
    assert not (tmp_path / "wandb").exists()
    metrics = tmp_path / "metrics.json"
    command = ["evaluate", str(tmp_path / "model"), "--data", built]
    command += ["--source", corpus, "--held-out", "5", "--json", str(metrics)]
    assert main(command) == 0
    found = json.loads(metrics.read_text())
    assert len(found["held_out"]) == 7
    hidden = found["hidden_triples"]["metrics"]
    assert {*hidden} == {"model", "frequency", "lookup", "nearest"}
    told = capsys.readouterr().out
    assert "nearest" in told
    assert "non-local" in told
    capsys.readouterr()
    assert main([*command, "--held-out", "0"]) == 2
    assert "'max_held_out' must be positive (got 0)" in capsys.readouterr().err
