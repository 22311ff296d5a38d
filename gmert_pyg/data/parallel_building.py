"""Building the graphs of many files, in several processes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from tqdm.auto import tqdm

from gmert_pyg.data.building import BuildCounts, GraphBuilder
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.graph_store import GraphStore
from gmert_pyg.parsing import read_source
from gmert_pyg.worker_processes import can_fork, process_pool

_FILES_PER_TASK = 8

GraphTransform = Callable[[ChainGraph], ChainGraph]
GraphFilter = Callable[[ChainGraph], bool]


@dataclass(frozen=True, slots=True)
class FileBuilder:
    """Builds the graphs of files, filtered and transformed.

    Args:
        builder: builds graphs.
        keep: tells which graphs to keep. (default: all)
        transform: applied to those.
    """

    builder: GraphBuilder
    keep: GraphFilter | None = None
    transform: GraphTransform | None = None

    def build(self, modules: range) -> tuple[GraphStore | None, BuildCounts]:
        """Build the graphs of some files of the knowledge graph."""
        total, stores = BuildCounts(), []
        for module in modules:
            text = read_source(self.builder.kg.modules[module].path)
            store, counts = self.builder.chunks(module, text)
            total += counts
            changed = self._change(store)
            if changed is not None:
                stores.append(changed)
        return (GraphStore.concatenate(stores) if stores else None), total

    def _change(self, store: GraphStore) -> GraphStore | None:
        """Filter and transform graphs; return `None` if none is left."""
        if len(store) == 0:
            return None
        if self.keep is None and self.transform is None:
            return store
        graphs = [store.get(index) for index in range(len(store))]
        if self.keep is not None:
            graphs = [graph for graph in graphs if self.keep(graph)]
        if self.transform is not None:
            graphs = [self.transform(graph) for graph in graphs]
        return GraphStore.from_graphs(graphs) if graphs else None


# Forked workers find here what cannot be sent to them cheaply.
_file_builder: FileBuilder | None = None


def build_files(
    file_builder: FileBuilder, num_workers: int, progress: bool = False
) -> tuple[GraphStore | None, BuildCounts]:
    """Build the graphs of all files of a knowledge graph, in their order.

    Args:
        file_builder: builds the graphs of a file.
        num_workers: the number of processes; at most 1 builds in this one.
        progress: whether to show a progress bar. (default: :obj:`False`)

    Returns:
        The graphs, or `None` if there are none, and the counts.
    """
    num_files = len(file_builder.builder.kg.modules)
    tasks = [
        range(start, min(start + _FILES_PER_TASK, num_files))
        for start in range(0, num_files, _FILES_PER_TASK)
    ]
    stores, total = [], BuildCounts()
    bar = tqdm(
        total=num_files,
        desc="Building graphs",
        unit="file",
        disable=not progress,
    )
    with bar:
        results = _results(file_builder, tasks, num_workers)
        for task, (store, counts) in zip(tasks, results, strict=True):
            if store is not None:
                stores.append(store)
            total += counts
            bar.update(len(task))
    return (GraphStore.concatenate(stores) if stores else None), total


def _results(
    file_builder: FileBuilder, tasks: list[range], num_workers: int
) -> Iterator[tuple[GraphStore | None, BuildCounts]]:
    if num_workers < 2 or len(tasks) < 2 or not can_fork():
        yield from map(file_builder.build, tasks)
        return
    global _file_builder
    _file_builder = file_builder
    try:
        with process_pool(num_workers, initializer=_prepare_worker) as pool:
            for columns, pointers, lists, counts in pool.map(_build, tasks):
                store = None
                if columns is not None:
                    store = GraphStore(
                        {k: torch.from_numpy(v) for k, v in columns.items()},
                        {k: torch.from_numpy(v) for k, v in pointers.items()},
                        lists[0],
                        {},
                        lists[1],
                    )
                yield store, counts
    finally:
        _file_builder = None


def _prepare_worker() -> None:
    # A forked process must not enter the thread pools of its parent, and its
    # garbage collector would copy all of the parent's memory by visiting it.
    torch.set_num_threads(1)
    gc.freeze()


_Arrays = dict[str, np.ndarray]
_Lists = tuple[dict[str, list[str]], dict[str, list[int]]]


def _build(
    modules: range,
) -> tuple[_Arrays | None, _Arrays, _Lists, BuildCounts]:
    """Build in a worker; return arrays, which pickle as plain bytes."""
    assert _file_builder is not None
    store, counts = _file_builder.build(modules)
    if store is None:
        return None, {}, ({}, {}), counts
    return (
        {name: value.numpy() for name, value in store.columns.items()},
        {name: value.numpy() for name, value in store.pointers.items()},
        (store.strings, store.numbers),
        counts,
    )
