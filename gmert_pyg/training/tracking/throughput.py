"""How fast training goes between two entries of the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch
from torch import Tensor
from transformers import TrainerCallback

Item = TypeVar("Item")
# What this adds to an entry: it depends on the clock, unlike all the rest.
TIMED = (
    "nodes_per_second",
    "graphs_per_second",
    "data_wait",
    "tflops",
    "model_flop_utilisation",
)


class Throughput(TrainerCallback):
    r"""Nodes and graphs per second, the share of time spent waiting for data,
    and the operations per second, also as a share of what the device can do.

    Of all processes together: real nodes, not padding, and TFLOP/s; the share
    waited is their mean. Time for evaluating and saving does not count. The
    share waited is that of the process, which runs ahead of a GPU: where it is
    0 the GPU was never short of data, and where it is not, the GPU may have
    been busy with earlier work all the while. Model FLOP utilisation is the
    operations that the model needs (see
    :class:`~gmert_pyg.nn.flop_count.FlopCount`: real nodes, pairs within
    graphs) over those that all devices could do in dense bfloat16 in the time.

    Args:
        peak (float, optional): what one device can do, in TFLOP/s.
            (default: not known, and then no utilisation is logged)
        device (torch.device or str, optional): where to sum.
            (default: :obj:`"cpu"`)
        over_ranks (callable, optional): adds a tensor up over all processes.
            (default: there is one)
        num_ranks (int, optional): the number of processes.
            (default: :obj:`1`)
        clock (callable, optional): the time in seconds.
            (default: :func:`time.perf_counter`)
    """

    def __init__(
        self,
        peak: float | None = None,
        device: torch.device | str = "cpu",
        over_ranks: Callable[[Tensor], Tensor] | None = None,
        num_ranks: int = 1,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.peak, self.num_ranks = peak, num_ranks
        self.over_ranks = over_ranks or (lambda sums: sums)
        self.clock = clock
        # Floating-point operations, nodes, graphs.
        self.sums = torch.zeros(3, dtype=torch.double, device=device)
        self.flops = self.sums.new_zeros(())
        self._start_again(clock())

    def add(self, flops: Tensor, num_nodes: int, num_graphs: int) -> None:
        """Add a batch, without waiting for the device.

        Args:
            flops: [], the operations that it takes.
            num_nodes: its nodes.
            num_graphs: its graphs.
        """
        self.flops += flops
        self.sums[0] += flops
        self.sums[1] += num_nodes
        self.sums[2] += num_graphs

    def take_flops(self) -> int:
        """Return the operations of this process since this was last called."""
        flops = int(self.flops)
        self.flops.zero_()
        return flops

    def timed(self, batches: Iterator[Item]) -> Iterator[Item]:
        """Yield batches, and count the time until each is there.

        Args:
            batches: the batches.
        """
        while True:
            start = self.clock()
            try:
                batch = next(batches)
            except StopIteration:
                return
            finally:
                self.waited += self.clock() - start
            yield batch

    def __call__(self) -> dict[str, float]:
        """Return the rates since the last call, and start again.

        To be called by all processes.
        """
        now = self.clock()
        seconds = max(now - self.start - self.paused, 1e-9)
        share = self.sums.new_tensor([min(self.waited / seconds, 1.0)])
        sums = self.over_ranks(torch.cat([self.sums, share])).tolist()
        self.sums.zero_()
        self._start_again(now)
        tflops = sums[0] / seconds / 1e12
        entry = {
            "nodes_per_second": sums[1] / seconds,
            "graphs_per_second": sums[2] / seconds,
            "data_wait": sums[3] / self.num_ranks,
            "tflops": tflops,
        }
        if self.peak is not None:
            entry["model_flop_utilisation"] = tflops / (
                self.peak * self.num_ranks
            )
        return entry

    def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
        """Start the clock."""
        self.sums.zero_()
        self._start_again(self.clock())

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        """Remember when work on batches paused, if it does."""
        self.mark = self.clock()

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Do so after an entry of training, which is a part of its step."""
        if logs and "loss" in logs:
            self.mark = self.clock()

    def on_evaluate(self, *args: Any, **kwargs: Any) -> None:
        """Leave the time of an evaluation out."""
        self._resume()

    def on_save(self, *args: Any, **kwargs: Any) -> None:
        """Leave the time of a checkpoint out."""
        self._resume()

    def _resume(self) -> None:
        now = self.clock()
        self.paused += now - self.mark
        self.mark = now

    def _start_again(self, now: float) -> None:
        self.start, self.mark = now, now
        self.paused, self.waited = 0.0, 0.0
