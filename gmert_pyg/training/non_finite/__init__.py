"""Losses that are not finite: training stops, and the batch can be replayed."""

from gmert_pyg.training.non_finite.error import NonFiniteLossError
from gmert_pyg.training.non_finite.replaying import Replay, replay

__all__ = ["NonFiniteLossError", "Replay", "replay"]
