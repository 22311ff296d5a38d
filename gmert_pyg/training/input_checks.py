"""What a Trainer is given, looked at before anything is written."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from gmert_pyg.nn.pretrained_model import GraphMertPreTrainedModel
from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.non_finite.error import in_words, name_of_graph
from gmert_pyg.training.processes.ranks import require_one_gpu


def check_inputs(
    model: nn.Module,
    model_classes: tuple[type[GraphMertPreTrainedModel], ...],
    args: GraphMertTrainingArguments,
    **datasets: Any,
) -> None:
    """Check that a Trainer can train this model on these graphs.

    Args:
        model: the model.
        model_classes: what it may be.
        args: the arguments.
        **datasets: the datasets, by the name of the Trainer's argument; None
            is none.

    Raises:
        ValueError: naming the argument, and what it should be.
    """
    if not isinstance(args, GraphMertTrainingArguments):
        raise ValueError(
            "'args' must be GraphMertTrainingArguments (got"
            f" {type(args).__name__})"
        )
    require_one_gpu(args.n_gpu)
    if not isinstance(model, model_classes):
        wanted = " or ".join(kind.__name__ for kind in model_classes)
        raise ValueError(
            f"'model' must be a {wanted} (got {type(model).__name__})"
        )
    for name, dataset in datasets.items():
        if dataset is not None:
            _check_sizes(name, dataset, args.token_budget)
            if hasattr(dataset, "tokenizer") and hasattr(dataset, "schema"):
                model.check_dataset(dataset)


def _check_sizes(name: str, dataset: Any, token_budget: int) -> None:
    if not hasattr(dataset, "num_nodes_per_graph"):
        raise ValueError(
            f"'{name}' must have 'num_nodes_per_graph', the number of nodes of"
            f" every graph (got {type(dataset).__name__})"
        )
    sizes = np.asarray(dataset.num_nodes_per_graph)
    if len(sizes) != len(dataset):
        raise ValueError(
            f"'{name}' must have one number in 'num_nodes_per_graph' for each"
            f" of its {len(dataset)} graphs (got {len(sizes)})"
        )
    if len(sizes) == 0:
        raise ValueError(f"'{name}' must hold graphs (got none)")
    longest = int(sizes.argmax())
    if sizes[longest] > token_budget:
        graph = in_words([name_of_graph(dataset[longest], longest)])
        raise ValueError(
            f"'token_budget' must hold the longest graph of '{name}',"
            f" {sizes[longest]} nodes, {graph} (got {token_budget})"
        )
