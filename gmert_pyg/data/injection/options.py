"""What decides which triples are injected."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from gmert_pyg.data.injection.scorers import (
    Scorer,
    find_scorer,
    scorer_identity,
)

SCOPES = ("chunk", "file")


@dataclass(frozen=True, kw_only=True)
class InjectionOptions:
    """What decides which triples of a knowledge graph chains carry.

    The paper keeps a triple once in its whole data set. Code calls a function
    in many chunks, and the graph of each is to tell what the function takes: by
    default a triple is kept once in every chunk.

    Args:
        alpha: triples that score lower are left out.
        max_triples_per_head: the most triples that one mention heads; the paper
            has 1.
        scorer: what rates triples, by name or as a function: see
            :mod:`gmert_pyg.data.injection.scorers`.
        unique: within what a triple is kept only once, where it scores best:
            `"chunk"` or `"file"`.
        local_only: whether to leave out triples that the chunk does not show.
        non_local_only: whether to leave out those that it shows.

    Raises:
        ValueError: if an option is out of its range, or both kinds of triples
            are left out.
    """

    alpha: float = 0.05
    max_triples_per_head: int = 4
    scorer: str | Scorer = "relevance"
    unique: str = "chunk"
    local_only: bool = False
    non_local_only: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"'alpha' must be in [0, 1] (got {self.alpha})")
        if self.max_triples_per_head < 1:
            raise ValueError(
                "'max_triples_per_head' must be positive (got"
                f" {self.max_triples_per_head})"
            )
        find_scorer(self.scorer)
        if self.unique not in SCOPES:
            raise ValueError(
                f"'unique' must be 'chunk' or 'file' (got '{self.unique}')"
            )
        if self.local_only and self.non_local_only:
            raise ValueError(
                "'local_only' and 'non_local_only' exclude each other (got"
                " both)"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the options as JSON-serialisable data."""
        options = {f.name: getattr(self, f.name) for f in fields(self)}
        return {**options, "scorer": scorer_identity(self.scorer)}
