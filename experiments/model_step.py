"""One configuration of the model, measured in a process of its own.

`benchmark_model.py` starts it for every row of its table: so the peak of
memory is the row's own. By hand:

python experiments/model_step.py --row '{"size": "small", "graphs": 16}'
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from relation_memory import peak_bytes
from torch import Tensor
from torch_geometric.data import Batch

from gmert_pyg import (
    CodeChainGraphs,
    GraphMertConfig,
    GraphMertForPreTraining,
)
from gmert_pyg.nn import modeling_graphmert, parameter_groups
from gmert_pyg.nn.dense_batch import DenseBatch
from gmert_pyg.training import EpochView, PlanBatchSampler
from gmert_pyg.training.batches.collation import GraphCollator
from gmert_pyg.transforms import MaskForPreTraining

SLOTS = 1024
LEARNING_RATE = 4e-4


@dataclass(frozen=True)
class Row:
    """What is measured.

    Args:
        size: a preset of the configuration.
        layout: `"ragged"`, padded to the longest graph of a batch; `"dense"`,
            every graph padded to 1024 places; `"packed"`, for `flex`.
        dtype: `"float32"`, or `"bfloat16"` for autocast.
        attention: the attention function.
        decay: `"multiply"`, `"bias"` or `"off"`.
        device: `"cpu"` or `"cuda"`.
        token_budget: the most places of a ragged or packed batch.
        graphs: if not 0, take this many graphs, spread evenly over the lengths
            of the sample, in batches of `graphs_per_batch`, instead.
        graphs_per_batch: see there; a batch has graphs of similar length.
        steps: the most steps that are timed; 0 for all batches.
        sample: the number of graphs drawn from the corpus.
        seed: of the sample, the weights, the masks and the order.
        compile: whether the encoder is compiled.
        root: where the built corpus is kept.
    """

    size: str = "codebert"
    layout: str = "ragged"
    dtype: str = "bfloat16"
    attention: str = "eager"
    decay: str = "multiply"
    device: str = "cpu"
    token_budget: int = 4096
    graphs: int = 0
    graphs_per_batch: int = 4
    steps: int = 0
    sample: int = 4096
    seed: int = 0
    compile: bool = False
    root: str = "runs/data"


class FixedLength(DenseBatch):
    """The layout of the earlier implementations: 1024 places a graph."""

    def __init__(self, batch: Any, num_graphs: int, length: int) -> None:
        assert length <= SLOTS
        super().__init__(batch, num_graphs, SLOTS)


def build_model(row: Row) -> GraphMertForPreTraining:
    """Return the model of a row; one seed gives every layout its weights."""
    torch.manual_seed(row.seed)
    choices: dict[str, Any] = {"attention": row.attention}
    if row.decay == "off":
        choices["decay"] = False
    else:
        choices["decay_mode"] = row.decay
    if row.layout == "packed":
        # FlexAttention has no dropout, and compiles for one shape.
        choices |= {
            "token_budget": row.token_budget,
            "attention_probs_dropout_prob": 0.0,
        }
    if row.layout == "dense":
        modeling_graphmert.DenseBatch = FixedLength  # type: ignore[misc]
    config = getattr(GraphMertConfig, row.size)(**choices)
    model = GraphMertForPreTraining(config).to(row.device).train()
    if row.compile:
        model.graphmert.backbone.encoder.compile(dynamic=False)
    return model


def read_batches(row: Row) -> tuple[Batch, list[Batch]]:
    """Return a batch of the shortest graph alone, and the batches of a row."""
    corpus = CodeChainGraphs(row.root, source="stdlib")
    random = np.random.default_rng(row.seed)
    drawn = random.permutation(len(corpus))[: row.sample]
    lengths = corpus.num_nodes_per_graph[drawn]
    if row.graphs:
        # The middles of equal shares of the sorted lengths.
        place = (np.arange(row.graphs) + 0.5) / row.graphs * len(drawn)
        drawn = drawn[np.argsort(lengths, kind="stable")][place.astype(int)]
        draws = np.arange(row.graphs).reshape(-1, row.graphs_per_batch).tolist()
    else:
        draws = list(PlanBatchSampler(lengths, row.token_budget, seed=row.seed))
        draws = draws[: row.steps or None]
    graphs = EpochView(corpus.index_select(drawn.tolist()))
    collate = GraphCollator(
        MaskForPreTraining(corpus.tokenizer, corpus.schema, seed=row.seed)
    )
    shortest = [int(graphs.graphs.num_nodes_per_graph.argmin())]
    first, *batches = (
        collate([graphs[i] for i in draw])["batch"].to(row.device)
        for draw in [shortest, *draws]
    )
    return first, batches


class TrainingStep:
    """Forward, all losses, backward and AdamW, timed."""

    def __init__(self, row: Row, model: GraphMertForPreTraining) -> None:
        self.row, self.model = row, model
        self.optimizer = torch.optim.AdamW(
            parameter_groups(model, LEARNING_RATE, weight_decay=0.01),
            fused=True,
        )

    def __call__(self, batch: Batch) -> tuple[float, float, Tensor]:
        """Return the seconds in all and of the optimizer, and the loss."""
        started = time.perf_counter()
        with self._autocast():
            loss = self.model(batch).loss
        loss.backward()
        before = time.perf_counter()
        self.optimizer.step()
        self.optimizer.zero_grad()
        done = time.perf_counter()
        return done - started, done - before, loss.detach()

    def over(
        self, batches: list[Batch]
    ) -> tuple[list[float], list[float], list[Tensor]]:
        """Return the same of many batches.

        A GPU is waited for only after the last, so that its steps have their
        mean; its optimizer is not told apart.
        """
        started = self._now()
        steps = [self(batch) for batch in batches]
        seconds, optimizer, losses = (
            list(part) for part in zip(*steps, strict=True)
        )
        if self.row.device == "cuda":
            mean = (self._now() - started) / len(batches)
            seconds, optimizer = [mean] * len(batches), [0.0] * len(batches)
        return seconds, optimizer, losses

    def _autocast(self) -> AbstractContextManager[None]:
        return torch.autocast(
            self.row.device,
            torch.bfloat16,
            enabled=self.row.dtype == "bfloat16",
        )

    def _now(self) -> float:
        if self.row.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()


def _resident() -> float:
    """What the process holds now, in GiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**30


def _peak(device: str) -> float:
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _held(device: str) -> float:
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated() / 2**30
    return _resident()


def measure(row: Row) -> dict[str, Any]:
    """Return the figures of a row."""
    shortest, batches = read_batches(row)
    model = build_model(row)
    step = TrainingStep(row, model)
    # Weights, gradients and the optimizer's state exist from here on; on the
    # GPU, kernels are compiled and tuned.
    step(shortest)
    if row.device == "cuda":
        step.over(batches[:3])
    gc.collect()
    held = _held(row.device)
    seconds, optimizer, losses = step.over(batches)
    peak = _peak(row.device)
    allocated = 0
    if row.graphs:
        largest = max(batches, key=lambda batch: _num_slots(row, batch))
        allocated = peak_bytes(lambda: step(largest), torch.device(row.device))

    nodes = [int(batch.input_ids.numel()) for batch in batches]
    graphs = [int(batch.num_graphs) for batch in batches]
    slots = sum(_num_slots(row, batch) for batch in batches)
    encoder = model.graphmert.backbone.encoder
    weights = sum(w.numel() for w in encoder.parameters())
    total = sum(seconds)
    rate = statistics.median(n / s for n, s in zip(nodes, seconds, strict=True))
    return {
        "parameters": model.num_parameters(),
        "encoder_weights": weights,
        "steps": len(batches),
        "graphs": sum(graphs),
        "nodes": sum(nodes),
        "padding_share": 1 - sum(nodes) / slots,
        "seconds_per_step": statistics.median(seconds),
        "optimizer_seconds_per_step": statistics.median(optimizer),
        "samples_per_second": sum(graphs) / total,
        "seconds_per_sample": total / sum(graphs),
        "seconds_per_sample_without_optimizer": (total - sum(optimizer))
        / sum(graphs),
        "nodes_per_second": rate,
        "encoder_gflops": 6e-9 * weights * rate,
        "held_before_gib": held,
        "peak_gib": peak,
        "step_gib": peak - held,
        "allocated_gib": allocated / 2**30,
        "mean_loss": statistics.mean(map(float, losses)),
    }


def _num_slots(row: Row, batch: Batch) -> int:
    if row.layout == "packed":
        return row.token_budget
    longest = int(batch.batch.bincount().max())
    return batch.num_graphs * (SLOTS if row.layout == "dense" else longest)


def matmul_gflops(device: str, dtype: str) -> float:
    """Return the best rate of a large square matrix product."""
    size = 16_384 if device == "cuda" else 3072
    kind = getattr(torch, dtype)
    left, right = (
        torch.randn(size, size, dtype=kind, device=device) for _ in range(2)
    )
    seconds = []
    for _ in range(6):
        started = time.perf_counter()
        product = left @ right
        float(product[0, 0])  # waits for the device
        seconds.append(time.perf_counter() - started)
    return 2e-9 * size**3 / min(seconds)


def main() -> None:
    """Print the figures of one row, or the rate of a matrix product."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--row", type=json.loads, default={}, metavar="JSON")
    parser.add_argument("--matmul", action="store_true")
    arguments = parser.parse_args()
    row = Row(**arguments.row)
    if arguments.matmul:
        print(json.dumps({"gflops": matmul_gflops(row.device, row.dtype)}))
        return
    print(json.dumps(measure(row)))


if __name__ == "__main__":
    main()
