"""Pools of processes for work that is pure Python."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager


def can_fork() -> bool:
    """Tell whether this system can fork a process."""
    return "fork" in multiprocessing.get_all_start_methods()


@contextmanager
def process_pool(
    num_workers: int, initializer: Callable[[], None] | None = None
) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes, whose waiting tasks end with the context.

    Where the system can, they are forks, as the workers of PyTorch's
    `DataLoader` are: a fresh interpreter would import torch first, which takes
    longer than parsing a package, and would run a script that lacks a
    `__main__` guard again. The workers must not enter torch's thread pools.

    Args:
        num_workers: the number of processes.
        initializer: called once in each. (default: :obj:`None`)
    """
    context = multiprocessing.get_context("fork" if can_fork() else "spawn")
    pool = ProcessPoolExecutor(
        num_workers,
        mp_context=context,
        initializer=_start_worker,
        initargs=(initializer,),
    )
    try:
        yield pool
    finally:
        # After an interrupt, nobody waits for the tasks that are left.
        pool.shutdown(cancel_futures=True)


def _start_worker(initializer: Callable[[], None] | None) -> None:
    # An interrupt is the parent's to handle: a worker that died of it while
    # it holds the lock of a queue would leave the parent waiting for ever.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Nor may a worker outlive a parent that was killed: it would wait for work
    # for ever, and hold the locks that it inherited.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if initializer is not None:
        initializer()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
