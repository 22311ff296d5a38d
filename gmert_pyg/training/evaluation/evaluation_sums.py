"""Evaluation as sums, so that batches and processes can be added up."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from gmert_pyg.nn.pretraining_output import GraphMertForPreTrainingOutput

# Per kind of target: number, summed loss, first answers right, ten best right.
_COUNT, _LOSS, _TOP1, _TOP10 = range(4)


@dataclass(slots=True)
class EvaluationSums:
    r"""Sums over masked roots, masked leaves and masked relations.

    Args:
        roots (Tensor): [4], number, summed loss, hits@1, hits@10.
        leaves (Tensor): [4], the same.
        confusion (Tensor): [R, R] for R relations, how often each (row) was
            taken for each (column).
        relation_loss (Tensor): [], the summed loss on relations.
        shown_roots (Tensor): [4], as `roots`, of those whose token the graph
            repeats: see :func:`~gmert_pyg.training.evaluation.shown_targets`.
        shown_leaves (Tensor): [4], as `leaves`, of those that are local.

    Example:
        >>> sums = EvaluationSums.zeros(num_relations=3)
        >>> sums.roots += torch.tensor([2.0, 1.0, 1.0, 2.0])
        >>> metrics = sums.metrics(lambda_mlm=0.6)
        >>> metrics["mlm_loss"], metrics["mlm_accuracy"]
        (0.5, 0.5)
    """

    roots: Tensor
    leaves: Tensor
    confusion: Tensor
    relation_loss: Tensor
    shown_roots: Tensor
    shown_leaves: Tensor

    @classmethod
    def zeros(
        cls, num_relations: int, device: torch.device | str = "cpu"
    ) -> EvaluationSums:
        """Return the sums of nothing."""

        def zeros(*size: int) -> Tensor:
            return torch.zeros(size, dtype=torch.double, device=device)

        confusion = zeros(num_relations, num_relations)
        return cls(zeros(4), zeros(4), confusion, zeros(), zeros(4), zeros(4))

    def add(
        self,
        output: GraphMertForPreTrainingOutput,
        node_type: Tensor,
        shown: Tensor | None = None,
    ) -> None:
        """Add what a model answered for one batch.

        Args:
            output: the model's output for a batch with labels.
            node_type: :math:`[N]`, of the batch.
            shown: :math:`[N]`, whether the graph shows the answer elsewhere.
                (default: :obj:`None`, nowhere)
        """
        if output.labels is not None and output.logits is not None:
            items = _token_items(output.logits, output.labels)
            is_leaf = node_type[output.labelled_nodes] == 1
            self.roots += items[~is_leaf].sum(dim=0)
            self.leaves += items[is_leaf].sum(dim=0)
            if shown is not None:
                is_shown = shown[output.labelled_nodes]
                self.shown_roots += items[is_shown & ~is_leaf].sum(dim=0)
                self.shown_leaves += items[is_shown & is_leaf].sum(dim=0)
        labels = output.relation_labels
        logits = output.relation_logits
        if labels is not None and logits is not None and labels.numel():
            logits = logits.float()
            loss = F.cross_entropy(logits, labels, reduction="sum")
            self.relation_loss += loss.double()
            cell = labels * self.confusion.size(1) + logits.argmax(dim=-1)
            self.confusion += torch.bincount(
                cell, minlength=self.confusion.numel()
            ).view_as(self.confusion)

    def flat(self) -> Tensor:
        """Return all sums in one vector, to be added over processes."""
        return torch.cat(
            [
                self.roots,
                self.leaves,
                self.confusion.flatten(),
                self.relation_loss[None],
                self.shown_roots,
                self.shown_leaves,
            ]
        )

    @classmethod
    def from_flat(cls, flat: Tensor, num_relations: int) -> EvaluationSums:
        """Undo `flat`."""
        roots, leaves, confusion, loss, *shown = flat.split(
            [4, 4, num_relations * num_relations, 1, 4, 4]
        )
        confusion = confusion.view(num_relations, num_relations)
        return cls(roots, leaves, confusion, loss[0], *shown)

    def metrics(self, lambda_mlm: float) -> dict[str, float]:
        """Return means: losses, accuracies, hits@10, macro-F1.

        Accuracy on roots is given apart for those whose token the graph
        repeats, hits on leaves for those that are local, and for the others.

        Args:
            lambda_mlm: the weight of the loss on roots in `loss`.
        """
        relations = self.confusion.sum().clamp(min=1)
        mlm_loss = _mean(self.roots, _LOSS)
        leaf_loss = _mean(self.leaves, _LOSS)
        relation_loss = float(self.relation_loss / relations)
        return {
            "loss": lambda_mlm * mlm_loss
            + (1 - lambda_mlm) * (leaf_loss + relation_loss),
            "mlm_loss": mlm_loss,
            "mlm_accuracy": _mean(self.roots, _TOP1),
            "leaf_loss": leaf_loss,
            "leaf_hits@1": _mean(self.leaves, _TOP1),
            "leaf_hits@10": _mean(self.leaves, _TOP10),
            "relation_loss": relation_loss,
            "relation_accuracy": float(self.confusion.trace() / relations),
            "relation_macro_f1": macro_f1(self.confusion),
            "num_roots": float(self.roots[_COUNT]),
            "num_leaves": float(self.leaves[_COUNT]),
            "num_triples": float(self.confusion.sum()),
        } | self._by_what_is_shown()

    def _by_what_is_shown(self) -> dict[str, float]:
        metrics = {}
        for name, sums in (
            ("repeated", self.shown_roots),
            ("unrepeated", self.roots - self.shown_roots),
        ):
            metrics[f"mlm_accuracy_{name}"] = _mean(sums, _TOP1)
            metrics[f"num_roots_{name}"] = float(sums[_COUNT])
        for name, sums in (
            ("local", self.shown_leaves),
            ("non_local", self.leaves - self.shown_leaves),
        ):
            metrics[f"leaf_hits@1_{name}"] = _mean(sums, _TOP1)
            metrics[f"leaf_hits@10_{name}"] = _mean(sums, _TOP10)
            metrics[f"num_leaves_{name}"] = float(sums[_COUNT])
        return metrics


def macro_f1(confusion: Tensor) -> float:
    r"""Return the mean F1 over the classes that occur.

    .. math::
        F_c = \frac{2 \, M_{cc}}{\sum_j M_{cj} + \sum_i M_{ic}}

    with :math:`M_{ij}` the number of items of class :math:`i` that were taken
    for class :math:`j`.

    Args:
        confusion (Tensor): :math:`M`, [classes, classes].

    Example:
        >>> macro_f1(torch.tensor([[2.0, 1.0], [0.0, 3.0]]))
        0.8285714387893677
    """
    true, predicted = confusion.sum(dim=1), confusion.sum(dim=0)
    occurs = true > 0
    if not bool(occurs.any()):
        return 0.0
    f1 = 2 * confusion.diagonal() / (true + predicted).clamp(min=1)
    return float(f1[occurs].mean())


def _token_items(logits: Tensor, labels: Tensor) -> Tensor:
    """Return what each label adds to the sums: [M, 4]."""
    logits = logits.float()
    loss = F.cross_entropy(logits, labels, reduction="none")
    # The rank of the label among all tokens: ties count against it.
    score = logits.gather(1, labels[:, None])
    rank = (logits >= score).sum(dim=1)
    items = [torch.ones_like(loss), loss, rank <= 1, rank <= 10]
    return torch.stack([item.double() for item in items], dim=1)


def _mean(sums: Tensor, which: int) -> float:
    return float(sums[which] / sums[_COUNT].clamp(min=1))
