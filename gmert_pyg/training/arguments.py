"""Arguments of training that Hugging Face's lack."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from transformers import TrainingArguments

from gmert_pyg.training.argument_checks import check_training_arguments
from gmert_pyg.training.batches.loader import default_num_workers
from gmert_pyg.training.precision import uses_bf16
from gmert_pyg.training.processes.ranks import is_launched, require_one_gpu


@dataclass
class GraphMertTrainingArguments(TrainingArguments):
    """The arguments of :class:`transformers.TrainingArguments`, and some
    more.

    Args:
        per_device_train_batch_size (int, optional): How many graphs a batch
            holds on average; the run then finds the token budget that gives
            them. (default: :obj:`0`, as many as `token_budget` takes)
        token_budget (int, optional): The most nodes of a padded batch.
            (default: :obj:`4096`)
        attention_lr_multiplier (float, optional): How many times faster the
            attention scalars learn: the decay offsets are few, and gain nothing
            at the common learning rate. (default: :obj:`50.0`)
        precision (str, optional): Sets `bf16`: `"auto"` asks for bf16 autocast
            on devices that multiply it faster (GPUs with bf16 tensor cores,
            CPUs with AMX or AVX512_BF16); else `"bf16"` or `"float32"`.
            (default: :obj:`None`, as `bf16` and `fp16` say)
        dataloader_num_workers (int, optional): Processes per training process
            that read and mask batches ahead. (default: :obj:`-1`, none on the
            CPU and up to four for each GPU)
        peak_tflops (float, optional): What the device can do at best, in dense
            TFLOP/s, of which model FLOP utilisation is a share.
            (default: :obj:`None`, the vendor's figure for bfloat16 if it is in
            :mod:`gmert_pyg.training.tracking.device_peak`)
        save_epochs (float, optional): Passes over the graphs between
            checkpoints. (default: :obj:`None`, as `save_strategy` says)
        early_stopping_patience (int, optional): Stop when the held-out metric
            has not improved for this many evaluations.
            (default: :obj:`None`, never)
        wandb_project (str, optional): The project of the run in Weights &
            Biases. (default: :obj:`None`, as `WANDB_PROJECT` says, or
            `"gmert"`)

    Raises:
        ValueError: if an argument is set that would be ignored or would cut
            graphs apart, if one is out of range, or if `precision` is unknown
            or contradicts `fp16`.

    Example:
        >>> arguments = GraphMertTrainingArguments("run", token_budget=8192)
        >>> arguments.token_budget, arguments.remove_unused_columns
        (8192, False)
    """

    _argument_group_name = "training"

    per_device_train_batch_size: int = field(
        default=0,
        metadata={
            "help": "Graphs of a batch on average: the token budget that gives"
            " them is found from their sizes; 0 leaves it to token_budget."
        },
    )
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
    dataloader_num_workers: int = field(
        default=-1,
        metadata={
            "help": "Processes that read and mask batches ahead; -1: none on"
            " the CPU, up to four for each GPU."
        },
    )
    peak_tflops: float | None = field(
        default=None,
        metadata={"help": "Peak of the device in TFLOP/s, if not known."},
    )
    save_epochs: float | None = field(
        default=None,
        metadata={"help": "Passes over the graphs between checkpoints."},
    )
    early_stopping_patience: int | None = field(
        default=None,
        metadata={
            "help": "Stop after this many evaluations without a better"
            " held-out metric."
        },
    )
    wandb_project: str | None = field(
        default=None, metadata={"help": "Project in Weights & Biases."}
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
        if is_launched():
            self._use_gloo_without_gpu()
        if self.dataloader_num_workers == -1:
            self.dataloader_num_workers = default_num_workers(self.use_cpu)
        super().__post_init__()
        check_training_arguments(self)
        require_one_gpu(self.n_gpu)

    def _set_precision(self, precision: str) -> None:
        if self.fp16:
            raise ValueError(
                f"'precision' must be None with fp16 (got {precision!r})"
            )
        self.bf16 = uses_bf16(precision, self.use_cpu)
        # transformers takes bf16 on a machine without a GPU only if told so.
        if self.bf16 and not torch.accelerator.is_available():
            self.use_cpu = True

    def _use_gloo_without_gpu(self) -> None:
        # Unless told of the CPU, processes without a GPU do not find each
        # other: each would train alone, and all write to the same directory.
        self.use_cpu |= not torch.accelerator.is_available()
        if self.use_cpu and self.ddp_backend is None:
            self.ddp_backend = "gloo"

    @property
    def data_order_seed(self) -> int:
        """The seed of the order of the graphs."""
        return self.seed if self.data_seed is None else self.data_seed
