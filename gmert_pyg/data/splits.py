"""Train and held-out graphs without leakage."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.near_duplicates import minhash, near_duplicates


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of the graphs to train on and to hold out.

    Args:
        train: graphs to train on.
        held_out: graphs of the held-out groups.
        held_out_groups: their projects or top-level modules.
        num_duplicates: how many graphs were left out of `train` because they
            nearly repeat a held-out one.
    """

    train: NDArray[np.int64]
    held_out: NDArray[np.int64]
    held_out_groups: tuple[str, ...]
    num_duplicates: int


def choose_groups(
    groups: Sequence[str], share: float, seed: int = 0
) -> tuple[str, ...]:
    """Choose whole groups that together hold about `share` of the items.

    Groups are taken in a pseudo-random order of their names, so that the choice
    hardly changes when a group is added. A group that would more than fill what
    is left is passed over.

    Args:
        groups: the group of every item.
        share: the wanted share of the items.
        seed: another seed gives another order. (default: :obj:`0`)

    Raises:
        ValueError: if `share` is not within (0, 1), or if no group is small
            enough.
    """
    if not 0 < share < 1:
        raise ValueError(f"'share' must be in (0, 1) (got {share})")
    sizes = Counter(groups)
    room = share * len(groups)
    order = sorted(
        sizes,
        key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest(),
    )
    chosen = []
    for name in order:
        if sizes[name] <= room:
            chosen.append(name)
            room -= sizes[name]
    if not chosen:
        raise ValueError(
            f"'groups' must have a group of at most {share:.0%} of the items"
            f" (got {dict(sizes.most_common(5))})"
        )
    return tuple(sorted(chosen))


def split_by_group(
    groups: Sequence[str],
    root_ids: NDArray[np.int64],
    root_pointers: NDArray[np.int64],
    *,
    share: float = 0.1,
    seed: int = 0,
) -> Split:
    """Hold out whole groups, and train on nothing that nearly repeats them.

    Args:
        groups: the project or top-level module of every graph.
        root_ids: the root tokens of all graphs, one after the other.
        root_pointers: where those of each graph start and end.
        share: the share of graphs to hold out. (default: :obj:`0.1`)
        seed: the seed of the choice of groups. (default: :obj:`0`)
    """
    held_out_groups = choose_groups(groups, share, seed)
    is_held_out = np.isin(np.asarray(groups), held_out_groups)
    signatures = minhash(root_ids, root_pointers)
    train = np.flatnonzero(~is_held_out)
    held_out = np.flatnonzero(is_held_out)
    repeats = near_duplicates(signatures[train], signatures[held_out])
    return Split(train[~repeats], held_out, held_out_groups, int(repeats.sum()))
