"""Knowledge graphs of whole projects."""

from gmert_pyg.kg.code_kg import CodeKG
from gmert_pyg.kg.columns import Evidence, Triples
from gmert_pyg.kg.entities import KGEntity, KGModule

__all__ = ["CodeKG", "Evidence", "KGEntity", "KGModule", "Triples"]
