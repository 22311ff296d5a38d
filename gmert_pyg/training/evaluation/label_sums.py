"""Evaluation of classifiers as sums over labels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from gmert_pyg.nn.classification_loss import MULTI_LABEL, REGRESSION, in_full
from gmert_pyg.transforms.labels import IGNORE_INDEX

# What is summed over all items; then, per label, how often it was right, how
# often it was true and how often it was predicted.
_COUNT, _LOSS, _RIGHT = range(3)
_PER_ITEM = 3


class LabelSums:
    r"""Sums over labelled items: graphs, roots, or answers of yes or no.

    Args:
        num_labels (int): the number :math:`C` of labels.
        problem_type (str): what they are, as transformers calls it.
        device (torch.device or str, optional): where to sum.
            (default: :obj:`"cpu"`)
    """

    def __init__(
        self,
        num_labels: int,
        problem_type: str,
        device: torch.device | str = "cpu",
    ) -> None:
        self.num_labels = num_labels
        self.problem_type = problem_type
        self.values = torch.zeros(
            _PER_ITEM + 3 * num_labels, dtype=torch.double, device=device
        )

    def add(self, logits: Tensor, labels: Tensor) -> None:
        """Add what a model answered for one batch.

        Args:
            logits (Tensor): the predictions, :math:`[M, C]`.
            labels (Tensor): the labels, as the model takes them.
        """
        logits = in_full(logits)
        if self.problem_type == REGRESSION:
            labels = labels.view_as(logits).to(logits.dtype)
            loss = F.mse_loss(logits, labels, reduction="sum")
            right = loss.new_zeros(())
        elif self.problem_type == MULTI_LABEL:
            true, predicted = labels > 0.5, logits > 0
            loss = F.binary_cross_entropy_with_logits(
                logits, labels.to(logits.dtype), reduction="sum"
            )
            right = (true == predicted).sum()
            self._add_per_label(true, predicted)
        else:
            labelled = labels != IGNORE_INDEX
            logits, labels = logits[labelled], labels[labelled].long()
            answer = logits.argmax(dim=-1)
            loss = F.cross_entropy(logits, labels, reduction="sum")
            right = (answer == labels).sum()
            self._add_per_label(
                F.one_hot(labels, self.num_labels).bool(),
                F.one_hot(answer, self.num_labels).bool(),
            )
        self.values[_COUNT] += labels.numel()
        self.values[_LOSS] += loss
        self.values[_RIGHT] += right

    def metrics(self) -> dict[str, float]:
        """Return the mean loss, and of classes accuracy and macro-F1."""
        count = self.values[_COUNT].clamp(min=1)
        metrics = {
            "loss": float(self.values[_LOSS] / count),
            "num_items": float(self.values[_COUNT]),
        }
        if self.problem_type != REGRESSION:
            hit, true, predicted = self.values[_PER_ITEM:].view(3, -1)
            occurs = true > 0
            f1 = 2 * hit / (true + predicted).clamp(min=1)
            metrics["accuracy"] = float(self.values[_RIGHT] / count)
            metrics["macro_f1"] = float(
                f1[occurs].mean() if bool(occurs.any()) else 0.0
            )
        return metrics

    def _add_per_label(self, true: Tensor, predicted: Tensor) -> None:
        counts = torch.stack([true & predicted, true, predicted]).sum(dim=1)
        self.values[_PER_ITEM:] += counts.flatten()
