"""What a model attends to, as data."""

from gmert_pyg.nn.explanation.distance_attention import DistanceAttention
from gmert_pyg.nn.explanation.explain import Explanation, explain
from gmert_pyg.nn.explanation.triple_attention import (
    HeadAttention,
    TripleAttention,
)

__all__ = [
    "DistanceAttention",
    "Explanation",
    "HeadAttention",
    "TripleAttention",
    "explain",
]
