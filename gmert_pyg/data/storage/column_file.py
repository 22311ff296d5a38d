"""Columns with a JSON header in one file: safetensors, without pickle."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gmert_pyg.whole_output import whole_file

FORMAT_VERSION = 2
_NARROW = (torch.uint8, torch.int16, torch.int32)
_HASHED_AT_ONCE = 1 << 20

Columns = dict[str, Tensor]


def write_columns(
    path: str | os.PathLike[str],
    kind: str,
    header: dict[str, Any],
    columns: Columns,
) -> None:
    """Write a file; a reader sees all of it or nothing.

    The same columns and header always give the same bytes.

    Args:
        path: the file.
        kind: what it holds, which a reader must ask for.
        header: JSON-serialisable data.
        columns: the columns by name.
    """
    entries = {"kind": kind, "format": FORMAT_VERSION, **header}
    with whole_file(path) as temporary:
        save_file(
            {name: value.contiguous() for name, value in columns.items()},
            temporary,
            # One entry: the order of several is not defined.
            metadata={"header": json.dumps(entries)},
        )


def read_columns(
    path: str | os.PathLike[str], kind: str
) -> tuple[dict[str, Any], Columns]:
    """Map a file into memory: its columns are read when they are used.

    Args:
        path: the file.
        kind: what it must hold.

    Returns:
        Its header and its columns. Writing into a column does not change the
        file.

    Raises:
        ValueError: if there is no such file, or if it is cut short, holds
            something else, or was written by another version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})["header"])
            found = (header["kind"], header["format"])
            if found != (kind, FORMAT_VERSION):
                raise ValueError(
                    f"'path' must be a '{kind}' file of format"
                    f" {FORMAT_VERSION}: delete '{path}' and build the dataset"
                    f" again (got '{found[0]}' of format {found[1]})"
                )
            return header, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (
        SafetensorError,
        OSError,
        KeyError,
        TypeError,
        json.JSONDecodeError,
    ) as error:
        raise ValueError(
            f"'path' must be a whole dataset file: delete '{path}' and build"
            f" the dataset again (got {error})"
        ) from error


def narrow(values: Tensor) -> Tensor:
    """Return integers in the narrowest type that holds them all."""
    if values.dtype not in (torch.long, *_NARROW):
        return values
    low, high = (
        (int(values.min()), int(values.max())) if values.numel() else (0, 0)
    )
    for dtype in _NARROW:
        info = torch.iinfo(dtype)
        if info.min <= low and high <= info.max:
            return values.to(dtype)
    return values


def text_column(text: bytes) -> Tensor:
    """Return bytes as a column."""
    return torch.from_numpy(np.frombuffer(text, np.uint8).copy())


def file_sha256(path: str | os.PathLike[str]) -> str:
    """Return the hash of a file's bytes, which are read piece by piece."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_HASHED_AT_ONCE):
            digest.update(piece)
    return digest.hexdigest()
