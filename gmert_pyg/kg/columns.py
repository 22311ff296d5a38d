"""Triples and their evidence, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Every place that states a triple; those of triple `i` lie at
    `pointers[i]:pointers[i + 1]`.

    Args:
        pointers: where the places of each triple start, one more at the end.
        module: the file of each place.
        start: where it starts, in characters.
        end: where it ends.
    """

    pointers: NDArray[np.int64]
    module: IntArray
    start: IntArray
    end: IntArray

    def __len__(self) -> int:
        return len(self.module)


@dataclass(frozen=True, slots=True)
class Triples:
    """The triples of a knowledge graph, sorted by head, relation and tail.

    Args:
        head: entity ids of the heads.
        relation: relation ids of the schema.
        tail: entity ids of the tails.
        module: the file of the first evidence of each.
        start: where that evidence starts, in characters.
        end: where it ends.
        line: the line of `start`, from 1.
        resolution: positions in `RESOLUTIONS`: how the tail was resolved.
        confidence: how far that is to be believed, in (0, 1].
    """

    head: IntArray
    relation: IntArray
    tail: IntArray
    module: IntArray
    start: IntArray
    end: IntArray
    line: IntArray
    resolution: NDArray[np.int8]
    confidence: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.head)
