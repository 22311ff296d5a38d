"""A model beside the baselines, on the same held-out targets."""

from __future__ import annotations

from collections.abc import Sequence

from gmert_pyg.distill.baselines import (
    LookupBaseline,
    MajorityBaseline,
    Targets,
    baseline_metrics,
)
from gmert_pyg.report.content import MetricRow
from gmert_pyg.training.pretraining.preparation import PreTrainingData
from gmert_pyg.training.trainer import GraphMertTrainer

# Metric, what it is about, how people call it, what is counted.
_ROWS = (
    ("mlm_accuracy", "masked tokens (MLM)", "accuracy", "num_roots"),
    ("leaf_hits@1", "masked leaves (MNM)", "hits@1", "num_leaves"),
    ("leaf_hits@10", "masked leaves (MNM)", "hits@10", "num_leaves"),
    (
        "leaf_hits@10_local",
        "local leaves",
        "hits@10",
        "num_leaves_local",
    ),
    (
        "leaf_hits@10_non_local",
        "non-local leaves",
        "hits@10",
        "num_leaves_non_local",
    ),
    ("relation_accuracy", "masked relations", "accuracy", "num_triples"),
    ("relation_macro_f1", "masked relations", "macro-F1", "num_triples"),
)


def compare(
    trainer: GraphMertTrainer, data: PreTrainingData
) -> list[MetricRow]:
    """Evaluate a model and the baselines on the held-out graphs.

    Of what was not masked, there is no row.

    Args:
        trainer: holds the model.
        data: what it was trained on and is evaluated on.
    """
    model = trainer.evaluate()
    train, masked = data.train_batch(), Targets(data.masked_held_out())
    num_relations = data.train.schema.num_relations
    majority, lookup = (
        baseline_metrics(kind(train), masked, num_relations)
        for kind in (MajorityBaseline, LookupBaseline)
    )
    return [
        MetricRow(
            task=task,
            metric=metric,
            num_items=int(model[f"eval_{count}"]),
            model=model[f"eval_{key}"],
            majority=majority[key],
            lookup=lookup[key],
        )
        for key, task, metric, count in _ROWS
        if model[f"eval_{count}"]
    ]


def print_comparison(rows: Sequence[MetricRow]) -> None:
    """Print the metrics as a table."""
    print(
        f"{'held-out':22}{'metric':10}{'items':>8}{'GraphMERT':>11}"
        f"{'majority':>10}{'lookup':>8}"
    )
    for row in rows:
        print(
            f"{row.task:22}{row.metric:10}{row.num_items:>8,}{row.model:>11.3f}"
            f"{row.majority:>10.3f}{row.lookup:>8.3f}"
        )
