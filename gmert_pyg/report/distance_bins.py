"""Distances in few bins: the near ones apart, the far ones by doubling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.nn.explanation import DistanceAttention

_APART = 4  # distances up to this one have a bin of their own


class DistanceBins:
    """Bins of the distances 0, 1, 2, 3, 4, 5-8, 9-16, and so on.

    Args:
        num_distances: the number of distances; 0 is the first.

    Example:
        >>> DistanceBins(12).labels
        ['0', '1', '2', '3', '4', '5-8', '9-11']
    """

    def __init__(self, num_distances: int) -> None:
        starts = [*range(min(_APART + 1, num_distances))]
        end = _APART
        while end + 1 < num_distances:
            starts.append(end + 1)
            end *= 2
        self.starts = np.array(starts)
        self.ends = [*(self.starts[1:] - 1).tolist(), num_distances - 1]

    @property
    def labels(self) -> list[str]:
        """What the bins are called."""
        return [
            f"{start}" if start == end else f"{start}-{end}"
            for start, end in zip(self.starts.tolist(), self.ends, strict=True)
        ]

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """Sum over the distances of every bin, along the last axis."""
        sums: NDArray[Any] = np.add.reduceat(values, self.starts, axis=-1)
        return sums


def mean_mass(attention: DistanceAttention) -> NDArray[Any]:
    """Return the attention mass of every head, averaged over the layers."""
    mass: NDArray[Any] = attention.mass.mean(dim=0).double().cpu().numpy()
    return mass
