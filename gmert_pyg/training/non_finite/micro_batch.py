"""A batch as it was when the model got it, on disk and in memory."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch_geometric.data import Batch, Data

BATCH_FILE = "batch.safetensors"
RANDOM_FILE = "random_state.safetensors"
FACTS_FILE = "step.json"
MODEL_FOLDER = "model"

_NUM_ITEMS = "num_items_in_batch"


@dataclass
class MicroBatch:
    """What one forward pass got, and what came of it.

    Args:
        batch: the batch.
        random_state: the state of the random numbers of the CPU, and of the
            device if it is another.
        autocast: the name of the type that products are computed in, if not
            their own.
        num_items: what the losses are divided by, if not the number of their
            own items.
        losses: the parts of the loss.
    """

    batch: Data
    random_state: dict[str, Tensor]
    autocast: str | None = None
    num_items: Tensor | None = None
    losses: dict[str, Tensor] = field(default_factory=dict)


def random_state(device: torch.device) -> dict[str, Tensor]:
    """Return the state of the random numbers, without waiting for a device."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: dict[str, Tensor], device: torch.device) -> None:
    """Return to a state of the random numbers."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)


def write_micro_batch(
    folder: Path, micro_batch: MicroBatch, facts: dict[str, Any]
) -> None:
    """Write a batch and what is known of it into an empty folder."""
    tensors = {
        name: value.detach().cpu().contiguous().clone()
        for name, value in micro_batch.batch.to_dict().items()
        if isinstance(value, Tensor)
    }
    if micro_batch.num_items is not None:
        tensors[_NUM_ITEMS] = micro_batch.num_items.detach().cpu().clone()
    save_file(tensors, folder / BATCH_FILE)
    save_file(micro_batch.random_state, folder / RANDOM_FILE)
    facts = facts | {"autocast": micro_batch.autocast}
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    (folder / FACTS_FILE).write_text(f"{text}\n", encoding="utf-8")


def read_micro_batch(
    folder: str | os.PathLike[str], device: torch.device
) -> tuple[MicroBatch, dict[str, Any]]:
    """Read what :func:`write_micro_batch` wrote.

    Raises:
        ValueError: if the folder does not hold it.
    """
    folder = Path(folder)
    if not (folder / FACTS_FILE).is_file():
        raise ValueError(
            "'folder' must hold a batch that training stopped at, with"
            f" '{FACTS_FILE}' (got '{folder}')"
        )
    facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
    tensors = load_file(folder / BATCH_FILE, device=str(device))
    num_items = tensors.pop(_NUM_ITEMS, None)
    micro_batch = MicroBatch(
        Batch(**tensors),
        load_file(folder / RANDOM_FILE),
        facts["autocast"],
        num_items,
    )
    return micro_batch, facts
