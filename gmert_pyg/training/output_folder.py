"""The folder of a run: whether it may be written to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from transformers import PreTrainedTokenizerFast

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.dataset_checks import check_schema, check_tokenizer
from gmert_pyg.schema import Schema
from gmert_pyg.training.run_configuration import FILE_NAME

OF_A_MODEL = (
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "vocab_size",
    "hgat",
    "decay",
    "decay_mode",
    "occurrence",
    "sbo",
    "leaf_loss",
    "relation_loss",
)


def check_output(
    output_dir: str | None, *, resume: bool = False, overwrite: bool = False
) -> Path:
    """Check that a run may write to a folder, without writing.

    Args:
        output_dir: the folder.
        resume: whether an earlier run there goes on. (default: :obj:`False`)
        overwrite: whether it is replaced. (default: :obj:`False`)

    Raises:
        ValueError: if there is no name, if the folder is a file or cannot be
            written to, if it holds something else than a run, or if it holds
            a run that is neither to go on nor to be replaced.
    """
    if not output_dir:
        raise ValueError(
            "'output_dir' must name the folder of the run: add --output_dir"
            f" DIR (got {output_dir!r})"
        )
    if resume and overwrite:
        raise ValueError(
            "'resume' must not be given together with overwrite_output_dir:"
            " leave one of them out (got both)"
        )
    folder = Path(output_dir)
    there = next(one for one in (folder, *folder.absolute().parents)
                 if one.exists())  # fmt: skip
    if not there.is_dir():
        raise ValueError(
            f"'output_dir' must be a folder (got '{folder}', where '{there}'"
            " is a file)"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(
            "'output_dir' must be in a folder that can be written to (got"
            f" '{folder}')"
        )
    if there != folder or not any(folder.iterdir()):
        return folder
    if not is_run(folder):
        first = min(path.name for path in folder.iterdir())
        raise ValueError(
            "'output_dir' must be new, empty or an earlier run (got"
            f" '{folder}' with '{first}')"
        )
    if not resume and not overwrite:
        raise ValueError(
            "'output_dir' must be new: add --resume to go on, or"
            f" --overwrite_output_dir to start again (got '{folder}', an"
            " earlier run)"
        )
    return folder


def is_run(folder: Path) -> bool:
    """Return whether a folder was written by a run.

    Args:
        folder: the folder.
    """
    return (folder / FILE_NAME).is_file() or any(folder.glob("checkpoint-*"))


def forget_checkpoints(folder: Path) -> None:
    """Delete the checkpoints of a run, from which another could go on.

    Args:
        folder: the folder of the run.
    """
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)


def check_resumable(
    checkpoint: str,
    config: GraphMertConfig,
    schema: Schema,
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    """Check that training can go on from a checkpoint.

    Args:
        checkpoint: its folder.
        config: that of the model which was asked for.
        schema: its relations.
        tokenizer: its tokens.

    Raises:
        ValueError: if it is of another tokenizer, schema, size or kind.
    """
    found = GraphMertConfig.from_pretrained(checkpoint)
    check_schema(found, schema)
    check_tokenizer(found, tokenizer)
    for name in OF_A_MODEL:
        asked, was = getattr(config, name), getattr(found, name)
        if asked != was:
            raise ValueError(
                f"'output_dir' must hold checkpoints of {name} {asked}"
                f" (got '{checkpoint}' of {was})"
            )
