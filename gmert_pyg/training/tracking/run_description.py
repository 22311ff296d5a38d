"""What a run is, beyond its arguments: data, masks and versions."""

from __future__ import annotations

import os
from typing import Any

from gmert_pyg.package_versions import package_versions

_PLAIN = (bool, int, float, str)


def describe_run(trainer: Any) -> dict[str, Any]:
    """Return what a tracker stores beside the arguments of a run.

    Of the corpus its name is given, not the folders that it lies in.

    Args:
        trainer (GraphMertTrainer): the trainer.
    """
    return {
        "masks": {
            "train": describe_masks(trainer.data_collator),
            "held_out": describe_masks(trainer.eval_collator),
        },
        "data": {
            "train": describe_graphs(trainer.train_dataset),
            "held_out": describe_graphs(trainer.eval_dataset),
        },
        "corpus": _counts(trainer.train_dataset),
        "versions": package_versions(),
    }


def _counts(graphs: Any) -> dict[str, Any]:
    """Return the numbers of a corpus: its paths are nobody else's business."""
    graphs = getattr(graphs, "graphs", graphs)
    statistics = getattr(graphs, "statistics", None)
    if statistics is None:
        return {}
    numbers: dict[str, Any] = {"skipped": len(statistics.get("skipped", ()))}
    for name, value in statistics.items():
        if isinstance(value, (int, float)):
            numbers[name] = value
        elif name in ("triples_by_relation", "occurrences"):
            numbers[name] = dict(value)
    return numbers


def describe_masks(collator: Any) -> dict[str, dict[str, Any]]:
    """Return the plain settings of the masks of a collator, by their class.

    Args:
        collator (GraphCollator): the collator.
    """
    masks = _parts(getattr(collator, "transform", None))
    return {
        type(mask).__name__: {
            name: value
            for name, value in vars(mask).items()
            if isinstance(value, _PLAIN) and not name.startswith("_")
        }
        for mask in masks
    }


def _parts(transform: Any) -> list[Any]:
    """Return the transforms that one is composed of."""
    for name in ("transforms", "masks"):
        if hasattr(transform, name):
            return [
                one for part in getattr(transform, name) for one in _parts(part)
            ]
    return [] if transform is None else [transform]


def describe_graphs(graphs: Any) -> dict[str, Any]:
    """Return how many graphs there are, and of a corpus what decides them.

    Args:
        graphs (Dataset, optional): the graphs.
    """
    if graphs is None:
        return {}
    described: dict[str, Any] = {
        "graphs": len(graphs),
        "nodes": int(graphs.num_nodes_per_graph.sum()),
    }
    # Chains stand for graphs whose leaves are left out.
    graphs = getattr(graphs, "graphs", graphs)
    source = getattr(graphs, "source", None)
    if source is not None:
        described["source"] = os.path.basename(source.name) or source.name
        described["content"] = graphs.store.header["identity"]
        identity = graphs.identity
        described["schema"] = identity["schema"]["name"]
        described["tokenizer"] = identity["tokenizer"]
        described["options"] = identity["options"]
    return described
