"""What the files of a checkpoint must be, before anything reads them."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from transformers.trainer_pt_utils import safe_globals

# The files that are read by unpickling, restricted to tensors and numbers.
_PICKLED = (
    "optimizer.pt",
    "optimizer.bin",
    "scheduler.pt",
    "scaler.pt",
    "rng_state*.pth",
    "pytorch_model*.bin",
)
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_INDICES = tuple(f"{name}.index.json" for name in _WEIGHTS)


def unreadable_file(folder: Path) -> str | None:
    """Tell what a checkpoint without a manifest lacks, or cannot be read.

    Only the ends of the files are looked at, which a truncated one lacks.

    Args:
        folder: the checkpoint.
    """
    if not list(folder.glob("rng_state*.pth")):
        return "rng_state.pth is missing"
    weights = _weight_files(folder)
    if not weights:
        return "model.safetensors is missing"
    needed = [
        *weights,
        folder / "trainer_state.json",
        folder / "optimizer.pt",
        folder / "scheduler.pt",
        *sorted(folder.glob("rng_state*.pth")),
    ]
    for path in needed:
        if not path.is_file():
            return f"{path.name} is missing"
        if not _is_readable(path):
            return f"{path.name} cannot be read"
    return None


def _weight_files(folder: Path) -> list[Path]:
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return [folder / name]
    for name in _INDICES:
        if (folder / name).is_file() and _is_readable(folder / name):
            index = json.loads((folder / name).read_text(encoding="utf-8"))
            shards = sorted(set(index["weight_map"].values()))
            return [folder / shard for shard in shards]
    return []


def _is_readable(path: Path) -> bool:
    if path.suffix == ".json":
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            return False
        return True
    if path.suffix == ".safetensors":
        try:
            with safe_open(path, "pt"):
                return True
        except SafetensorError:
            return False
    return zipfile.is_zipfile(path)


def check_only_tensors(folder: Path) -> None:
    """Check that no file of a checkpoint asks for code to be run.

    Unpickling is restricted to tensors, numbers and containers of them; nothing
    else is looked up, let alone called. No tensor is read.

    Args:
        folder: the checkpoint.

    Raises:
        ValueError: if a file holds anything else.
    """
    for pattern in _PICKLED:
        for path in sorted(folder.glob(pattern)):
            try:
                with safe_globals():
                    torch.load(
                        path, map_location="meta", weights_only=True, mmap=True
                    )
            except (pickle.UnpicklingError, RuntimeError) as error:
                raise ValueError(
                    "'resume_from_checkpoint' must hold tensors and numbers,"
                    f" and no code (got '{path}')"
                ) from error
