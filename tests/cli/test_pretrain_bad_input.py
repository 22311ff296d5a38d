"""What is wrong is said in one line, before anything is written."""

import pytest
import torch

from gmert_pyg.cli import main

NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")

# Flags, and what the one line says.
CONTRADICTIONS = [
    ("--no-leaves --mnm leaf", "'mnm' must be left out with --no-leaves"),
    ("--no-leaves --hgat", "'hgat' must be left out with --no-leaves"),
    ("--no-hgat --occurrence hgat", "'occurrence' must be 'off' or 'bias'"),
    ("--no-hgat --hgat_dropout 0.1", "'hgat_dropout' must be left out"),
    ("--no-occurrences --occurrence bias", "with --no-occurrences"),
    ("--no-decay --decay_mode bias", "'decay_mode' must be left out"),
    ("--no-span --sbo true", "'sbo' must be left out with --no-span"),
    ("--attention sdpa", "unless --decay_mode bias or --no-decay"),
    ("--attention flex", "'attention' must be 'eager' unless --dropout 0"),
    ("--bf16 --precision bf16", "'precision' must not be given together"),
    ("--fp16 --precision bf16", "'precision' must not be given together"),
    ("--bf16 --fp16", "'bf16' must not be given together with 'fp16'"),
    ("--max_steps 3 --num_train_epochs 2", "together with 'num_train_epochs'"),
    ("--token_budget 9 --per_device_train_batch_size 2", "leave one of them"),
    ("--save_steps 3 --save_epochs 2", "'save_steps' must not be given"),
    ("--local_only --non_local_only", "'local_only' must not be given"),
    ("--resume --overwrite_output_dir", "'resume' must not be given"),
    ("--dry-run --resume --overwrite_output_dir", "'resume' must not be given"),
    ("--load_best_model_at_end --eval_strategy no", "'eval_strategy' must not"),
    ("--load_best_model_at_end --eval_strategy epoch", "be 'steps', as save"),
    ("--load_best_model_at_end --save_strategy no", "'save_strategy' must not"),
    ("--load_best_model_at_end --eval_steps 300", "a multiple of the 300"),
    ("--early_stopping_patience 2 --save_strategy no", "'save_strategy' must"),
    (
        "--early_stopping_patience 2 --load_best_model_at_end false",
        "'early_stopping_patience' must be left out",
    ),
    ("--metric_for_best_model loss", "without load_best_model_at_end"),
    (
        "--load_best_model_at_end --metric_for_best_model bleu",
        "'metric_for_best_model' must be one of loss, mlm_loss",
    ),
    ("--base_model x --from_scratch", "must be left out with --from_scratch"),
    ("--base_model {roberta} --hidden_size 64", "'hidden_size' must be left"),
    ("--wandb_project x", "left out without --report_to wandb"),
    ("--hub_model_id x", "left out without --push_to_hub"),
    ("--label_smoothing_factor 0.1", "has no effect"),
    ("--resume_from_checkpoint x", "use --resume"),
    ("--deepspeed x.json", "'deepspeed' must be left out: several GPUs"),
    ("--fsdp full_shard", "'fsdp' must be left out of one process"),
    ("--ddp_backend gloo", "'ddp_backend' must be left out of one process"),
]
VALUES = [
    ("--token_budget 0", "'token_budget' must be positive (got 0)"),
    ("--learning_rate 0", "'learning_rate' must be positive (got 0.0)"),
    ("--learning_rate nan", "'learning_rate' must be positive (got nan)"),
    ("--learning_rate fast", "invalid float value: 'fast'"),
    ("--save_steps 0", "'save_steps' must be positive"),
    ("--max_steps 0", "'max_steps' must be positive"),
    ("--warmup_steps -1", "'warmup_steps' must not be negative"),
    ("--rate 1.5", "'rate' must be in (0, 1)"),
    ("--lambda_mlm 2", "'lambda_mlm' must be in [0, 1]"),
    ("--held_out_share 0", "'held_out_share' must be in (0, 1)"),
    ("--max_eval_samples 0", "'max_eval_samples' must be positive"),
    ("--mnm leafs", "choose from 'leaf', 'relation', 'both'"),
    ("--dropout 1.5", "'dropout' must be in [0, 1) (got 1.5)"),
    ("--lr_scheduler_kwargs {{a", "'lr_scheduler_kwargs' must be JSON"),
    ("--lr_scheduler_kwargs [1]", "'lr_scheduler_kwargs' must be JSON"),
    ("--hidden_size 30", "'hidden_size' must be a multiple of"),
    ("--schema nope", "'schema' must be one of code, extended"),
    ("--report_to nowhere", "'report_to' must have the package"),
    ("--lerning_rate 3", "unknown flag --lerning_rate, did you mean --learn"),
    ("--output x", "unknown flag --output, did you mean --output_dir?"),
    ("--seed 3 extra", "'extra' belongs to no flag of gmert pretrain"),
]
ELSEWHERE = [
    ("--source no/such", "'source' must be 'stdlib', or"),
    ("--tokenizer no/such", "'tokenizer' must be a folder or hub name"),
    ("--base_model no/such", "give --base_model PATH, or train its shape by"),
    ("--base_model ./there", "'./there', no such folder"),
    ("--tokenizer {other} --base_model {roberta}", "must be that of --base"),
    ("--config no.yaml", "'config' must be a file that can be read"),
    ("--data {data}/file", "'data' must be a folder"),
    ("--output_dir {data}/file/run", "'output_dir' must be a folder"),
    ("--output_dir {data}", "must be new, empty or an earlier run"),
    pytest.param("--device cuda", "no GPU is visible here", marks=NO_GPU),
    pytest.param("--use_cpu false", "no GPU is visible here", marks=NO_GPU),
    pytest.param(
        "--attention flex --dropout 0",
        "'attention' must be 'eager' or 'sdpa' on a CPU",
        marks=NO_GPU,
    ),
]


@pytest.fixture
def other(tmp_path_factory):
    """A tokenizer with a token more."""
    from gmert_pyg import GraphMertTokenizer

    folder = tmp_path_factory.mktemp("other")
    tokenizer = GraphMertTokenizer.default()
    tokenizer.add_tokens(["<more>"])
    tokenizer.save_pretrained(folder)
    return str(folder)


def status(command):
    try:
        return main(command)
    except SystemExit as stop:
        return stop.code


@pytest.mark.parametrize(
    ("flags", "message"), [*CONTRADICTIONS, *VALUES, *ELSEWHERE]
)
def test_bad_input_is_one_line_and_nothing_is_written(
    flags, message, roberta, other, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    data = tmp_path / "data"
    data.mkdir()
    (data / "file").write_text("not a run")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    flags = flags.format(roberta=roberta, other=other, data=data)
    command = ["pretrain", *flags.split()]
    if "--output_dir" not in command:
        command += ["--output_dir", "out"]
    assert status(command) == 2
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("gmert: error: ")
    assert message in lines[0]
    assert not list(here.iterdir())
    assert [path.name for path in data.iterdir()] == ["file"]


def test_the_folder_of_the_run_must_be_named(capsys):
    assert main(["pretrain"]) == 2
    assert "add --output_dir DIR" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lerning_rate: 3", "'lerning_rate' in 'f.yaml', did you mean 'learn"),
        ("learning_rate: fast", "'f.yaml' must be a number (got 'fast')"),
        ("max_steps: 1.5", "must be a whole number (got 1.5)"),
        ("max_steps: [1, 2]", "'max_steps' in 'f.yaml' must"),
        ("max_steps: {a: 1}", "must be one value"),
        ("max_steps: null", "must have a value"),
        ("hgat: perhaps", "must be true or false (got 'perhaps')"),
        ("mnm: leafs", "must be one of leaf, relation, both"),
        ("preset: big", "'preset' must be one of"),
        ("a: [1", "'f.yaml', line 1"),
        ("seed: 1\nseed: 2", "'seed' is given twice"),
        ("- seed", "'config' must hold names and values"),
        ("max_steps: 1\nnum_train_epochs: 2", "together with 'num_train"),
        ("leaves: false\nmnm: both", "'mnm' must be left out"),
    ],
)
def test_wrong_files_are_one_line(text, message, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.yaml").write_text(text)
    assert main(["pretrain", "--output_dir", "out", "--config", "f.yaml"]) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert message in line
    assert [path.name for path in tmp_path.iterdir()] == ["f.yaml"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--token_budget 100", "'token_budget' must hold the longest graph"),
        ("--max_positions 9", "add --max_positions 128, or cut by --max_roots"),
    ],
)
def test_the_longest_graph_must_fit(
    flags, message, corpus, built, tmp_path, capfd
):
    out = tmp_path / "out"
    command = ["pretrain", "--data", built, "--source", corpus]
    command += ["--output_dir", str(out), *flags.split()]
    assert main(command) == 2
    last = capfd.readouterr().err.strip().splitlines()[-1]
    assert message in last
    assert not out.exists()


def test_one_file_cannot_be_split(tmp_path, capfd):
    source = tmp_path / "a.py"
    source.write_text("def f(x):\n    return x\n\ndef g(y):\n    return f(y)\n")
    command = ["pretrain", "--data", str(tmp_path / "data")]
    command += ["--source", str(source), "--output_dir", str(tmp_path / "out")]
    assert main(command) == 2
    last = capfd.readouterr().err.strip().splitlines()[-1]
    assert "'source' must have files to hold out" in last
    assert "groups" not in last
    assert not (tmp_path / "out").exists()


def test_an_earlier_run_is_not_replaced_unasked(tmp_path, capsys):
    (tmp_path / "checkpoint-5").mkdir()
    assert main(["pretrain", "--output_dir", str(tmp_path)]) == 2
    assert "--resume to go on, or --overwrite_out" in capsys.readouterr().err
