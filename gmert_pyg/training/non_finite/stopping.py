"""The end of training at a step that is not finite."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
from safetensors import SafetensorError
from torch import Tensor

from gmert_pyg.training.checkpoints.whole import last_complete_checkpoint
from gmert_pyg.training.non_finite.error import (
    NonFiniteLossError,
    graph_names,
    in_words,
)
from gmert_pyg.training.non_finite.micro_batch import (
    FACTS_FILE,
    MODEL_FOLDER,
    MicroBatch,
    write_micro_batch,
)
from gmert_pyg.training.non_finite.replaying import Replay, run_again
from gmert_pyg.whole_output import whole_directory

FOLDER = "non_finite"


@dataclass(slots=True)
class Step:
    """One step of the optimizer.

    Args:
        number: the number of the step, from 1 on.
        micro_batches: the batches whose gradients are added up.
    """

    number: int
    micro_batches: list[MicroBatch]

    def flags(self, norm: Tensor | float, device: torch.device) -> Tensor:
        """Tell what is finite: every part of the loss of every batch, and the
        norm of the gradient, in one tensor on the device.
        """
        values = [
            value.float().view(())
            for micro_batch in self.micro_batches
            for value in micro_batch.losses.values()
        ]
        values.append(torch.as_tensor(norm, device=device).float().view(()))
        return torch.isfinite(torch.stack(values))

    def first_bad(self, flags: list[bool]) -> tuple[int, list[str]] | None:
        """Return the first batch with a part of the loss that is not finite,
        and these parts.
        """
        flag = iter(flags)
        for index, micro_batch in enumerate(self.micro_batches):
            names = list(micro_batch.losses)
            bad = [name for name in names if not next(flag)]
            if bad:
                return index, bad
        return None


def stop(trainer: Any, step: Step, flags: list[bool]) -> NoReturn:
    """Save the batch, and say what happened.

    Args:
        trainer: the Trainer.
        step: the step.
        flags: what was finite in this process.

    Raises:
        NonFiniteLossError: always.
    """
    folder = None
    if all(flags):
        message = "it is in another process, whose message names the batch"
    else:
        message, folder = _explain(trainer, step, flags)
    # Whoever is first to end takes the others with it, maybe while they save.
    trainer.accelerator.wait_for_everyone()
    raise NonFiniteLossError(
        f"training stopped: not finite at step {step.number}: {message}", folder
    )


def _explain(
    trainer: Any, step: Step, flags: list[bool]
) -> tuple[str, Path | None]:
    found = step.first_bad(flags)
    if found is None:
        index, again = _find_gradient(trainer.graph_model, step)
        bad = ["the norm of the gradient"]
    else:
        index, bad = found
        again = run_again(trainer.graph_model, step.micro_batches[index])
    micro_batch = step.micro_batches[index]
    names = graph_names(micro_batch.batch, trainer.train_dataset)
    what = " and ".join(_with_value(part, micro_batch) for part in bad)
    origin = again.origin or "nowhere when tried again"
    facts = {
        "step": step.number,
        "micro_batch": index,
        "not_finite": bad,
        "losses": {k: str(v.item()) for k, v in micro_batch.losses.items()},
        "origin": origin,
        "graphs": names,
        "graphs_not_finite": again.graphs,
        "last_checkpoint": _last_checkpoint(trainer.args.output_dir),
    }
    told = [names[number] for number in again.graphs] or names
    message = (
        f"{what}, first in {origin}, on {len(told)} of the {len(names)} graphs"
        f" of {_which(index, step)}: {in_words(told)}"
    )
    folder, saved = _save(trainer, step, micro_batch, facts)
    return f"{message}; {saved}", folder


def _find_gradient(model: Any, step: Step) -> tuple[int, Replay]:
    """Find the batch whose gradient is not finite: the sum does not tell."""
    last = len(step.micro_batches) - 1
    for index, micro_batch in enumerate(step.micro_batches[:-1]):
        again = run_again(model, micro_batch)
        if again.origin is not None:
            return index, again
    return last, run_again(model, step.micro_batches[last])


def _save(
    trainer: Any, step: Step, micro_batch: MicroBatch, facts: dict[str, Any]
) -> tuple[Path | None, str]:
    """Save the batch, unless the disk is full; say where it is."""
    args = trainer.args
    rank = f"-rank-{args.process_index}" if args.world_size > 1 else ""
    folder = Path(args.output_dir, FOLDER, f"step-{step.number}{rank}")
    # Its weights are in several processes.
    sharded = trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled
    try:
        with whole_directory(folder) as temporary:
            write_micro_batch(temporary, micro_batch, facts)
            if not sharded:
                trainer.graph_model.save_pretrained(temporary / MODEL_FOLDER)
    except (OSError, SafetensorError) as error:
        return None, f"the batch could not be saved ({error})"
    call = f"gmert_pyg.training.non_finite.replay('{folder}')"
    return folder, (
        f"saved in '{folder}', where {FACTS_FILE} names all graphs; to repeat"
        f" the step: {call}"
    )


def _last_checkpoint(output_dir: str) -> str | None:
    last = last_complete_checkpoint(output_dir)
    return None if last is None else last.name


def _with_value(part: str, micro_batch: MicroBatch) -> str:
    value = micro_batch.losses.get(part)
    return part if value is None else f"{part} {value.item()}"


def _which(index: int, step: Step) -> str:
    count = len(step.micro_batches)
    return "the batch" if count == 1 else f"batch {index + 1} of {count}"
