"""What a run would do, without doing it."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Iterator

import numpy as np
import torch
from tabulate import tabulate
from torch import nn

from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.nn.parameter_groups import parameter_groups
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.batches.collation import GraphCollator
from gmert_pyg.training.pretraining.run import PreTrainingRun

QUANTILES = (0.1, 0.5, 0.9, 1.0)


def print_dry_run(run: PreTrainingRun) -> None:
    """Print the settings, the parameters, the data and the time of a run.

    All but the settings are comments, so that the whole output is a file for
    `--config`.

    Args:
        run: the run; its model is used for two steps without an update.
    """
    training = run.configuration.training
    print(run.configuration.to_yaml())
    for part in (
        parameter_table(run.model, training),
        data_table(run),
    ):
        print(_comment(part), end="\n\n")
    # What is known is there to read while a large model is being timed.
    sys.stdout.flush()
    print(_comment(time_estimate(run)), end="\n\n")


def _comment(text: str) -> str:
    return textwrap.indent(text, "# ", lambda _: True)


def parameter_table(
    model: GraphMertForPreTraining, training: GraphMertTrainingArguments
) -> str:
    """Return how many parameters each part has, and how they are trained.

    Args:
        model: the model.
        training: gives learning rate and weight decay.
    """
    groups = parameter_groups(
        model,
        lr=training.learning_rate,
        weight_decay=training.weight_decay,
        attention_lr_multiplier=training.attention_lr_multiplier,
    )
    group_of = {id(p): group for group in groups for p in group["params"]}
    counts: dict[tuple[str, str, str, str], int] = {}
    for name, parameter in model.named_parameters():
        group = group_of.get(id(parameter))
        key = (part_of(name), "frozen", "", "")
        if group is not None:
            rate, decay = f"{group['lr']:g}", f"{group['weight_decay']:g}"
            key = (part_of(name), group["name"], rate, decay)
        counts[key] = counts.get(key, 0) + parameter.numel()
    rows = [(*key[:1], f"{n:,}", *key[1:]) for key, n in sorted(counts.items())]
    total = sum(counts.values())
    rows.append(("all", f"{total:,}", "", "", ""))
    heads = ("part", "parameters", "group", "learning rate", "weight decay")
    text: str = tabulate(
        rows, heads, colalign=("left", "right"), disable_numparse=True
    )
    return text


PARTS = (
    ("backbone.embeddings.", "encoder: embeddings"),
    ("backbone.", "encoder: layers"),
    ("hgat.", "H-GAT"),
    ("decay_offset", "attention scalars: decay offsets"),
    ("occurrence", "attention scalars: occurrence biases"),
    ("slot_embedding", "slots and types of leaves"),
    ("type_embedding", "slots and types of leaves"),
    ("lm_head.", "head: tokens"),
    ("sbo_head.", "head: span boundaries"),
    ("relation_head.", "head: relations"),
)


def part_of(name: str) -> str:
    """Return the part of the model that a parameter belongs to.

    Args:
        name: the name of the parameter.
    """
    own = name.removeprefix("graphmert.")
    return next((part for start, part in PARTS if own.startswith(start)), own)


def data_table(run: PreTrainingRun) -> str:
    """Return what is trained and evaluated on, and how it is batched.

    Args:
        run: the run.
    """
    data, plan = run.data, run.plan
    rows = []
    for name, graphs in (("train", data.train), ("held out", data.held_out)):
        lengths = data.sized(graphs).num_nodes_per_graph
        quantiles = np.quantile(lengths, QUANTILES).astype(int)
        rows.append(
            (
                name,
                f"{len(lengths):,}",
                f"{lengths.sum():,}",
                f"{lengths.mean():.0f}",
                *quantiles.tolist(),
            )
        )
    heads = ["", "graphs", "nodes", "mean", *(f"{q:.0%}" for q in QUANTILES)]
    training = run.configuration.training
    batches = plan.max_steps * training.gradient_accumulation_steps
    epochs = batches * training.world_size / plan.batches_per_epoch
    facts = {
        "source": run.dataset.source.name,
        "held out": f"{len(data.split.held_out_groups):,} projects, modules or"
        f" files of {len(set(run.dataset.groups)):,}",
        "duplicates left out": f"{data.split.num_duplicates:,}",
        "relations": ", ".join(_relations(run.dataset)),
        "batch": f"at most {plan.token_budget:,} nodes,"
        f" {plan.graphs_per_batch:.1f} graphs on average, {plan.padding:.1%}"
        " of it padding",
        "epoch": f"{plan.batches_per_epoch:,} batches,"
        f" {plan.steps_per_epoch:,} steps of"
        f" {training.gradient_accumulation_steps} batches",
        "run": f"{plan.max_steps:,} steps, {epochs:.1f} epochs",
    }
    sizes: str = tabulate(rows, heads)
    told: str = tabulate(facts.items(), tablefmt="plain")
    return f"{sizes}\n\n{told}"


def _relations(dataset: CodeChainGraphs) -> Iterator[str]:
    counts = dataset.statistics["triples_by_relation"]
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        yield f"{name} {count:,}"


def time_estimate(run: PreTrainingRun) -> str:
    """Return how long the run will take, from one batch of median cost.

    The batch goes forward and backward twice; the second time is measured.
    What is not measured: the optimizer, the loading of data, the evaluation.

    Args:
        run: the run.
    """
    training, plan = run.configuration.training, run.plan
    graphs = [run.data.train[index] for index in plan.median_batch]
    batch = GraphCollator(run.data.train_masks)(graphs)["batch"]
    model = run.model
    nn.Module.to(model, training.device).train()
    batch = batch.to(training.device)
    for _ in range(2):
        started = time.perf_counter()
        _forward_and_backward(model, batch, training.bf16)
        if training.device.type == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - started
    batches = plan.max_steps * training.gradient_accumulation_steps
    return (
        f"Estimated time: {_duration(seconds * batches)} for {batches:,}"
        f" batches, from {seconds:.2f} s for forward and backward of one"
        f" of median size ({len(graphs)} graphs) on this"
        f" {training.device.type}; without the optimizer, evaluation and saving"
    )


def _forward_and_backward(
    model: nn.Module, batch: object, is_bf16: bool
) -> None:
    kind = next(model.parameters()).device.type
    with torch.autocast(kind, torch.bfloat16, enabled=is_bf16):
        loss = model(batch).loss
    loss.backward()
    model.zero_grad()


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    if minutes < 100:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.1f} days"
