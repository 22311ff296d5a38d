"""One pre-training run: data in, trained model and metrics out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch_geometric.data import Batch

from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.data.splits import Split
from gmert_pyg.data.storage.corpus_columns import token_counts
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.tokenization import tokenizer_hash
from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.collation import GraphCollator
from gmert_pyg.training.trainer import GraphMertTrainer
from gmert_pyg.transforms import MaskForPreTraining


@dataclass(frozen=True, slots=True)
class PreTrainingData:
    """Graphs to train on, graphs to evaluate on, and how both are masked.

    Args:
        train: the training graphs.
        held_out: the graphs of held-out modules to evaluate on.
        split: how they were divided.
        train_masks: masks that change with the epoch.
        held_out_masks: masks that stay the same.
    """

    train: CodeChainGraphs
    held_out: CodeChainGraphs
    split: Split
    train_masks: MaskForPreTraining
    held_out_masks: MaskForPreTraining

    def masked_held_out(self) -> Batch:
        """Return all held-out graphs in one batch, masked."""
        collate = GraphCollator(self.held_out_masks)
        return collate(list(self.held_out))["batch"]

    def train_batch(self) -> Batch:
        """Return the training graphs in one batch, unmasked."""
        return GraphCollator()(list(self.train))["batch"]


def prepare_data(
    dataset: CodeChainGraphs,
    *,
    held_out_share: float | None = None,
    max_held_out: int | None = None,
    seed: int = 0,
) -> PreTrainingData:
    """Split a dataset by project or module, and set up its masks.

    Args:
        dataset: the dataset.
        held_out_share: the share of graphs to hold out. (default: the parts
            that the corpus pins, or else a tenth)
        max_held_out: the most held-out graphs to evaluate on, drawn at random.
            (default: all)
        seed: the seed of the split and of the masks. (default: :obj:`0`)

    Raises:
        ValueError: if no held-out graph may be evaluated on.
    """
    if max_held_out is not None and max_held_out < 1:
        raise ValueError(
            f"'max_held_out' must be positive (got {max_held_out})"
        )
    split = dataset.split(held_out_share, seed)
    held_out = split.held_out
    if max_held_out is not None and len(held_out) > max_held_out:
        random = np.random.default_rng(seed)
        held_out = np.sort(random.choice(held_out, max_held_out, replace=False))
    masks = [
        MaskForPreTraining(dataset.tokenizer, dataset.schema, seed=mask_seed)
        for mask_seed in (seed, seed + 1)
    ]
    return PreTrainingData(
        dataset.index_select(split.train.tolist()),
        dataset.index_select(held_out.tolist()),
        split,
        *masks,
    )


@torch.no_grad()
def start_from_frequencies(
    model: GraphMertForPreTraining, graphs: CodeChainGraphs
) -> None:
    r"""Let an untrained model answer with the frequencies of tokens.

    The bias of its vocabulary logits becomes :math:`\log \frac{n_t + 1}{n}`
    for a token :math:`t` that occurs :math:`n_t` times among :math:`n`: what a
    short training would otherwise spend its first steps on.

    Args:
        model: the model; changed in place.
        graphs: the training graphs.
    """
    vocab_size = model.config.vocab_size
    counts = token_counts(graphs.store, graphs.indices(), vocab_size)
    count = torch.from_numpy(counts) + 1
    model.lm_head.bias.copy_((count / count.sum()).log())


def make_trainer(
    model: GraphMertForPreTraining,
    data: PreTrainingData,
    arguments: GraphMertTrainingArguments,
) -> GraphMertTrainer:
    """Put model, data and arguments together.

    Args:
        model: the model to train.
        data: what to train and evaluate it on.
        arguments: how to.

    Raises:
        ValueError: if the model was made for another schema or tokenizer than
            the data.
    """
    model.check_dataset(data.train)
    model.config.tokenizer_hash = tokenizer_hash(data.train.tokenizer)
    return GraphMertTrainer(
        model,
        arguments,
        train_dataset=data.train,
        eval_dataset=data.held_out,
        train_collator=GraphCollator(
            data.train_masks, model.config.sbo_max_length
        ),
        eval_collator=GraphCollator(data.held_out_masks),
    )
