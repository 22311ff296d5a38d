"""What the model card of a pre-training run says."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.data.sources import Source
from gmert_pyg.nn.model_card import CardFacts, CardMetric
from gmert_pyg.report.content import MetricRow
from gmert_pyg.training.pretraining.preparation import PreTrainingData
from gmert_pyg.training.trainer import GraphMertTrainer


def pretraining_facts(
    dataset: CodeChainGraphs,
    data: PreTrainingData,
    trainer: GraphMertTrainer,
    rows: Sequence[MetricRow],
    license: str | None = None,
) -> CardFacts:
    """Return what a model card says of a run.

    Args:
        dataset: what was read.
        data: how it was split.
        trainer: holds the trained model.
        rows: the model beside the baselines.
        license: the licence of the weights. (default: not stated)
    """
    arguments = trainer.args
    name = public_name(dataset.source)
    return CardFacts(
        license=license,
        dataset=name,
        data={
            "corpus": name,
            "graphs trained on": f"{len(data.train):,}",
            "graphs held out": f"{len(data.split.held_out):,}, of"
            f" {len(data.split.held_out_groups):,} projects, modules or files",
            "duplicates left out": f"{data.split.num_duplicates:,}",
        },
        training={
            "objectives": "masked tokens, their span boundaries, masked leaves"
            " and masked relations",
            "optimizer steps": f"{trainer.state.global_step:,}",
            "nodes of a padded batch, at most": f"{arguments.token_budget:,}",
            "peak learning rate": f"{arguments.learning_rate:g}",
            "weight decay": f"{arguments.weight_decay:g}",
            "precision": "bfloat16" if arguments.bf16 else "float32",
            "seed": f"{arguments.seed}",
        },
        metrics=[
            CardMetric(
                row.task,
                row.metric,
                row.model,
                row.num_items,
                {"majority": row.majority, "lookup": row.lookup},
            )
            for row in rows
        ],
    )


def public_name(source: Source) -> str:
    """Return the name of a corpus, without the folders that it lies in."""
    separators = {os.sep, os.altsep, "/"} - {None}
    if not any(str(sign) in source.name for sign in separators):
        return source.name
    return ", ".join(project.name for project in source.projects[:20])
