"""The forward and backward pass of a batch once more, watched closely."""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gmert_pyg import nn as models
from gmert_pyg.nn.batch_checks import graph_of_nodes
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.training.non_finite.micro_batch import (
    MODEL_FOLDER,
    MicroBatch,
    random_state,
    read_micro_batch,
    set_random_state,
)
from gmert_pyg.training.non_finite.origin import (
    first_non_finite,
    is_finite,
    non_finite_gradients,
    non_finite_weights,
)


@dataclass(frozen=True, slots=True)
class Replay:
    """What a batch does to a model.

    Args:
        output: what the model returned.
        origin: where values stop being finite, in words; None if all of them
            are.
        graphs: the graphs of the batch that have nodes with such a state or
            such logits.
    """

    output: Any
    origin: str | None
    graphs: list[int]


def replay(
    folder: str | os.PathLike[str], model: nn.Module | None = None
) -> Replay:
    """Repeat the step at which training stopped.

    With the weights and random numbers of that step, and in its precision, the
    same values come out on the same device.

    Args:
        folder: what :class:`~gmert_pyg.training.non_finite.NonFiniteLossError`
            names.
        model: another model to try on the batch. (default: the one that was
            trained, with the weights from before the step)

    Raises:
        ValueError: if the folder holds no batch, or no model and none is given.
    """
    folder = Path(folder)
    if model is None:
        model = _saved_model(folder / MODEL_FOLDER)
    device = next(model.parameters()).device
    return run_again(model, read_micro_batch(folder, device)[0])


def run_again(model: nn.Module, micro_batch: MicroBatch) -> Replay:
    """Repeat the passes of a batch; gradients and random numbers stay.

    Args:
        model: the model.
        micro_batch: the batch.
    """
    weights = non_finite_weights(model)
    device = next(model.parameters()).device
    before, was_training = random_state(device), model.training
    set_random_state(micro_batch.random_state, device)
    model.train()
    try:
        with first_non_finite(model) as found:
            output = _forward(model, micro_batch, device)
        if weights:
            origin: str | None = f"weights {_few(weights)}"
        elif found:
            origin = f"the output of {found[0]}"
        elif not is_finite(output.loss):
            origin = "the loss of finite outputs"
        else:
            gradients = non_finite_gradients(model, output.loss)
            origin = f"the gradient of {_few(gradients)}" if gradients else None
    finally:
        model.train(was_training)
        set_random_state(before, device)
    return Replay(output, origin, _graphs(output, micro_batch))


def _forward(
    model: nn.Module, micro_batch: MicroBatch, device: torch.device
) -> Any:
    options: dict[str, Any] = {}
    if "num_items_in_batch" in inspect.signature(model.forward).parameters:
        options["num_items_in_batch"] = micro_batch.num_items
    kind = micro_batch.autocast
    dtype = None if kind is None else getattr(torch, kind)
    with torch.autocast(device.type, dtype, enabled=kind is not None):
        return model(micro_batch.batch, **options)


def _graphs(output: Any, micro_batch: MicroBatch) -> list[int]:
    """Return the graphs that have nodes with a value that is not finite."""
    graph, num_graphs = graph_of_nodes(micro_batch.batch)
    bad = torch.zeros(num_graphs, dtype=torch.bool, device=graph.device)
    states = output.get("last_hidden_state")
    if states is not None:
        bad[graph[_rows(states)]] = True
    nodes, logits = output.get("labelled_nodes"), output.get("logits")
    if nodes is not None and logits is not None:
        bad[graph[nodes[_rows(logits)]]] = True
    return bad.nonzero().flatten().tolist()


def _rows(values: Tensor) -> Tensor:
    return ~torch.isfinite(values).flatten(1).all(dim=1)


def _few(names: list[str]) -> str:
    rest = len(names) - 1
    return f"'{names[0]}'" + (f" and {rest} more" if rest else "")


def _saved_model(folder: Path) -> nn.Module:
    if not folder.is_dir():
        raise ValueError(
            f"'model' must be given: no weights were saved in '{folder}' (got"
            " None)"
        )
    (kind,) = GraphMertConfig.from_pretrained(folder).architectures or [""]
    model: nn.Module = getattr(models, kind).from_pretrained(folder)
    return model
