"""From the triples of a knowledge graph to the leaves of chains.

`candidates` lists what the identifiers of a file's windows may carry, a scorer
tells how relevant each is, `selection` chooses as GraphMERT's paper does, and
`leak_sources` records which roots tell what was chosen.
"""

from gmert_pyg.data.injection.candidates import Candidates
from gmert_pyg.data.injection.injector import Injector
from gmert_pyg.data.injection.scorers import (
    SCORERS,
    LexicalScorer,
    RelevanceScorer,
    Scorer,
    StructuralScorer,
    scorer_identity,
)
from gmert_pyg.data.injection.selection import select
from gmert_pyg.data.injection.sentence_scorer import SentenceEmbeddingScorer

__all__ = [
    "SCORERS",
    "Candidates",
    "Injector",
    "LexicalScorer",
    "RelevanceScorer",
    "Scorer",
    "SentenceEmbeddingScorer",
    "StructuralScorer",
    "scorer_identity",
    "select",
]
