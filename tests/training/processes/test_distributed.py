"""Several processes on the CPU, against one with the same plan."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "data" / "distributed"
ROOT = Path(__file__).parents[3]


def launch(num_ranks, *command):
    """Run a command as several ranks, on a port of their own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    path = [str(ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    return subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", str(num_ranks), *command),
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def ranks(num_ranks, project, directory, script="ranks.py"):
    """Run a script as several ranks, and return what each found."""
    done = launch(
        num_ranks, str(SCRIPTS / script), str(project), str(directory)
    )
    assert done.returncode == 0, done.stderr
    return [
        json.loads((directory / f"rank_{rank}.json").read_text())
        for rank in range(num_ranks)
    ]


@pytest.fixture(scope="module")
def one(project, tmp_path_factory):
    """What one process finds, with accumulation instead of ranks."""
    spec = importlib.util.spec_from_file_location("ranks", SCRIPTS / "ranks.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found, _ = script.check(project, tmp_path_factory.mktemp("one"))
    return json.loads(json.dumps(found))


@pytest.fixture(scope="module")
def two(project, tmp_path_factory):
    """What each of two ranks finds."""
    return ranks(2, project, tmp_path_factory.mktemp("two"))


def entries(found, *names):
    return [
        {name: entry[name] for name in names}
        for entry in found["history"]
        if names[0] in entry
    ]


LOSSES = ("loss", "mlm_loss", "sbo_loss", "leaf_loss", "relation_loss")


def test_one_rank_builds_the_dataset_and_the_other_waits(two):
    assert [found["world_size"] for found in two] == [2, 2]
    assert sum(found["builds"] for found in two) == 1


def test_two_ranks_have_the_losses_of_one_process(one, two):
    expected = entries(one, *LOSSES, "grad_norm")
    assert len(expected) == 2
    for found in two:
        for theirs, ours in zip(
            entries(found, *LOSSES, "grad_norm"), expected, strict=True
        ):
            assert theirs == pytest.approx(ours, rel=1e-5)
    assert two[0]["weights"] == two[1]["weights"]
    assert two[0]["weights"]["first"] == pytest.approx(
        one["weights"]["first"], abs=1e-5
    )


def test_the_loss_is_that_of_its_parts(two):
    for entry in entries(two[0], *LOSSES):
        roots = entry["mlm_loss"] + entry["sbo_loss"]
        leaves = entry["leaf_loss"] + entry["relation_loss"]
        assert entry["loss"] == pytest.approx(0.6 * roots + 0.4 * leaves)


def test_evaluation_while_training_is_that_of_one_process(one, two):
    names = ("eval_loss", "eval_mlm_loss", "eval_num_roots")
    expected = entries(one, *names)
    assert len(expected) == 2
    for found in two:
        assert entries(found, *names) == [
            pytest.approx(entry, rel=1e-5) for entry in expected
        ]


def test_each_graph_is_evaluated_once_whatever_the_number_of_batches(one, two):
    for found in two:
        for number, metrics in one["evaluations"].items():
            theirs = found["evaluations"][number]
            assert theirs == pytest.approx(metrics, rel=1e-4), number
            for name in ("eval_num_roots", "eval_num_leaves"):
                assert theirs[name] == metrics[name]


def test_an_epoch_has_the_same_whole_steps(one, two):
    assert two[0]["steps_of_an_epoch"] == one["steps_of_an_epoch"] > 1
    assert two[0]["weights_of_an_epoch"]["first"] == pytest.approx(
        one["weights_of_an_epoch"]["first"], abs=1e-4
    )


def test_two_ranks_resume_bit_for_bit(two):
    for found in two:
        assert found["resumed"] == found["whole"] == two[0]["whole"]
        assert found["seeds"][0] == found["seeds"][1]
        losses = [
            [entry["loss"] for entry in found[name] if "loss" in entry]
            for name in ("whole_history", "resumed_history")
        ]
        assert losses[0] == losses[1]
        assert len(losses[0]) == 4


def test_ranks_draw_dropout_of_their_own(two):
    assert two[0]["seeds"] != two[1]["seeds"]


@pytest.mark.slow
def test_three_ranks_evaluate_as_one_process(one, project, tmp_path_factory):
    for found in ranks(3, project, tmp_path_factory.mktemp("three")):
        for number, metrics in one["evaluations"].items():
            counts = {n: v for n, v in metrics.items() if "num" in n}
            theirs = found["evaluations"][number]
            assert {name: theirs[name] for name in counts} == counts


@pytest.fixture(scope="module")
def sharded(project, tmp_path_factory):
    """What each of two ranks finds that divide the weights between them."""
    directory = tmp_path_factory.mktemp("sharded")
    return ranks(2, project, directory, "fully_sharded.py")


def test_sharded_training_has_the_losses_of_one_process(one, sharded):
    # Sums over the halves of the weights round otherwise than over all: the
    # norm of the gradients, and by it and AdamW what is learnt fastest.
    rounded = ("grad_norm", "decay_offset/head_0")
    for found in sharded:
        assert "FSDPRobertaLayer" in found["sharded_modules"]
        for theirs, ours in zip(
            entries(found, *LOSSES), entries(one, *LOSSES), strict=True
        ):
            assert theirs == pytest.approx(ours, rel=1e-5)
        for theirs, ours in zip(
            entries(found, *rounded), entries(one, *rounded), strict=True
        ):
            assert theirs == pytest.approx(ours, rel=1e-4)


def test_sharded_parameters_keep_their_groups(sharded):
    groups = sharded[0]["groups"]
    # The decay offsets of both heads.
    assert groups["attention"] == 2
    assert groups["decay"] > groups["no_decay"] > 1000


def test_sharded_evaluation_is_that_of_one_process(one, sharded):
    for found in sharded:
        for number, metrics in one["evaluations"].items():
            theirs = found["evaluations"][number]
            assert theirs == pytest.approx(metrics, rel=1e-4), number


def test_a_sharded_model_is_saved_whole(sharded):
    assert all(found["saved"] for found in sharded)


def test_sharded_training_resumes_bit_for_bit(sharded):
    assert sharded[0]["resumed"] == sharded[0]["whole"]
    assert sharded[0]["whole"] == sharded[1]["whole"]
