"""A Trainer that says in its log how training goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor
from transformers import PrinterCallback, ProgressCallback, Trainer

from gmert_pyg.training.tracking.measurements import Tracking
from gmert_pyg.training.tracking.progress import progress_callback
from gmert_pyg.training.tracking.reporting import use_own_reports

LogSource = Callable[[], dict[str, float]]


class TrackedTrainer(Trainer):
    """Adds to every entry of training in the log: the accuracies on the
    targets trained on (`mlm_accuracy`, `leaf_accuracy`, `relation_accuracy`),
    the share of padding, the norms of the gradients of all parts before they
    are clipped (`grad_norm/...`), the learning rate of every group
    (`learning_rate/...`), nodes and graphs per second, the share of time spent
    waiting for data (`data_wait`), TFLOP/s and model FLOP utilisation, and how
    many times the data has been gone through (`data_epoch`).

    It calls no operation of the device that has to be waited for, but when an
    entry is logged. :meth:`track` must be called once, and `tracking.add` for
    every batch.
    """

    log_sources: list[LogSource]
    tracking: Tracking

    def track(self, *sources: LogSource) -> None:
        """Measure from now on, and report to where the arguments say.

        Args:
            *sources: what every entry of training in the log holds besides,
                each called by all processes.
        """
        for printing in (ProgressCallback, PrinterCallback):
            self.remove_callback(printing)
        if not self.args.disable_tqdm:
            self.add_callback(progress_callback())
        use_own_reports(self)
        self.tracking = Tracking(self)
        self.log_sources = [*sources, *self.tracking.sources()]

    def log(
        self, logs: dict[str, float], start_time: float | None = None
    ) -> None:
        """Add what was measured to an entry of training."""
        if "loss" in logs:
            for source in self.log_sources:
                logs |= source()
        super().log(logs, start_time)

    def training_step(self, *args: Any, **kwargs: Any) -> Tensor:
        """Train on a batch, and measure the gradients if they are logged."""
        loss: Tensor = super().training_step(*args, **kwargs)
        self.tracking.measure_gradients()
        return loss

    def get_batch_samples(
        self, epoch_iterator: Iterator[Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Fetch the batches of a step, and count the time that takes."""
        return super().get_batch_samples(
            self.tracking.throughput.timed(epoch_iterator), *args, **kwargs
        )

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Return 0: they are summed on the device, without waiting for it."""
        return 0

    def store_flos(self) -> None:
        """Add the operations since the last call to the state."""
        self.current_flos += self.tracking.throughput.take_flops()
        super().store_flos()
