"""The folder of a run: whether it may be written to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerFast

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.dataset_checks import check_schema, check_tokenizer
from gmert_pyg.schema import Schema
from gmert_pyg.training.checkpoints.whole import checkpoints_in
from gmert_pyg.training.checkpoints.writing import remove_checkpoint
from gmert_pyg.training.pretraining.setting_layers import FILE_NAME
from gmert_pyg.training.pretraining.setting_types import (
    defaults,
    read_settings,
    setting_names,
)

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

# Does not change what was done, or what is left to do.
MAY_CHANGE = frozenset(
    {
        *("data", "workers", "max_eval_samples", "output_dir", "preset"),
        *("max_steps", "num_train_epochs", "device", "license", "use_cpu"),
        *("dry_run", "resume", "overwrite_output_dir", "disable_tqdm"),
        *("report_to", "run_name", "wandb_project", "dataloader_num_workers"),
        *("logging_strategy", "logging_steps", "log_level"),
        *("eval_strategy", "eval_steps", "early_stopping_patience"),
        *("load_best_model_at_end", "metric_for_best_model"),
        *("save_strategy", "save_steps", "save_epochs", "save_total_limit"),
        *("push_to_hub", "hub_model_id", "hub_token", "hub_strategy"),
        *("hub_private_repo", "torch_compile", "gradient_checkpointing"),
    }
)


def check_folder(name: str, folder: Path) -> Path:
    """Check that a folder is there or can be made, without making it.

    Args:
        name: the argument that names it.
        folder: the folder.

    Returns:
        What is there: the folder, or the nearest one around it.

    Raises:
        ValueError: if it, or what is around it, is a file or cannot be written
            to.
    """
    there = next(one for one in (folder, *folder.absolute().parents)
                 if one.exists())  # fmt: skip
    if not there.is_dir():
        raise ValueError(
            f"'{name}' must be a folder (got '{folder}', where '{there}' is a"
            " file)"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(
            f"'{name}' must be in a folder that can be written to (got"
            f" '{folder}')"
        )
    return there


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
    folder = Path(output_dir)
    there = check_folder("output_dir", folder)
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
    return (folder / FILE_NAME).is_file() or bool(checkpoints_in(folder))


def forget_checkpoints(folder: Path) -> None:
    """Delete the checkpoints of a run, from which another could go on.

    Args:
        folder: the folder of the run.
    """
    for checkpoint in checkpoints_in(folder):
        remove_checkpoint(checkpoint)


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


def check_same_run(output_dir: str, settings: Mapping[str, Any]) -> None:
    """Check that a run goes on with what it was started with.

    Args:
        output_dir: the folder of the run; without a `pretrain.yaml`, nothing
            is compared.
        settings: the settings to go on with, by name.

    Raises:
        ValueError: naming the first that is another one.
    """
    path = Path(output_dir, FILE_NAME)
    if not path.is_file():
        return
    earlier, standard = read_settings(str(path)), defaults()
    for name in sorted(setting_names().keys() - MAY_CHANGE):
        was = earlier.get(name, standard.get(name))
        asked = settings.get(name, standard.get(name))
        if was != asked and name in (earlier.keys() & settings.keys()):
            raise ValueError(
                f"'{name}' must be {was!r}, as in '{path}', to go on from its"
                f" checkpoint (got {asked!r})"
            )
