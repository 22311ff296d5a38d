"""Flags of a device, read a step later than they are computed."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

Owner = TypeVar("Owner")


class LateFlags(Generic[Owner]):
    """Flags on their way from a device.

    A copy into pinned memory does not stall the queue of the device; by the
    time that the next flags are computed it has long arrived.

    Example:
        >>> late = LateFlags()
        >>> late.swap("first", torch.tensor([True]))
        >>> late.swap("second", torch.tensor([False]))
        ('first', [True])
        >>> late.last(), late.last()
        (('second', [False]), None)
    """

    def __init__(self) -> None:
        self._waiting: tuple[Owner, Tensor, Any] | None = None
        self._frozen: Tensor | None = None

    def swap(
        self, owner: Owner, flags: Tensor
    ) -> tuple[Owner, list[bool]] | None:
        """Send flags on their way, and return those sent before."""
        before = self.last()
        arrived = None
        if flags.device.type == "cuda":
            buffer = torch.empty(flags.shape, dtype=torch.bool, pin_memory=True)
            buffer.copy_(flags, non_blocking=True)
            flags, arrived = buffer, torch.cuda.Event()
            arrived.record()
        self._waiting = owner, flags, arrived
        return before

    def last(self) -> tuple[Owner, list[bool]] | None:
        """Return the flags sent last, if any have not been read."""
        if self._waiting is None:
            return None
        owner, flags, arrived = self._waiting
        self._waiting = None
        if arrived is not None:
            arrived.synchronize()
        return owner, flags.tolist()

    def freeze(self, optimizer: Any, bad: Tensor) -> None:
        """Let a fused optimizer stay where it is from the first `bad` step on.

        Its kernel reads the flag on the device, as it does for a gradient that
        a scaler found to overflow.
        """
        bad = (bad > 0).float()
        frozen = bad if self._frozen is None else self._frozen.maximum(bad)
        self._frozen = optimizer.found_inf = frozen
