"""A model beside the baselines, with errors from a bootstrap over graphs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gmert_pyg import CodeChainGraphs
from gmert_pyg.distill.baselines import (
    LookupBaseline,
    MajorityBaseline,
    Targets,
    baseline_sums,
)
from gmert_pyg.distill.flat_targets import FlatTargets
from gmert_pyg.training import (
    EvaluationSums,
    GraphCollator,
    GraphMertTrainer,
    shown_targets,
)
from gmert_pyg.training.pretraining.preparation import PreTrainingData

_RESAMPLES = 1000

Table = dict[str, dict[str, list[float]]]


def compare(
    trainer: GraphMertTrainer, data: PreTrainingData, graphs: CodeChainGraphs
) -> dict[str, Tensor]:
    """Return the sums of the model and the baselines, a row per graph.

    Args:
        trainer: holds the model.
        data: what it was trained on, and the masks.
        graphs: graphs to evaluate on.
    """
    collate = GraphCollator(data.held_out_masks)
    batches = [collate([graph])["batch"] for graph in graphs]
    whole, num_relations = data.train_batch(), data.train.schema.num_relations
    rows = {"model": _model_rows(trainer, batches)}
    targets = [Targets(batch) for batch in batches]
    for kind in (MajorityBaseline, LookupBaseline):
        baseline = kind(whole)
        rows[baseline.name] = [
            baseline_sums(baseline, masked, num_relations).flat()
            for masked in targets
        ]
    return {name: torch.stack(of_who) for name, of_who in rows.items()}


@torch.no_grad()
def _model_rows(
    trainer: GraphMertTrainer, batches: Sequence[Any]
) -> list[Tensor]:
    model = trainer.graph_model.eval()
    num_relations = model.config.num_relations
    assert num_relations is not None
    device, rows = trainer.args.device, []
    for batch in batches:
        sums = EvaluationSums.zeros(num_relations, device)
        moved = batch.to(device)
        with trainer.accelerator.autocast():
            output = model(moved)
        sums.add(output, moved.node_type, shown_targets(moved))
        rows.append(sums.flat().cpu())
        batch.to("cpu")
    return rows


def frequency_losses(
    data: PreTrainingData, graphs: CodeChainGraphs
) -> dict[str, float]:
    """Return the losses of one who knows nothing but training frequencies.

    Cross-entropy under the frequencies, plus one each, of the tokens of roots,
    of those of leaves, and of relations: a model that is above them has not
    learnt to look at its input.

    Args:
        data: what is trained on, and the masks.
        graphs: graphs to evaluate on.
    """
    flat = FlatTargets.of(data.train_batch())
    masked = Targets(GraphCollator(data.held_out_masks)(list(graphs))["batch"])
    is_leaf, num_tokens = flat.triple > 0, len(data.train.tokenizer)
    num_relations = data.train.schema.num_relations
    losses = {}
    for name, seen, truth, size in (
        ("mlm_loss", flat.token[~is_leaf], masked.true_root, num_tokens),
        ("leaf_loss", flat.token[is_leaf], masked.true_leaf, num_tokens),
        (
            "relation_loss",
            flat.relation[1:],
            masked.true_relation,
            num_relations,
        ),
    ):
        count = np.bincount(seen, minlength=size) + 1.0
        log_share = np.log(count / count.sum())
        losses[name] = round(float(-log_share[truth].mean()), 4)
    return losses


def figures(
    rows: dict[str, Tensor], lambda_mlm: float, num_relations: int
) -> tuple[Table, dict[str, int]]:
    """Return each metric with its standard error, and the numbers of items.

    The error is that of a bootstrap over graphs, since the targets of a graph
    are not independent of each other. All contenders are resampled alike, so
    that `lead`, the model's lead over the lookup, has an error of its own.

    Args:
        rows: the sums of every contender, [graphs, sums].
        lambda_mlm: the weight of the loss on roots.
        num_relations: the number of relations.
    """

    def metrics(flat: Tensor) -> dict[str, float]:
        sums = EvaluationSums.from_flat(flat, num_relations)
        return sums.metrics(lambda_mlm)

    num_graphs = len(rows["model"])
    even = np.full(num_graphs, 1 / num_graphs)
    drawn = np.random.default_rng(0).multinomial(num_graphs, even, _RESAMPLES)
    weights = torch.from_numpy(drawn).double()
    values = {who: metrics(of.sum(dim=0)) for who, of in rows.items()}
    resampled = {
        who: [metrics(flat) for flat in weights @ of]
        for who, of in rows.items()
    }
    items = {
        name: int(value)
        for name, value in values["model"].items()
        if name.startswith("num_")
    }
    table: Table = {who: {} for who in (*rows, "lead")}
    for name in values["model"].keys() - items.keys():
        of = {
            who: np.array([sample[name] for sample in resampled[who]])
            for who in rows
        }
        is_loss = name.endswith("loss")  # baselines only rank
        for who in ("model",) if is_loss else rows:
            table[who][name] = _rounded(values[who][name], of[who])
        if not is_loss:
            lead = values["model"][name] - values["lookup"][name]
            table["lead"][name] = _rounded(lead, of["model"] - of["lookup"])
    return {who: dict(sorted(of.items())) for who, of in table.items()}, items


def _rounded(value: float, resampled: Any) -> list[float]:
    return [round(value, 4), round(float(resampled.std()), 4)]


def relation_table(
    rows: Tensor, names: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return precision, recall and F1 of every relation.

    Args:
        rows: the sums of a contender, [graphs, sums].
        names: the names of the relations.
    """
    confusion = EvaluationSums.from_flat(rows.sum(dim=0), len(names)).confusion
    right = confusion.diagonal()
    true, told = confusion.sum(dim=1), confusion.sum(dim=0)
    scores = {
        "precision": right / told.clamp(min=1),
        "recall": right / true.clamp(min=1),
        "f1": 2 * right / (true + told).clamp(min=1),
    }
    return {
        name: {"items": int(true[relation])}
        | {key: round(float(of[relation]), 4) for key, of in scores.items()}
        for relation, name in enumerate(names)
    }
