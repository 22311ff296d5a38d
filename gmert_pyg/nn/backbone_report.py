"""What became of the weights of a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

COPIED, NEW, SKIPPED = "copied", "new", "skipped"


class WeightFate(NamedTuple):
    """What became of one weight.

    Args:
        name: its name in the model, or of a skipped one in the checkpoint.
        shape: its shape, where it is known.
        fate: `"copied"`, `"new"` or `"skipped"`.
        note: what more there is to say.
    """

    name: str
    shape: tuple[int, ...] | None
    fate: str
    note: str = ""


@dataclass(frozen=True)
class BackboneReport:
    """What became of every weight when a model started from a checkpoint.

    Printing it gives a table.

    Args:
        weights: one entry per weight.

    Example:
        >>> fate = WeightFate("lm_head.bias", (30, 2), "copied")
        >>> print(BackboneReport((fate,)))
        weight        shape   fate
        lm_head.bias  30 x 2  copied
        1 copied, 0 new, 0 skipped
    """

    weights: tuple[WeightFate, ...]

    @property
    def copied(self) -> list[str]:
        """The names of weights that hold what the checkpoint holds."""
        return self._names(COPIED)

    @property
    def new(self) -> list[str]:
        """The names of weights that the checkpoint lacks."""
        return self._names(NEW)

    @property
    def skipped(self) -> list[str]:
        """The names of weights of the checkpoint that have no place."""
        return self._names(SKIPPED)

    def _names(self, fate: str) -> list[str]:
        return [weight.name for weight in self.weights if weight.fate == fate]

    def __str__(self) -> str:
        rows = [("weight", "shape", "fate")]
        for name, shape, fate, note in self.weights:
            size = "?" if shape is None else " x ".join(map(str, shape))
            rows.append((name, size, f"{fate}, {note}" if note else fate))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        ]
        counts = [
            f"{len(self._names(fate))} {fate}"
            for fate in (COPIED, NEW, SKIPPED)
        ]
        return "\n".join([*lines, ", ".join(counts)])
