"""Arguments of training that Hugging Face's lack."""

from __future__ import annotations

from dataclasses import dataclass, field

from transformers import TrainingArguments


@dataclass
class GraphMertTrainingArguments(TrainingArguments):
    """The arguments of :class:`transformers.TrainingArguments`, and two more.

    Args:
        token_budget (int, optional): The most nodes of a padded batch.
            (default: :obj:`4096`)
        attention_lr_multiplier (float, optional): How many times faster the
            attention scalars learn: the decay offsets are few, and gain nothing
            at the common learning rate. (default: :obj:`50.0`)

    Raises:
        ValueError: if an argument is set that would cut graphs apart.

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

    def __post_init__(self) -> None:
        self.remove_unused_columns = False
        super().__post_init__()
        options = self.accelerator_config
        for name in ("split_batches", "dispatch_batches"):
            if getattr(options, name, None):
                raise ValueError(
                    f"'accelerator_config' must not set {name}: it cuts graphs"
                    " apart (got True)"
                )

    @property
    def data_order_seed(self) -> int:
        """The seed of the order of the graphs."""
        return self.seed if self.data_seed is None else self.data_seed
