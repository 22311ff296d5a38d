"""Trains with FSDP2 on the CPU, as a rank of several.

    torchrun --nproc-per-node 2 fully_sharded.py PROJECT DIRECTORY

Rank r writes what it found to DIRECTORY/rank_r.json.

accelerate shards on GPUs only: of processes on the CPU it makes plain copies,
whatever it is asked. That decision is taken back here; all the rest is as on
GPUs, with gloo for NCCL.
"""

import json
import os
import sys
from pathlib import Path

import torch
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedType
from ranks import evaluations, train
from torch.distributed.fsdp import FSDPModule

from gmert_pyg import CodeChainGraphs, GraphMertForPreTraining
from gmert_pyg.training.processes.fully_sharded import whole
from gmert_pyg.training.pretraining.preparation import prepare_data

_init = AcceleratorState.__init__


def _init_sharded(self, *args, fsdp_plugin=None, **kwargs):
    _init(self, *args, fsdp_plugin=fsdp_plugin, **kwargs)
    plugin = fsdp_plugin or self.__dict__.get("fsdp_plugin")
    if plugin and self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type = DistributedType.FSDP
        self.fsdp_plugin = plugin


def weights(trainer):
    values = [whole(v).flatten() for v in trainer.model.parameters()]
    flat = torch.cat(values)
    return flat[:: len(flat) // 500].tolist()


def saved(trainer, directory):
    """Return whether the model that is saved is the one that was trained."""
    trainer.save_model(directory)
    trainer.accelerator.wait_for_everyone()
    loaded = GraphMertForPreTraining.from_pretrained(directory)
    named = dict(trainer.model.named_parameters())
    return all(
        torch.equal(whole(named[name]), value)
        for name, value in loaded.named_parameters()
    )


def main(project, directory):
    directory = Path(directory)
    dataset = CodeChainGraphs(
        str(directory / "data"), source=project, num_workers=0
    )
    data = prepare_data(dataset, held_out_share=0.2)
    plain = train(data, directory / "plain", fsdp=True)
    groups = plain.optimizer.param_groups
    found = {
        "history": list(plain.state.log_history),
        "sharded_modules": sorted(
            {
                type(module).__name__
                for module in plain.model.modules()
                if isinstance(module, FSDPModule)
            }
        ),
        "groups": {
            group["name"]: sum(value.numel() for value in group["params"])
            for group in groups
        },
        "evaluations": evaluations(plain, data),
        "saved": saved(plain, directory / "model"),
    }
    options = {
        "dropout": 0.1,
        "fsdp": True,
        "logging_steps": 1,
        "eval_strategy": "steps",
        "eval_steps": 2,
        "save_strategy": "steps",
        "save_steps": 2,
    }
    full = train(data, directory / "whole", **options)
    resumed = train(
        data,
        directory / "cut",
        resume=str(directory / "whole" / "checkpoint-2"),
        **options,
    )
    found["whole"], found["resumed"] = weights(full), weights(resumed)
    path = directory / f"rank_{os.environ['RANK']}.json"
    path.write_text(json.dumps(found))


if __name__ == "__main__":
    AcceleratorState.__init__ = _init_sharded
    main(*sys.argv[1:])
