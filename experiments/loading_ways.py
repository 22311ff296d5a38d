"""All ways to make a batch of graphs that a benchmark compares, and turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, cast

import torch
from torch_geometric.data import Batch

from gmert_pyg import CodeChainGraphs
from gmert_pyg.training import EpochView, GraphCollator
from gmert_pyg.transforms import MaskForPreTraining
from gmert_pyg.transforms.ragged import RaggedNodes

Figures = dict[str, Any]
Run = Callable[[Any], object]

# What masks decide, and batches must agree in.
COMPARED = ("input_ids", "labels", "edge_index", "edge_type", "edge_label")


class Loading:
    """The graphs of a dataset, and all ways to make batches of them.

    Args:
        graphs: the graphs.
    """

    def __init__(self, graphs: CodeChainGraphs) -> None:
        self.view = EpochView(graphs)
        self.masks = MaskForPreTraining(graphs.tokenizer, graphs.schema)
        self.collate = GraphCollator(self.masks)

    def read(self, draws: list[int]) -> Batch:
        """Read a batch."""
        return cast(Batch, self.view.__getitems__(draws))

    def load(self, draws: list[int]) -> Batch:
        """Read, mask and collate a batch, as training does."""
        return self.collate(self.read(draws))["batch"]

    def load_one_by_one(self, draws: list[int]) -> Batch:
        """Read and mask graphs one at a time, then put them together."""
        masked = [self.masks(self.view[draw]) for draw in draws]
        return GraphCollator()(masked)["batch"]

    def mask_runs(self) -> dict[str, Run]:
        """Return all masks together, and each, of a batch that was read."""
        runs: dict[str, Run] = {"all": lambda batch: self.masks(copy(batch))}
        for mask in self.masks.masks:
            runs[type(mask).__name__] = lambda batch, mask=mask: mask.apply(
                copy(batch), RaggedNodes.of(batch)
            )
        return runs

    def compare(self, draws: list[int]) -> None:
        """Check that a batch is that of the graphs one at a time."""
        ours, theirs = self.load(draws), self.load_one_by_one(draws)
        for name in COMPARED:
            if not torch.equal(ours[name], theirs[name]):
                raise AssertionError(f"'{name}' differs from one at a time")


def seconds(run: Run, batches: Iterable[Any]) -> tuple[float, float]:
    """Time a run over all batches, on the clock and of the thread."""
    wall, cpu = time.perf_counter(), time.thread_time()
    for batch in batches:
        run(batch)
    return time.perf_counter() - wall, time.thread_time() - cpu


def take_turns(
    runs: dict[str, tuple[Run, list[Any]]], num_graphs: int, repeats: int
) -> dict[str, Figures]:
    """Time several runs, each over its batches, which hold the same graphs."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, (run, batches) in runs.items():
            took = seconds(run, batches)
            if turn > 0:  # the first warms up
                taken[name].append(took)
    figures = {}
    for name, both in taken.items():
        wall, cpu = (statistics.median(t) for t in zip(*both, strict=True))
        figures[name] = {
            "wall_s": wall,
            "cpu_s": cpu,
            "wall_graphs_per_second": num_graphs / wall,
            "cpu_graphs_per_second": num_graphs / cpu,
        }
    return figures
