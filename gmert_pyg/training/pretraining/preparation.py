"""One pre-training run: data in, trained model and metrics out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import Batch

from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.data.splits import Split
from gmert_pyg.data.storage.corpus_columns import token_counts
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.tokenization import tokenizer_hash
from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.batches.chains import Chains
from gmert_pyg.training.batches.collation import GraphCollator
from gmert_pyg.training.batches.plan_sampler import SizedGraphs
from gmert_pyg.training.pretraining.arguments import ObjectiveArguments
from gmert_pyg.training.pretraining.masks import Masks, make_masks
from gmert_pyg.training.trainer import GraphMertTrainer


@dataclass(frozen=True, slots=True)
class PreTrainingData:
    """Graphs to train on, graphs to evaluate on, and how both are masked.

    Args:
        train: the training graphs.
        held_out: the graphs of held-out modules to evaluate on.
        split: how they were divided.
        train_masks: masks that change with the epoch.
        held_out_masks: masks that stay the same.
        has_leaves: whether the masks leave the leaves in place.
    """

    train: CodeChainGraphs
    held_out: CodeChainGraphs
    split: Split
    train_masks: Masks
    held_out_masks: Masks
    has_leaves: bool = True

    def masked_held_out(self) -> Batch:
        """Return all held-out graphs in one batch, masked."""
        collate = GraphCollator(self.held_out_masks)
        return collate(list(self.held_out))["batch"]

    def sized(self, graphs: CodeChainGraphs) -> SizedGraphs:
        """Return graphs with the sizes that they have in a batch."""
        return graphs if self.has_leaves else Chains(graphs)

    def train_batch(self) -> Batch:
        """Return the training graphs in one batch, unmasked."""
        return GraphCollator()(list(self.train))["batch"]


def prepare_data(
    dataset: CodeChainGraphs,
    *,
    held_out_share: float | None = None,
    max_held_out: int | None = None,
    max_train: int | None = None,
    seed: int = 0,
    objectives: ObjectiveArguments | None = None,
) -> PreTrainingData:
    """Split a dataset by project or module, and set up its masks.

    Args:
        dataset: the dataset.
        held_out_share: the share of graphs to hold out. (default: the parts
            that the corpus pins, or else a tenth)
        max_held_out: the most held-out graphs to evaluate on, drawn at random.
            (default: all)
        max_train: the most graphs to train on, drawn at random.
            (default: all)
        seed: the seed of the split and of the masks. (default: :obj:`0`)
        objectives: what is masked. (default: everything)

    Raises:
        ValueError: if no graph may be trained or evaluated on, or if the source
            cannot be divided.
    """
    split = _split(dataset, held_out_share, seed)
    held_out = _drawn(split.held_out, max_held_out, "max_held_out", seed)
    train = _drawn(split.train, max_train, "max_train", seed)
    objectives = objectives or ObjectiveArguments()
    train_masks, held_out_masks = (
        make_masks(dataset.tokenizer, dataset.schema, objectives, mask_seed)
        for mask_seed in (seed, seed + 1)
    )
    return PreTrainingData(
        dataset.index_select(train.tolist()),
        dataset.index_select(held_out.tolist()),
        split,
        train_masks,
        held_out_masks,
        has_leaves=objectives.leaves,
    )


def _split(
    dataset: CodeChainGraphs, held_out_share: float | None, seed: int
) -> Split:
    if held_out_share is not None and not 0 < held_out_share < 1:
        raise ValueError(
            f"'held_out_share' must be in (0, 1) (got {held_out_share})"
        )
    try:
        return dataset.split(held_out_share, seed)
    except ValueError as error:
        # A split speaks of groups, of which nobody here was asked.
        number = len(set(dataset.store.paths.codes[dataset.indices()]))
        raise ValueError(
            "'source' must have files to hold out, which are not trained on,"
            f" of at most {held_out_share or 0.1:.0%} of the graphs: add files"
            f" (got {number} with functions in '{dataset.source.name}')"
        ) from error


def _drawn(
    chosen: NDArray[np.int64], most: int | None, name: str, seed: int
) -> NDArray[np.int64]:
    if most is None:
        return chosen
    if most < 1:
        raise ValueError(f"'{name}' must be positive (got {most})")
    if len(chosen) <= most:
        return chosen
    random = np.random.default_rng(seed)
    return np.sort(random.choice(chosen, most, replace=False))


def new_model(
    size: str, dataset: CodeChainGraphs, **overrides: Any
) -> GraphMertForPreTraining:
    """Return an untrained model for a dataset's tokens and relations.

    Args:
        size: `"small"`, `"base"` or `"codebert"`, the method of
            :class:`~gmert_pyg.GraphMertConfig` of that name.
        dataset: the dataset.
        **overrides: further arguments of that method.
    """
    tokenizer = dataset.tokenizer
    config = getattr(GraphMertConfig, size)(
        vocab_size=len(tokenizer),
        schema=dataset.schema.to_dict(),
        pad_token_id=tokenizer.pad_token_id,
        mask_token_id=tokenizer.mask_token_id,
        tokenizer_hash=tokenizer_hash(tokenizer),
        **overrides,
    )
    return GraphMertForPreTraining(config)


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


def check_positions(
    model: GraphMertForPreTraining, data: PreTrainingData
) -> None:
    """Check that an encoder has a position for every token of every chain.

    Args:
        model: the model.
        data: the graphs.

    Raises:
        ValueError: if a chain is longer.
    """
    known = model.graphmert.max_positions
    if known is None:
        return
    longest = max(
        int(Chains(graphs).num_nodes_per_graph.max(initial=0))
        for graphs in (data.train, data.held_out)
    )
    if longest > known:
        raise ValueError(
            f"'max_positions' must hold the longest chain, of {longest} tokens:"
            f" add --max_positions {longest}, or cut by --max_roots (got"
            f" {known})"
        )


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
        train_dataset=data.sized(data.train),
        eval_dataset=data.sized(data.held_out),
        train_collator=GraphCollator(
            data.train_masks, model.config.sbo_max_length
        ),
        eval_collator=GraphCollator(data.held_out_masks),
    )
