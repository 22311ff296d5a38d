"""Trains, resumes and evaluates: as one process, or as a rank of several.

    torchrun --nproc-per-node 2 ranks.py PROJECT DIRECTORY

Rank r writes what it found to DIRECTORY/rank_r.json.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

import torch
from transformers import TrainerCallback, set_seed

from gmert_pyg import (
    CodeChainGraphs,
    GraphMertConfig,
    GraphMertForPreTraining,
)
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import make_trainer, prepare_data

# Micro-batches of a step, over all ranks.
BATCHES_PER_STEP = 2
STEPS = 4


class CountedBuilds(CodeChainGraphs):
    builds = 0

    def process(self):
        CountedBuilds.builds += 1
        super().process()


def make_model(dataset, dropout):
    set_seed(0)
    config = GraphMertConfig.small(
        vocab_size=len(dataset.tokenizer),
        num_hidden_layers=1,
        hidden_size=32,
        num_attention_heads=2,
        intermediate_size=64,
        hgat_dropout=dropout,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        pad_token_id=dataset.tokenizer.pad_token_id,
        mask_token_id=dataset.tokenizer.mask_token_id,
    )
    return GraphMertForPreTraining(config)


def arguments(output, **changes):
    ranks = int(os.environ.get("WORLD_SIZE", 1))
    return GraphMertTrainingArguments(
        **{
            "output_dir": str(output),
            "max_steps": STEPS,
            "gradient_accumulation_steps": max(1, BATCHES_PER_STEP // ranks),
            "token_budget": 70,
            "learning_rate": 1e-2,
            "warmup_steps": 0,
            "logging_steps": 2,
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
            **changes,
        }
    )


def train(data, output, dropout=0.0, resume=None, **changes):
    """Return a trainer after training."""
    model = make_model(data.train, dropout)
    trainer = make_trainer(model, data, arguments(output, **changes))
    trainer.seeds = []
    trainer.add_callback(Seed(trainer.seeds))
    trainer.train(resume_from_checkpoint=resume)
    return trainer


class Seed(TrainerCallback):
    """Notes the state of the random numbers where the last step ends."""

    def __init__(self, seeds):
        self.seeds = seeds

    def on_train_end(self, args, state, control, **kwargs):
        digest = hashlib.sha256(torch.get_rng_state().numpy().tobytes())
        self.seeds.append(digest.hexdigest())


def weights(trainer):
    """Return all weights in one list, and what they hash to."""
    values = [v.detach().flatten() for v in trainer.model.parameters()]
    flat = torch.cat(values)
    digest = hashlib.sha256(flat.numpy().tobytes()).hexdigest()
    return {"hash": digest, "first": flat[:: len(flat) // 500].tolist()}


def evaluations(trainer, data):
    """Return metrics for many and few batches, as many as may be."""
    found = {}
    for number in (1, 2, 3, len(data.train)):
        part = data.train.index_select(list(range(number)))
        metrics = trainer.evaluate(part)
        for name in list(metrics):
            if "runtime" in name or "per_second" in name:
                del metrics[name]
        found[number] = metrics
    return found


def check(project, directory):
    """Return everything that the tests compare."""
    directory = Path(directory)
    dataset = CountedBuilds(
        str(directory / "data"), source=project, num_workers=0
    )
    data = prepare_data(dataset, held_out_share=0.2)
    trainer = train(
        data,
        directory / "plain",
        eval_strategy="steps",
        eval_steps=2,
    )
    found = {
        "builds": CountedBuilds.builds,
        "world_size": trainer.args.world_size,
        "history": list(trainer.state.log_history),
        "weights": weights(trainer),
        "evaluations": evaluations(trainer, data),
    }
    epoch = train(
        data, directory / "epoch", max_steps=-1, num_train_epochs=1
    )
    found["steps_of_an_epoch"] = epoch.state.global_step
    found["weights_of_an_epoch"] = weights(epoch)
    return found, data


def check_resuming(data, directory):
    """Return the weights of a run, and of one that was cut short."""
    directory = Path(directory)
    options = {"save_strategy": "steps", "save_steps": 2, "logging_steps": 1}
    whole = train(data, directory / "whole", dropout=0.1, **options)
    resumed = train(
        data,
        directory / "cut",
        dropout=0.1,
        resume=str(directory / "whole" / "checkpoint-2"),
        **options,
    )
    return {
        "whole": weights(whole),
        "resumed": weights(resumed),
        "whole_history": whole.state.log_history[:-1],
        "resumed_history": resumed.state.log_history[:-1],
        "seeds": [whole.seeds, resumed.seeds],
    }


if __name__ == "__main__":
    project, directory = sys.argv[1:]
    found, data = check(project, directory)
    found |= check_resuming(data, directory)
    path = Path(directory, f"rank_{os.environ['RANK']}.json")
    path.write_text(json.dumps(found))
