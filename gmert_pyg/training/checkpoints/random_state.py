"""Code that draws random numbers without anyone noticing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def same_random_state() -> Iterator[None]:
    """Leave Python's, NumPy's and torch's generators as they were found.

    Example:
        >>> with same_random_state():
        ...     first = torch.rand(())
        >>> bool(first == torch.rand(()))
        True
    """
    of_python, of_numpy = random.getstate(), np.random.get_state()
    has_gpu = torch.cuda.is_available()
    devices = [torch.cuda.current_device()] if has_gpu else []
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(of_python)
            np.random.set_state(of_numpy)
