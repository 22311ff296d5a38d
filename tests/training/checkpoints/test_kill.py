"""`kill -9`, and on: the same weights and the same log, bit for bit."""

import random
import sys

import pytest
import torch
from killed_run import PLACES, Run

from gmert_pyg.training import last_complete_checkpoint

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="processes are forked"
)


@pytest.fixture(scope="module")
def new_run(dataset, project, tmp_path_factory):
    """Make a run in a new folder, always the same one."""

    def make(**options):
        folder = tmp_path_factory.mktemp("run")
        return Run(dataset.root, project, folder, **options)

    return make


def assert_same_outcome(run, whole):
    weights, log = run.outcome()
    whole_weights, whole_log = whole.outcome()
    assert weights.keys() == whole_weights.keys()
    for name, value in weights.items():
        assert torch.equal(value, whole_weights[name]), name
    assert log == whole_log


def last_step(run):
    last = last_complete_checkpoint(run.output)
    return 0 if last is None else int(last.name.removeprefix("checkpoint-"))


def test_killed_while_saving_and_at_random(new_run):
    whole = new_run(max_steps=10)
    seconds = whole.finish()
    run = new_run(max_steps=10)
    run.kill_at(PLACES[0])
    assert (last_step(run), any(run.output.glob("*.partial"))) == (0, True)
    for place, step in zip(PLACES[1:], (0, 0, 2, 6), strict=True):
        run.kill_at(place)
        assert last_step(run) == step, place
    assert any(run.output.glob("*.removed"))
    moments = random.Random(0)
    for _ in range(2):
        run.kill_after(moments.uniform(0, seconds / 2))
        assert last_step(run) >= 6
    run.finish()
    assert_same_outcome(run, whole)
    left = sorted(path.name for path in run.output.glob("*checkpoint*"))
    assert left == ["checkpoint-10", "checkpoint-8"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_killed_at_twenty_random_moments(new_run, seed):
    options = {"max_steps": 30, "save_steps": 2, "logging_steps": 5}
    whole = new_run(**options)
    seconds = whole.finish()
    moments = random.Random(seed)
    run, kills, steps = new_run(**options), 0, []
    while kills < 20:
        before = last_step(run)
        if run.kill_after(moments.uniform(0, seconds)):
            kills += 1
            steps.append(last_step(run))
            assert steps[-1] >= before
        else:
            assert_same_outcome(run, whole)
            run = new_run(**options)
    run.finish()
    assert_same_outcome(run, whole)
    print(f"killed 20 times, last checkpoints then: {steps}")
    assert len(set(steps)) > 3
