"""A training run of a second, with all that a restart could get wrong.

Dropout, accumulation, an evaluation within, and checkpoints that fall neither
on the steps that are logged nor on those that are evaluated.
"""

from pathlib import Path

from transformers import set_seed

from gmert_pyg import CodeChainGraphs, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.training import GraphMertTrainer, GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)
from gmert_pyg.training.tracking.throughput import TIMED

# What a log tells about the time that has passed.
_TIMES = ("runtime", "per_second", *TIMED)


def small_trainer(
    dataset: CodeChainGraphs, output: Path, hidden_size: int = 32, **changes
) -> GraphMertTrainer:
    """Return a trainer of a model of one layer, as new."""
    set_seed(0)
    tokenizer = dataset.tokenizer
    config = GraphMertConfig.small(
        vocab_size=len(tokenizer),
        num_hidden_layers=1,
        hidden_size=hidden_size,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=tokenizer.pad_token_id,
        mask_token_id=tokenizer.mask_token_id,
    )
    options = {
        "max_steps": 7,
        "gradient_accumulation_steps": 2,
        "token_budget": 200,
        "learning_rate": 1e-3,
        "warmup_steps": 2,
        "logging_steps": 3,
        "eval_strategy": "steps",
        "eval_steps": 4,
        "save_strategy": "steps",
        "save_steps": 2,
        "save_total_limit": 2,
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": True,
        **changes,
    }
    return make_trainer(
        GraphMertForPreTraining(config),
        prepare_data(dataset, held_out_share=0.2),
        GraphMertTrainingArguments(str(output), **options),
    )


def log_of(trainer: GraphMertTrainer) -> list[dict[str, float]]:
    """Return the log without times."""
    return [
        {
            name: value
            for name, value in entry.items()
            if not name.endswith(_TIMES)
        }
        for entry in trainer.state.log_history
    ]
