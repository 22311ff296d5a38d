"""From the objectives of a run to the masks of its batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch_geometric.transforms import Compose
from transformers import PreTrainedTokenizerFast

from gmert_pyg.schema import Schema
from gmert_pyg.training.pretraining.arguments import ObjectiveArguments
from gmert_pyg.transforms import DropLeaves, MaskForPreTraining

Masks = Callable[[Any], Any]


def make_masks(
    tokenizer: PreTrainedTokenizerFast,
    schema: Schema,
    objectives: ObjectiveArguments,
    seed: int,
) -> Masks:
    """Return what masks a batch for the objectives of a run.

    Args:
        tokenizer: gives the mask token and the vocabulary.
        schema: gives the MASK relation.
        objectives: what is predicted.
        seed: the seed of all draws.

    Raises:
        ValueError: if the tokenizer has no mask token, or the rate is no share.
    """
    masks = MaskForPreTraining(
        tokenizer,
        schema,
        leaves=objectives.leaf_loss,
        relations=objectives.relation_loss,
        max_span_length=7 if objectives.span else 1,
        rate=objectives.rate,
        seed=seed,
    )
    return masks if objectives.leaves else Compose([DropLeaves(), masks])
