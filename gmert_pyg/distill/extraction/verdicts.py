"""What static analysis says of triples that a model wrote."""

from __future__ import annotations

from gmert_pyg.distill.extraction.extracted_triples import Status
from gmert_pyg.kg import CodeKG

SINGLE_VALUED = ("has_type", "returns", "imported_from")
"""Relations of which a head has one tail, as a rule: an annotation is one
text, and a name comes from one module."""


class Verdicts:
    """The triples that a static knowledge graph states, to look others up.

    Args:
        kg: the knowledge graph.
    """

    def __init__(self, kg: CodeKG) -> None:
        self.kg = kg
        names = kg.schema.relation_names
        self._single = {
            number for number, name in enumerate(names) if name in SINGLE_VALUED
        }

    def status(self, head: int, relation: int, tail: str) -> Status:
        """Tell what static analysis says of a triple.

        Args:
            head: the entity.
            relation: the relation id.
            tail: the tail, as it is written in code.
        """
        stated = self.kg.triples_of(head)
        stated = stated[self.kg.triples.relation[stated] == relation]
        tails = {
            self.kg.tail_text(entity)
            for entity in self.kg.triples.tail[stated].tolist()
        }
        if tail in tails:
            return Status.KNOWN
        if tails and relation in self._single:
            return Status.CONTRADICTS
        return Status.NOVEL
