from pathlib import Path

import pytest

from gmert_pyg.training import GraphMertTrainer, GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)


@pytest.fixture
def tracked_trainer(tiny_model, dataset):
    """Return a trainer that logs each step, and evaluates each second one."""
    data = prepare_data(dataset, held_out_share=0.2)

    def make(output: Path, **changes) -> GraphMertTrainer:
        options = {
            "lr_scheduler_type": "constant",
            "token_budget": 600,
            "logging_steps": 1,
            "eval_strategy": "steps",
            "eval_steps": 2,
            "save_strategy": "steps",
            "save_steps": 2,
            "disable_tqdm": True,
            "use_cpu": True,
            **changes,
        }
        arguments = GraphMertTrainingArguments(str(output), **options)
        return make_trainer(tiny_model, data, arguments)

    return make
