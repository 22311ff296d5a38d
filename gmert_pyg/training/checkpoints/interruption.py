"""Signals that ask training to stop: after the step, with a checkpoint."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class TrainingInterrupted(KeyboardInterrupt):
    """Training was asked to stop, and has saved a checkpoint.

    Args:
        step (int): The optimizer step that was reached.
        number (int): The signal; a process that ends by it has the exit status
            128 plus its number.

    Example:
        >>> str(TrainingInterrupted(7, signal.SIGTERM))
        'interrupted at step 7, resume_from_checkpoint=True goes on'
        >>> TrainingInterrupted(7, signal.SIGTERM).exit_status
        143
    """

    def __init__(self, step: int, number: int) -> None:
        super().__init__(
            f"interrupted at step {step}, resume_from_checkpoint=True goes on"
        )
        self.step = step
        self.exit_status = 128 + number


class Interruption:
    """Notes that SIGINT (Ctrl-C) or SIGTERM (a cluster's preemption) came.

    The second signal acts as it did before. Outside of the main thread, which
    alone may, nothing is changed.

    Example:
        >>> with Interruption() as interruption:
        ...     signal.raise_signal(signal.SIGTERM)
        ...     interruption.received == signal.SIGTERM
        True
    """

    def __init__(self) -> None:
        self.received = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        self.received = 0
        if threading.current_thread() is threading.main_thread():
            self._before = {
                number: signal.signal(number, self._note) for number in _SIGNALS
            }
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        self.__exit__()
