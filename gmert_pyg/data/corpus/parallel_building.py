"""Building the shards of a corpus, in several processes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TypeVar

import torch
from tqdm.auto import tqdm

from gmert_pyg.data.corpus.build_plan import ShardTask
from gmert_pyg.data.corpus.shard_building import ShardBuilder, ShardReport
from gmert_pyg.kg.project import SourceFile
from gmert_pyg.worker_processes import can_fork, process_pool

Item = TypeVar("Item")
Result = TypeVar("Result")

_FILES_AT_ONCE = 16

# Forked workers find here what cannot be sent to them cheaply.
_builder: ShardBuilder | None = None


def build_in_processes(
    builder: ShardBuilder,
    tasks: Sequence[ShardTask],
    num_workers: int,
    progress: bool = False,
) -> list[ShardReport]:
    """Build the shards of a corpus.

    The projects that fit into a shard are spread over the processes. One that
    fills several is parsed by all of them, linked in this one, and built by
    all of them.

    Args:
        builder: builds a shard.
        tasks: the shards.
        num_workers: the number of processes; at most 1 builds in this one.
        progress: whether to show progress bars. (default: :obj:`False`)

    Returns:
        What was built, in the order of the shards.
    """
    reports = []
    bar = tqdm(
        total=sum(task.num_files for task in tasks),
        desc="Building graphs",
        unit="file",
        disable=not progress,
    )
    with bar:
        for large, group in groupby(tasks, key=lambda task: task.large):
            todo = list(group)
            num_parsed = 0
            if large is not None:
                files = builder.files(large)
                num_parsed = _parse(builder, files, num_workers, progress)
                if not all(builder.finished(task) for task in todo):
                    builder.link(large)
            results = _map(builder, ShardBuilder.build, todo, num_workers)
            for task, report in zip(todo, results, strict=True):
                reports.append(report)
                bar.update(task.num_files)
            reports[-1]["parsed"] += num_parsed
    return reports


def _parse(
    builder: ShardBuilder,
    files: list[SourceFile],
    num_workers: int,
    progress: bool,
) -> int:
    """Parse the files that were changed, and count them."""
    stale = [file for file in files if not builder.parsed.is_fresh(file)]
    chunks = [
        stale[start : start + _FILES_AT_ONCE]
        for start in range(0, len(stale), _FILES_AT_ONCE)
    ]
    num_parsed = 0
    with tqdm(
        total=len(stale), desc="Parsing", unit="file", disable=not progress
    ) as bar:
        for chunk, count in zip(
            chunks,
            _map(builder, ShardBuilder.parse, chunks, num_workers),
            strict=True,
        ):
            num_parsed += count
            bar.update(len(chunk))
    return num_parsed


def _map(
    builder: ShardBuilder,
    work: Callable[[ShardBuilder, Item], Result],
    items: Sequence[Item],
    num_workers: int,
) -> Iterator[Result]:
    """Let processes work on items; yield the results in their order."""
    if num_workers < 2 or len(items) < 2 or not can_fork():
        yield from (work(builder, item) for item in items)
        return
    global _builder
    _builder = builder
    try:
        with process_pool(num_workers, initializer=_prepare_worker) as pool:
            yield from pool.map(partial(_call, work), items)
    finally:
        _builder = None


def _call(work: Callable[[ShardBuilder, Item], Result], item: Item) -> Result:
    assert _builder is not None
    return work(_builder, item)


def _prepare_worker() -> None:
    # A forked process must not enter the thread pools of its parent, and its
    # garbage collector would copy all of the parent's memory by visiting it.
    torch.set_num_threads(1)
    gc.freeze()
