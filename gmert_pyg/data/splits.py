"""Training, validation and test graphs without leakage."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.near_duplicates import (
    Sketches,
    exact_duplicates,
    near_duplicates,
)
from gmert_pyg.data.sources import Source

SplitBy = Literal["project", "module", "file"]
# From the part that gives way to the one that is left whole.
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of the graphs to train, validate and test on.

    No two parts share a group, and no graph of a part resembles one of a later
    part.

    Args:
        train: graphs to train on.
        validation: graphs to choose a model by.
        test: graphs to report on; may be empty.
        groups: the groups of each part but `train`, sorted.
        num_exact: how many graphs were left out of each part because their
            tokens are those of a graph of a later part.
        num_near: how many more were because they nearly are.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    groups: Mapping[str, tuple[str, ...]]
    num_exact: Mapping[str, int]
    num_near: Mapping[str, int]

    @property
    def held_out(self) -> NDArray[np.int64]:
        """All graphs that are not trained on, sorted."""
        return np.sort(np.concatenate([self.validation, self.test]))

    @property
    def held_out_groups(self) -> tuple[str, ...]:
        """The groups that are not trained on, sorted."""
        return tuple(
            sorted(name for names in self.groups.values() for name in names)
        )

    @property
    def num_duplicates(self) -> int:
        """How many graphs were left out of all parts."""
        counts = (*self.num_exact.values(), *self.num_near.values())
        return sum(counts)

    def statistics(self) -> dict[str, dict[str, int]]:
        """Return counts of each part, as JSON-serialisable data."""
        return {
            part: {
                "graphs": len(getattr(self, part)),
                "exact_duplicates_left_out": self.num_exact.get(part, 0),
                "near_duplicates_left_out": self.num_near.get(part, 0),
            }
            for part in PARTS
        }

    def __str__(self) -> str:
        lines = []
        for part, counts in self.statistics().items():
            line = (
                f"{part}: {counts['graphs']:,} graphs;"
                f" {counts['exact_duplicates_left_out']:,} exact and"
                f" {counts['near_duplicates_left_out']:,} near-duplicates of"
                " later parts left out"
            )
            names = self.groups.get(part, ())
            lines.append(line + (f"; {', '.join(names)}" if names else ""))
        return "\n".join(lines)


def choose_groups(
    groups: Iterable[str] | Mapping[str, int],
    share: float,
    seed: int = 0,
    *,
    taken: Collection[str] = (),
) -> tuple[str, ...]:
    """Choose whole groups that together hold about `share` of the items.

    Groups are taken in a pseudo-random order of their names, so that the choice
    hardly changes when a group is added. A group that would more than fill what
    is left is passed over.

    Args:
        groups: the group of every item, or the size of every group.
        share: the wanted share of the items.
        seed: another seed gives another order. (default: :obj:`0`)
        taken: groups not to choose. (default: none)

    Raises:
        ValueError: if `share` is not within (0, 1), or if no group is small
            enough.
    """
    if not 0 < share < 1:
        raise ValueError(f"'share' must be in (0, 1) (got {share})")
    sizes = Counter(groups)
    room = share * sizes.total()
    order = sorted(
        sizes.keys() - set(taken),
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
    sketches: Sketches,
    parts: Mapping[str, Collection[str]],
) -> Split:
    """Keep groups whole, and parts free of what resembles a later part.

    Args:
        groups: the group of every graph.
        sketches: those of their root tokens.
        parts: the groups of `"validation"` and `"test"`; all others are
            trained on.

    Raises:
        ValueError: if a part is unknown, or a group is in both.
    """
    unknown = parts.keys() - set(PARTS[1:])
    if unknown:
        raise ValueError(
            f"'parts' must be of {PARTS[1:]} (got {sorted(unknown)})"
        )
    names = {part: set(parts.get(part, ())) for part in PARTS[1:]}
    both = names["validation"] & names["test"]
    if both:
        raise ValueError(
            f"'parts' must not share a group (got {sorted(both)} in both)"
        )
    part_of_group = {
        name: number
        for number, part in enumerate(PARTS)
        for name in names.get(part, ())
    }
    part_of = np.array([part_of_group.get(name, 0) for name in groups])
    members = [np.flatnonzero(part_of == n) for n in range(len(PARTS))]
    num_exact, num_near = {}, {}
    for number in reversed(range(len(PARTS) - 1)):
        later = sketches.take(np.concatenate(members[number + 1 :]))
        own = sketches.take(members[number])
        exact, repeats = (
            exact_duplicates(own, later),
            near_duplicates(own, later),
        )
        num_exact[PARTS[number]] = int(exact.sum())
        num_near[PARTS[number]] = int((repeats & ~exact).sum())
        members[number] = members[number][~repeats]
    train, validation, test = members
    return Split(
        train,
        validation,
        test,
        {part: tuple(sorted(found)) for part, found in names.items() if found},
        num_exact,
        num_near,
    )


def split_corpus(
    source: Source,
    paths: Sequence[str],
    path_of: NDArray[np.int64],
    sketches: Sketches,
    *,
    share: float | None = None,
    test_share: float = 0.0,
    by: SplitBy | None = None,
    seed: int = 0,
) -> Split:
    """Split the graphs of a corpus by project, module or file.

    Args:
        source: the corpus.
        paths: the files of the graphs.
        path_of: which of them each graph is from.
        sketches: those of the graphs' root tokens.
        share: the share of graphs to validate on. (default: what the corpus
            pins, or else a tenth)
        test_share: the share of graphs to test on. (default: :obj:`0.0`)
        by: what is held out as a whole. (default: projects if there are
            several, or else top-level modules and packages, or else, where none
            is small enough, files)
        seed: the seed of the choice. (default: :obj:`0`)

    Raises:
        ValueError: if a share is not within (0, 1), if both leave nothing to
            train on, if `by` is unknown, or if no group is small enough.
    """
    if by not in (None, "project", "module", "file"):
        raise ValueError(
            f"'by' must be 'project', 'module' or 'file' (got '{by}')"
        )
    groups = _groups(source, paths, path_of, by)
    if share is None and not test_share and by in (None, "project"):
        held_out = {part: set(found) for part, found in source.split.items()}
        if held_out:
            return split_by_group(groups, sketches, held_out)
    share = 0.1 if share is None else share
    if share + test_share >= 1:
        raise ValueError(
            "'share' and 'test_share' must leave graphs to train on (got"
            f" {share} and {test_share})"
        )
    least = min(share, test_share) if test_share else share
    sizes = Counter(groups)
    if by is None and min(sizes.values()) > least * len(groups):
        groups = _groups(source, paths, path_of, "file")
        sizes = Counter(groups)
    parts: dict[str, tuple[str, ...]] = {}
    if test_share:
        parts["test"] = choose_groups(sizes, test_share, seed)
    parts["validation"] = choose_groups(
        sizes, share, seed, taken=parts.get("test", ())
    )
    return split_by_group(groups, sketches, parts)


def _groups(
    source: Source,
    paths: Sequence[str],
    path_of: NDArray[np.int64],
    by: SplitBy | None,
) -> list[str]:
    """Return the group of every graph."""
    of_path = [source.group(path, by) for path in paths]
    return [of_path[number] for number in path_of.tolist()]
