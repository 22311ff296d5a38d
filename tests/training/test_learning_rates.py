"""The learning rate of every group follows the schedule."""

import math

import pytest
from small_run import small_trainer
from transformers import TrainerCallback

LR, STEPS, WARMUP, FLOOR = 1e-3, 7, 2, 1e-4
MULTIPLIER = {"decay": 1, "no_decay": 1, "attention": 50}


def linear(step):
    if step < WARMUP:
        return step / WARMUP
    return (STEPS - step) / (STEPS - WARMUP)


def cosine(step):
    if step < WARMUP:
        return step / WARMUP
    done = (step - WARMUP) / (STEPS - WARMUP)
    share = (1 + math.cos(math.pi * done)) / 2
    return share * (1 - FLOOR / LR) + FLOOR / LR


SCHEDULES = {
    "linear": (linear, {}),
    "cosine_with_min_lr": (cosine, {"min_lr": FLOOR}),
}


class Rates(TrainerCallback):
    """Remembers the rates that the optimizer takes every step with."""

    def __init__(self, stop_after=None):
        self.of_steps, self.stop_after = {}, stop_after

    def on_pre_optimizer_step(self, args, state, control, **kwargs):
        groups = kwargs["optimizer"].param_groups
        self.of_steps[state.global_step] = {
            group["name"]: group["lr"] for group in groups
        }

    def on_step_end(self, args, state, control, **kwargs):
        control.should_training_stop |= state.global_step == self.stop_after


@pytest.mark.parametrize("name", SCHEDULES)
def test_groups_follow_it_through_warm_up_decay_and_resume(
    dataset, tmp_path, name
):
    share, options = SCHEDULES[name]

    def train(rates, **start):
        trainer = small_trainer(
            dataset,
            tmp_path,
            max_steps=STEPS,
            learning_rate=LR,
            warmup_steps=WARMUP,
            lr_scheduler_type=name,
            lr_scheduler_kwargs=options,
            gradient_accumulation_steps=1,
            eval_strategy="no",
            save_steps=4,
        )
        trainer.add_callback(rates)
        trainer.train(**start)
        return rates.of_steps

    cut = train(Rates(stop_after=4))
    rest = train(Rates(), resume_from_checkpoint=True)
    assert (list(cut), list(rest)) == ([0, 1, 2, 3], [4, 5, 6])
    for step, rates in (cut | rest).items():
        for group, multiplier in MULTIPLIER.items():
            expected = multiplier * LR * share(step)
            assert rates[group] == pytest.approx(expected), (step, group)
