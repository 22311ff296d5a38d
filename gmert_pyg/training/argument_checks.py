"""Arguments of Hugging Face's Trainer that graph batches contradict."""

from __future__ import annotations

from typing import Any

from transformers import TrainingArguments

# Per argument: the only value that means something here, and why.
_FIXED: dict[str, tuple[Any, str]] = {
    "auto_find_batch_size": (False, "'token_budget' sizes the batches"),
    "dataloader_drop_last": (False, "the plan of batches drops no graph"),
    "enable_jit_checkpoint": (
        False,
        "SIGTERM is heeded after the step, always",
    ),
    "label_smoothing_factor": (0.0, "losses are computed in the model"),
    "neftune_noise_alpha": (None, "GraphMERT is trained without noise"),
    "train_sampling_strategy": ("random", "batches are planned by length"),
    "use_liger_kernel": (False, "it knows no encoder of graphs"),
}
_NOT_NEGATIVE = (
    "attention_lr_multiplier",
    "learning_rate",
    "max_grad_norm",
    "warmup_steps",
    "weight_decay",
)


def check_training_arguments(args: TrainingArguments) -> None:
    """Refuse what would be ignored, or would cut graphs apart.

    Args:
        args: the arguments, as transformers has completed them.

    Raises:
        ValueError: naming the argument, and what it should be.
    """
    for name, (value, reason) in _FIXED.items():
        found = getattr(args, name, value)
        if found != value:
            raise ValueError(
                f"'{name}' must be {value!r}: {reason} (got {found!r})"
            )
    for name in ("token_budget", "gradient_accumulation_steps"):
        found = getattr(args, name)
        if found < 1:
            raise ValueError(f"'{name}' must be positive (got {found})")
    for name in _NOT_NEGATIVE:
        found = getattr(args, name)
        if not 0 <= found < float("inf"):
            raise ValueError(
                f"'{name}' must be finite and not negative (got {found})"
            )
    if args.fp16 and args.device.type == "cpu":
        raise ValueError("'fp16' must be False on the CPU (got True)")
    if args.deepspeed is not None:
        raise ValueError(
            "'deepspeed' must be None: several GPUs are used by torchrun, with"
            f" DDP or FSDP (got {args.deepspeed!r})"
        )
    options = args.accelerator_config
    for name in ("split_batches", "dispatch_batches"):
        if getattr(options, name, None):
            raise ValueError(
                f"'accelerator_config' must not set {name}: it cuts graphs"
                " apart (got True)"
            )
