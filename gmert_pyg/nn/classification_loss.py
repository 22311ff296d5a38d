"""Losses of labels, of graphs and of roots."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.transforms.labels import IGNORE_INDEX

ProblemType = Literal[
    "regression", "single_label_classification", "multi_label_classification"
]
REGRESSION: ProblemType = "regression"
SINGLE_LABEL: ProblemType = "single_label_classification"
MULTI_LABEL: ProblemType = "multi_label_classification"


def problem_type_of(config: GraphMertConfig, labels: Tensor) -> ProblemType:
    """Return what kind of problem labels pose, as transformers tells it.

    The configuration's :obj:`problem_type` if it has one. Otherwise one label
    alone is a regression, integers are classes, and other labels are several
    answers of yes or no each.
    """
    if config.problem_type is not None:
        return config.problem_type
    if config.num_labels == 1:
        return REGRESSION
    is_class = not (labels.is_floating_point() or labels.dtype == torch.bool)
    return SINGLE_LABEL if is_class else MULTI_LABEL


def num_labelled(labels: Tensor, problem_type: str) -> Tensor:
    """Return how many items the mean of a loss is over.

    The classes that are given, or all values.
    """
    if problem_type == SINGLE_LABEL:
        return (labels != IGNORE_INDEX).sum()
    return torch.tensor(labels.numel(), device=labels.device)


def graph_label_loss(
    logits: Tensor,
    labels: Tensor,
    problem_type: str,
    num_items: Tensor | int | None = None,
) -> Tensor:
    r"""Return the loss of the labels of graphs, in at least single precision.

    The mean squared error for `"regression"`, the mean cross-entropy over
    labelled graphs for `"single_label_classification"`, the mean binary
    cross-entropy for `"multi_label_classification"`.

    Args:
        logits (Tensor): the predictions.
        labels (Tensor): the labels.
        problem_type (str): what they are.
        num_items (Tensor or int, optional): what to divide the summed loss by.
            (default: the number of labels)

    Raises:
        ValueError: if there is not one label per graph, or for several labels
            not one row, or if a class is out of range.

    Shapes:
        - **input:** :math:`(B, C)`, and :math:`(B)` for classes or one value,
          else :math:`(B, C)`
        - **output:** scalar
    """
    if problem_type == SINGLE_LABEL:
        _require_shape(labels, logits.shape[:1])
        return class_loss(logits, labels, num_items)
    logits = in_full(logits)
    if problem_type == REGRESSION and logits.size(1) == 1:
        logits = logits.squeeze(1)
        if labels.dim() == 2:
            _require_shape(labels, (logits.size(0), 1))
            labels = labels.squeeze(1)
    _require_shape(labels, logits.shape)
    labels = labels.to(logits.dtype)
    loss = (
        F.mse_loss
        if problem_type == REGRESSION
        else F.binary_cross_entropy_with_logits
    )
    if num_items is None:
        return loss(logits, labels)
    return loss(logits, labels, reduction="sum") / _at_least_one(num_items)


def class_loss(
    logits: Tensor, labels: Tensor, num_items: Tensor | int | None = None
) -> Tensor:
    r"""Return the mean cross-entropy over what is labelled, 0 if nothing is.

    Args:
        logits (Tensor): the predictions.
        labels (Tensor): the classes, -100 where there is none.
        num_items (Tensor or int, optional): what to divide the summed loss by.
            (default: the number of labels)

    Raises:
        ValueError: if a class is out of range.

    Shapes:
        - **input:** :math:`(M, C)` and :math:`(M)`
        - **output:** scalar
    """
    if labels.is_floating_point():
        raise ValueError(f"'y' must hold integers (got {labels.dtype})")
    labels = labels.long()
    labelled = labels != IGNORE_INDEX
    wrong = labelled & ((labels < 0) | (labels >= logits.size(1)))
    if bool(wrong.any()):
        raise ValueError(
            f"'y' must be in [0, {logits.size(1)}), the number of labels, or "
            f"{IGNORE_INDEX} (got {int(labels[wrong][0])})"
        )
    total = F.cross_entropy(
        in_full(logits), labels, ignore_index=IGNORE_INDEX, reduction="sum"
    )
    if num_items is None:
        num_items = labelled.sum()
    return total / _at_least_one(num_items)


def _at_least_one(num_items: Tensor | int) -> Tensor | int:
    if isinstance(num_items, Tensor):
        return num_items.clamp(min=1)
    return max(num_items, 1)


def in_full(logits: Tensor) -> Tensor:
    """Return logits in at least single precision."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def _require_shape(labels: Tensor, shape: tuple[int, ...]) -> None:
    if labels.shape != shape:
        raise ValueError(
            f"'y' must have shape {tuple(shape)}, as a batch of graphs has "
            f"whose own are of shape {(1, *shape[1:])} (got "
            f"{tuple(labels.shape)})"
        )
