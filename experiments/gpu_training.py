"""One timed pre-training run over bundled graphs: what `train_gpu.py` starts.

A flat loop without a Trainer: what is measured are model, optimizer and loader.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from gpu_bundle import BundledGraphs, read_bundle
from torch import Tensor
from torch.utils.data import DataLoader
from torch_geometric.data import Batch
from transformers import get_scheduler, set_seed

from gmert_pyg import (
    GraphMertConfig,
    GraphMertForPreTraining,
    GraphMertTokenizer,
)
from gmert_pyg.nn import parameter_groups
from gmert_pyg.nn.flop_count import Work, count_flops
from gmert_pyg.training import (
    EvaluationSums,
    GraphCollator,
    PlanBatchSampler,
)
from gmert_pyg.training.batches.indexed_collation import IndexedCollator
from gmert_pyg.training.compilation import compile_layers
from gmert_pyg.training.evaluation.shown_targets import shown_targets
from gmert_pyg.training.precision import uses_bf16
from gmert_pyg.transforms import MaskForPreTraining

PARTS = ("loss", "mlm_loss", "sbo_loss", "leaf_loss", "relation_loss")
WARM_UP_STEPS = 10


@dataclass(frozen=True)
class Settings:
    """How to train; the defaults are those of the timed run."""

    size: str = "codebert"
    device: str = "cuda"
    attention: str = "flex"
    compile: str = "layers"
    token_budget: int = 8192
    epochs: int = 25
    max_steps: int = 0
    learning_rate: float = 4e-4
    workers: int = 12
    limit: float = 300.0
    seed: int = 0
    tiny: bool = False


@dataclass(frozen=True)
class Data:
    """The graphs, and how their batches are masked."""

    train: BundledGraphs
    held_out: BundledGraphs
    masks: tuple[MaskForPreTraining, MaskForPreTraining]
    special: dict[str, Any]
    header: dict[str, Any]


def read_data(path: Path, seed: int) -> Data:
    """Read the file of `gpu_bundle.py`."""
    train, held_out, schema, header = read_bundle(path)
    tokenizer = GraphMertTokenizer.default()
    training, evaluation = (
        MaskForPreTraining(tokenizer, schema, seed=each)
        for each in (seed, seed + 1)
    )
    special = {
        "vocab_size": len(tokenizer),
        "schema": schema.to_dict(),
        "pad_token_id": tokenizer.pad_token_id,
        "mask_token_id": tokenizer.mask_token_id,
    }
    return Data(train, held_out, (training, evaluation), special, header)


def build_model(settings: Settings, data: Data) -> GraphMertForPreTraining:
    """Return an untrained model; flex has no dropout of attention weights."""
    set_seed(settings.seed)
    choices: dict[str, Any] = {"attention": settings.attention}
    if settings.attention == "flex":
        choices["token_budget"] = settings.token_budget
        choices["attention_probs_dropout_prob"] = 0.0
    if settings.tiny:
        choices |= {
            "num_hidden_layers": 2,
            "hidden_size": 32,
            "num_attention_heads": 2,
            "intermediate_size": 64,
        }
    config = getattr(GraphMertConfig, settings.size)(**data.special, **choices)
    model = GraphMertForPreTraining(config).to(settings.device)
    if settings.compile == "layers":
        compile_layers(model.graphmert)
    return model


class Sums:
    """What has been trained on, from the sizes of batches alone."""

    def __init__(self) -> None:
        self.batches = self.graphs = self.nodes = 0
        # Labels, boundaries, relations, leaves with heads, edges.
        self.others = (0,) * 5
        self.waited = 0.0

    def add(self, batch: Batch, waited: float) -> None:
        """Add a batch, and how long it was waited for."""
        encoder, targets = batch.indices
        sizes = (
            targets.node.numel(),
            targets.spans.node.numel(),
            targets.triples.label.numel(),
            encoder.edges.groups.target.numel(),
            encoder.edges.edge_type.numel(),
        )
        self.others = tuple(map(sum, zip(self.others, sizes, strict=True)))
        self.batches += 1
        self.graphs += batch.num_graphs
        self.nodes += batch.input_ids.numel()
        self.waited += waited


class Training:
    """A model, its optimizer and its batches."""

    def __init__(self, settings: Settings, data: Data) -> None:
        self.settings, self.data = settings, data
        self.model = build_model(settings, data)
        self.bf16 = uses_bf16("auto", settings.device == "cpu")
        self.plan = PlanBatchSampler(
            data.train.num_nodes_per_graph,
            settings.token_budget,
            seed=settings.seed,
            num_batches=settings.max_steps or None,
            num_epochs=settings.epochs,
            packed=settings.attention == "flex",
        )
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.model, settings.learning_rate, 0.01),
            fused=True,
        )
        n = len(self.plan)
        self.scheduler = get_scheduler("linear", self.optimizer, n // 10, n)

    def loader(
        self, graphs: Any, sampler: PlanBatchSampler, masks: MaskForPreTraining
    ) -> Iterator[Batch]:
        """Yield masked batches on the device, made and pinned ahead."""
        device, workers = self.settings.device, self.settings.workers
        loader: DataLoader[Any] = DataLoader(
            graphs,
            batch_sampler=sampler,
            collate_fn=IndexedCollator(
                GraphCollator(masks), self.model.graphmert.index_batch
            ),
            num_workers=workers,
            prefetch_factor=4 if workers else None,
            pin_memory=device == "cuda",
        )
        for inputs in loader:
            yield inputs["batch"].to(device, non_blocking=True)

    def step(self, batch: Batch) -> Tensor:
        """Train on a batch and return its losses, still on the device."""
        with torch.autocast(
            self.settings.device, torch.bfloat16, enabled=self.bf16
        ):
            out = self.model(batch)
        out.loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad()
        return torch.stack([out[name].detach() for name in PARTS])

    def run(self) -> dict[str, Any]:
        """Train, and return figures; the first steps compile, and are apart."""
        self.model.train()
        if self.settings.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        curve: list[dict[str, float]] = []
        sums, warm = Sums(), Sums()
        started = warm_from = self._now()
        every = max(1, len(self.plan) // 40)
        total = torch.zeros(len(PARTS), device=self.settings.device)
        batches = self.loader(self.data.train, self.plan, self.data.masks[0])
        for number in range(1, len(self.plan) + 1):
            before = time.perf_counter()
            batch = next(batches)
            waited = time.perf_counter() - before
            total += self.step(batch)
            for each in (sums, warm):
                each.add(batch, waited)
            if number == min(WARM_UP_STEPS, len(self.plan) // 2):
                warm_from, warm = self._now(), Sums()
            if number % every == 0:
                means = (total / every).tolist()
                curve.append(dict(zip(PARTS, means, strict=True)))
                curve[-1]["step"] = number
                print(json.dumps(curve[-1]), file=sys.stderr)
                total.zero_()
            if time.perf_counter() - started > self.settings.limit:
                break
        ended = self._now()
        seconds = ended - warm_from
        every_node = self.data.train.num_nodes_per_graph.sum()
        return {
            "complete": number == len(self.plan),
            "steps": number,
            "seconds": ended - started,
            "seconds_until_warm": warm_from - started,
            "real_nodes": sums.nodes,
            "places_filled": sums.nodes / (number * self.settings.token_budget),
            "share_of_the_epochs": sums.nodes
            / (every_node * self.settings.epochs),
            "nodes_per_second": warm.nodes / seconds,
            "graphs_per_second": warm.graphs / seconds,
            "seconds_per_step": seconds / max(warm.batches, 1),
            "share_waiting_for_data": warm.waited / seconds,
            "tflops": self._flops(warm) / seconds / 1e12,
            "peak_memory_gib": self._peak_gib(),
            "bf16": self.bf16,
            "parameters": self.model.num_parameters(),
            "losses": curve,
            "settings": asdict(self.settings),
        }

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Return losses and accuracies on projects that were held out.

        A quarter of the time to train is enough; the order is random, and
        `num_graphs` says how many it came to.
        """
        self.model.eval()
        started, num_graphs = time.perf_counter(), 0
        graphs, config = self.data.held_out, self.model.config
        sampler = PlanBatchSampler(
            graphs.num_nodes_per_graph,
            self.settings.token_budget,
            packed=self.plan.packed,
        )
        sums = EvaluationSums.zeros(config.num_relations, self.settings.device)
        for batch in self.loader(graphs, sampler, self.data.masks[1]):
            with torch.autocast(
                self.settings.device, torch.bfloat16, enabled=self.bf16
            ):
                out = self.model(batch)
                sums.add(out, batch.node_type, shown_targets(batch))
            num_graphs += batch.num_graphs
            if time.perf_counter() - started > self.settings.limit / 4:
                break
        return {"num_graphs": num_graphs, **sums.metrics(config.lambda_mlm)}

    def _flops(self, sums: Sums) -> float:
        """Count what real nodes need, and nothing for padding."""
        lengths = self.data.train.num_nodes_per_graph.astype(float)
        reach = (lengths**2).sum() / lengths.sum()
        work = Work(sums.nodes, sums.nodes * reach, *sums.others)
        count = count_flops(self.model)
        return float(count.total(work) + (sums.batches - 1) * count.batch)

    def _now(self) -> float:
        if self.settings.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    def _peak_gib(self) -> float:
        if self.settings.device == "cuda":
            return torch.cuda.max_memory_allocated() / 2**30
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def train(settings: Settings, data: Data) -> tuple[Training, dict[str, Any]]:
    """Train; if the layers do not compile, with the kernel alone compiled."""
    training = Training(settings, data)
    try:
        return training, training.run()
    except torch._dynamo.exc.TorchDynamoException as error:
        if settings.compile != "layers":
            raise
        print(f"layers are not compiled: {error}", file=sys.stderr)
    training = Training(replace(settings, compile="kernel"), data)
    return training, training.run()
