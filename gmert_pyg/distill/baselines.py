"""What counting alone achieves on the objectives of pre-training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import Batch

from gmert_pyg.distill.flat_targets import FlatTargets
from gmert_pyg.distill.lookup_tables import (
    LookupTable,
    back_off,
    combine_keys,
)
from gmert_pyg.training.evaluation.evaluation_sums import EvaluationSums
from gmert_pyg.training.evaluation.shown_targets import shown_targets

IntArray = NDArray[np.int64]
NUM_ANSWERS = 10


@dataclass(frozen=True, slots=True)
class Answers:
    """The best answers of a baseline to the targets of a batch.

    Args:
        roots: :math:`[M, 10]`, for masked roots; -1 where none is left.
        leaves: :math:`[K, 10]`, for masked leaves.
        relations: :math:`[T, 10]`, for masked relations.
    """

    roots: IntArray
    leaves: IntArray
    relations: IntArray


class MajorityBaseline:
    """Answers with what is most frequent in the training graphs.

    Args:
        train: unmasked training graphs, in one batch.
    """

    name = "majority"

    def __init__(self, train: Batch) -> None:
        flat = FlatTargets.of(train)
        is_leaf = flat.triple > 0
        self.roots = _constant(flat.token[~is_leaf])
        self.leaves = _constant(flat.token[is_leaf])
        self.relations = _constant(flat.relation[1:])

    def answer(self, masked: Targets) -> Answers:
        """Answer for the targets of a masked batch."""
        sizes = (masked.root, masked.leaf, masked.relation_of)
        tables = (self.roots, self.leaves, self.relations)
        return Answers(
            *(
                table.answers(np.zeros(len(items), np.int64))
                for table, items in zip(tables, sizes, strict=True)
            )
        )


class LookupBaseline:
    """Answers with what was seen most often in the same context.

    A root is looked up by the roots before and after it, then by the one
    before, then by the one after. A leaf is looked up by head, relation and
    slot, then by relation and slot. A relation is looked up by head and tail,
    then by tail, then by head. What was never seen gets the majority's answer.

    Args:
        train: unmasked training graphs, in one batch.
    """

    name = "lookup"

    def __init__(self, train: Batch) -> None:
        flat = FlatTargets.of(train)
        self.majority = MajorityBaseline(train)
        is_leaf = flat.triple > 0
        root, leaf = np.flatnonzero(~is_leaf), np.flatnonzero(is_leaf)
        triple = np.arange(1, len(flat.relation))
        self.roots = _fit(_root_keys(flat, root), flat.token[root])
        self.leaves = _fit(_leaf_keys(flat, leaf), flat.token[leaf])
        self.relations = _fit(
            _relation_keys(flat, triple), flat.relation[triple]
        )

    def answer(self, masked: Targets) -> Answers:
        """Answer for the targets of a masked batch."""
        flat, last = masked.flat, self.majority.answer(masked)
        return Answers(
            _look_up(self.roots, _root_keys(flat, masked.root), last.roots),
            _look_up(self.leaves, _leaf_keys(flat, masked.leaf), last.leaves),
            _look_up(
                self.relations,
                _relation_keys(flat, masked.relation_of),
                last.relations,
            ),
        )


class Targets:
    """The masked roots, leaves and relations of a batch, and their truth.

    Args:
        batch: a masked batch.
    """

    def __init__(self, batch: Batch) -> None:
        self.flat = FlatTargets.of(batch)
        labels = batch.labels.numpy()
        is_leaf = self.flat.triple > 0
        self.root = np.flatnonzero((labels >= 0) & ~is_leaf)
        self.leaf = np.flatnonzero((labels >= 0) & is_leaf)
        edge_label = (
            batch.edge_label.numpy()
            if "edge_label" in batch
            else np.full(batch.num_edges, -1)
        )
        labelled = edge_label >= 0
        target = batch.edge_index[1].numpy()[labelled]
        triples, first = np.unique(self.flat.triple[target], return_index=True)
        self.relation_of = triples
        self.true_root = labels[self.root]
        self.true_leaf = labels[self.leaf]
        self.true_relation = edge_label[labelled][first]
        shown = shown_targets(batch).numpy()
        self.root_shown, self.leaf_shown = shown[self.root], shown[self.leaf]


def baseline_metrics(
    baseline: MajorityBaseline | LookupBaseline,
    masked: Targets,
    num_relations: int,
) -> dict[str, float]:
    """Return the metrics of a baseline, named as the trainer names a model's.

    Args:
        baseline: a fitted baseline.
        masked: the targets.
        num_relations: the number of relations.
    """
    sums = baseline_sums(baseline, masked, num_relations)
    return {
        name: value
        for name, value in sums.metrics(lambda_mlm=0.0).items()
        if not name.endswith("loss")
    }


def baseline_sums(
    baseline: MajorityBaseline | LookupBaseline,
    masked: Targets,
    num_relations: int,
) -> EvaluationSums:
    """Return the sums of a baseline, whose losses are 0: it only ranks.

    Args:
        baseline: a fitted baseline.
        masked: the targets.
        num_relations: the number of relations.
    """
    answers = baseline.answer(masked)
    sums = EvaluationSums.zeros(num_relations)
    roots = _items(answers.roots, masked.true_root)
    leaves = _items(answers.leaves, masked.true_leaf)
    sums.roots += roots.sum(dim=0)
    sums.leaves += leaves.sum(dim=0)
    sums.shown_roots += roots[masked.root_shown].sum(dim=0)
    sums.shown_leaves += leaves[masked.leaf_shown].sum(dim=0)
    confusion = np.zeros((num_relations, num_relations))
    np.add.at(confusion, (masked.true_relation, answers.relations[:, 0]), 1)
    sums.confusion += torch.from_numpy(confusion)
    return sums


def _items(answers: IntArray, truth: IntArray) -> torch.Tensor:
    """Return what each answer adds to the sums: [M, 4]."""
    right = answers == truth[:, None]
    items = [np.ones(len(truth)), np.zeros(len(truth)), right[:, 0]]
    return torch.from_numpy(np.stack([*items, right.any(axis=1)], axis=1))


def _constant(answers: IntArray) -> LookupTable:
    return LookupTable(np.zeros(len(answers), np.int64), answers, NUM_ANSWERS)


def _fit(keys: list[IntArray], answers: IntArray) -> list[LookupTable]:
    return [LookupTable(key, answers, NUM_ANSWERS) for key in keys]


def _look_up(
    tables: list[LookupTable], keys: list[IntArray], last: IntArray
) -> IntArray:
    found = [
        table.answers(key) for table, key in zip(tables, keys, strict=True)
    ]
    return back_off([*found, last])


def _root_keys(flat: FlatTargets, root: IntArray) -> list[IntArray]:
    before, after = flat.before[root], flat.after[root]
    return [combine_keys(before, after), before, after]


def _leaf_keys(flat: FlatTargets, leaf: IntArray) -> list[IntArray]:
    triple, slot = flat.triple[leaf], flat.slot[leaf]
    head, relation = flat.head[triple], flat.relation[triple]
    return [combine_keys(head, relation, slot), combine_keys(relation, slot)]


def _relation_keys(flat: FlatTargets, triple: IntArray) -> list[IntArray]:
    head, tail = flat.head[triple], flat.tail[triple]
    return [combine_keys(head, tail), tail, head]
