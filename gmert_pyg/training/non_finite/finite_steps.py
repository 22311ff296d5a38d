"""A Trainer that stops before a step that is not finite."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import Trainer

from gmert_pyg.training.non_finite.late_flags import LateFlags
from gmert_pyg.training.non_finite.micro_batch import MicroBatch, random_state
from gmert_pyg.training.non_finite.stopping import Step, stop
from gmert_pyg.training.processes.fully_sharded import whole


class FiniteStepsTrainer(Trainer):
    """Stops if the loss or the norm of the gradient is not finite.

    On the CPU that is before the optimizer moves. On a GPU nothing waits for
    it: the flags of a step are read while the next one runs, and the optimizer
    is told on the device itself not to move any more. So the weights are those
    from before the step, both in checkpoints and in what is saved to replay the
    batch. All processes stop at the same step.

    :meth:`compute_loss` must tell :meth:`saw_losses` what it got.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._micro_batches: list[MicroBatch] = []
        self._late: LateFlags[Step] = LateFlags()

    def training_step(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        """Remember what the forward pass gets."""
        number_format = self.accelerator.mixed_precision
        items = num_items_in_batch
        self._micro_batches.append(
            MicroBatch(
                inputs["batch"],
                random_state(self.args.device),
                {"bf16": "bfloat16", "fp16": "float16"}.get(number_format),
                items if isinstance(items, Tensor) else None,
            )
        )
        loss: Tensor = super().training_step(model, inputs, num_items_in_batch)
        return loss

    def saw_losses(self, output: Any) -> None:
        """Remember the parts of the loss of the batch at hand."""
        # Whoever calls `compute_loss` by hand takes no step.
        if self._micro_batches:
            self._micro_batches[-1].losses = {
                name: value.detach()
                for name, value in output.items()
                if name.endswith("loss")
            }

    def _get_grad_norm(
        self, model: nn.Module, grad_norm: Tensor | float | None = None
    ) -> Tensor | float:
        """Look at the step, between its gradient and the optimizer."""
        norm: Tensor | float = super()._get_grad_norm(model, grad_norm)
        if isinstance(norm, Tensor):
            norm = whole(norm)
        step = Step(self.state.global_step + 1, self._micro_batches)
        self._micro_batches = []
        scaler = self.accelerator.scaler
        # With a scaler, gradients overflow now and then: it tries again.
        flags = step.flags(norm if scaler is None else 0.0, self.args.device)
        anywhere = (~flags.all()).float()
        if self.args.world_size > 1:
            anywhere = self.accelerator.reduce(anywhere, "sum")
        optimizer = getattr(self.optimizer, "optimizer", self.optimizer)
        flags = torch.cat([flags, (anywhere == 0)[None]])
        if scaler is None and self._may_look_late(optimizer):
            self._late.freeze(optimizer, anywhere)
            self._judge(self._late.swap(step, flags))
        else:
            self._judge((step, flags.tolist()))
        return norm

    def _may_look_late(self, optimizer: Any) -> bool:
        """Tell whether the optimizer can be stopped on the device."""
        fused = getattr(optimizer, "_step_supports_amp_scaling", False)
        return self.args.device.type == "cuda" and bool(fused)

    def _maybe_log_save_evaluate(self, *args: Any, **kwargs: Any) -> None:
        """Look at the last step first, if anything is made of it."""
        control = self.control
        if (
            control.should_log
            or control.should_evaluate
            or control.should_save
            or control.should_epoch_stop
            or control.should_training_stop
        ):
            self._judge(self._late.last())
        super()._maybe_log_save_evaluate(*args, **kwargs)

    def _judge(self, looked_at: tuple[Step, list[bool]] | None) -> None:
        """Stop if a step was not finite."""
        if looked_at is None or all(looked_at[1]):
            return
        step, flags = looked_at
        self._late = LateFlags()
        stop(self, step, flags[:-1])
