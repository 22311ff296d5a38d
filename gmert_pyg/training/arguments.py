"""Arguments of training that Hugging Face's lack."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from transformers import TrainingArguments

from gmert_pyg.training.argument_checks import check_training_arguments
from gmert_pyg.training.precision import uses_bf16


@dataclass
class GraphMertTrainingArguments(TrainingArguments):
    """The arguments of :class:`transformers.TrainingArguments`, and some
    more.

    Args:
        token_budget (int, optional): The most nodes of a padded batch.
            (default: :obj:`4096`)
        attention_lr_multiplier (float, optional): How many times faster the
            attention scalars learn: the decay offsets are few, and gain nothing
            at the common learning rate. (default: :obj:`50.0`)
        precision (str, optional): Sets `bf16`: `"auto"` asks for bf16 autocast
            on devices that multiply it faster (GPUs with bf16 tensor cores,
            CPUs with AMX or AVX512_BF16); else `"bf16"` or `"float32"`.
            (default: :obj:`None`, as `bf16` and `fp16` say)
        peak_tflops (float, optional): What the device can do at best, in dense
            TFLOP/s, of which model FLOP utilisation is a share.
            (default: :obj:`None`, the vendor's figure for bfloat16 if it is in
            :mod:`gmert_pyg.training.device_peak`)

    Raises:
        ValueError: if an argument is set that would be ignored or would cut
            graphs apart, if one is out of range, or if `precision` is unknown
            or contradicts `fp16`.

    Example:
        >>> arguments = GraphMertTrainingArguments("run", token_budget=8192)
        >>> arguments.token_budget, arguments.remove_unused_columns
        (8192, False)
    """

    token_budget: int = field(
        default=4096, metadata={"help": "The most nodes of a padded batch."}
    )
    attention_lr_multiplier: float = field(
        default=50.0,
        metadata={"help": "Learning rate of attention scalars, as a multiple."},
    )
    precision: str | None = field(
        default=None,
        metadata={"help": "'auto', 'bf16' or 'float32'; sets bf16."},
    )
    peak_tflops: float | None = field(
        default=None,
        metadata={"help": "Peak of the device in TFLOP/s, if not known."},
    )

    def __post_init__(self) -> None:
        self.remove_unused_columns = False
        self.restore_callback_states_from_checkpoint = True
        # It would replace a loss that is no number by a mean in the log.
        self.logging_nan_inf_filter = False
        if self.peak_tflops is not None and not self.peak_tflops > 0:
            raise ValueError(
                f"'peak_tflops' must be positive (got {self.peak_tflops})"
            )
        if self.precision is not None:
            self._set_precision(self.precision)
        super().__post_init__()
        check_training_arguments(self)

    def _set_precision(self, precision: str) -> None:
        if self.fp16:
            raise ValueError(
                f"'precision' must be None with fp16 (got {precision!r})"
            )
        self.bf16 = uses_bf16(precision, self.use_cpu)
        # transformers takes bf16 on a machine without a GPU only if told so.
        if self.bf16 and not torch.accelerator.is_available():
            self.use_cpu = True

    @property
    def data_order_seed(self) -> int:
        """The seed of the order of the graphs."""
        return self.seed if self.data_seed is None else self.data_seed
