"""Collects entities, mentions and facts of one file, in columns."""

from __future__ import annotations

from array import array

from gmert_pyg.parsing.columns import (
    RELATION_CODES,
    RESOLUTION_CODES,
    FactTable,
    MentionTable,
)
from gmert_pyg.parsing.facts import Definition, Entity
from gmert_pyg.parsing.python.spans import Span
from gmert_pyg.parsing.source_file import LineIndex
from gmert_pyg.schema import EntityKind


class Recorder:
    """What the second pass has found so far.

    Args:
        index: the lines of the text.
    """

    def __init__(self, index: LineIndex) -> None:
        self.entities: dict[str, Entity] = {}
        self.definitions: list[Definition] = []
        self.aliases: dict[str, str] = {}
        self.assigned: dict[str, str] = {}
        self.held: dict[str, str] = {}
        self.dropped_spans = 0
        self._index = index
        self._codes: dict[str, int] = {}
        self._own_relations: dict[str, int] = {}
        self._mentions: dict[int, tuple[int, int]] = {}
        self._facts: dict[tuple[int, int, int, int, int, int], None] = {}

    def code(self, path: str) -> int:
        """Return the position of a path in the table of paths."""
        return self._codes.setdefault(path, len(self._codes))

    def mention(self, span: Span | None, target: str) -> None:
        """Record an identifier; a position is mentioned once."""
        if span is None:
            self.dropped_spans += 1
            return
        code = self._codes.setdefault(target, len(self._codes))
        self._mentions.setdefault(span[0], (span[1], code))

    def entity(
        self, qualname: str, name: str, kind: EntityKind, span: Span | None
    ) -> bool:
        """Record an entity; return whether it is new."""
        if qualname in self.entities:
            return False
        start, end = span or (0, 0)
        line = self._index.line(start)
        self.entities[qualname] = Entity(qualname, name, kind, line, start, end)
        return True

    def fact(
        self, head: str, relation: str, tail: str, span: Span | None, how: str
    ) -> None:
        """Record a triple of paths with its evidence."""
        if span is None or head == tail:
            return
        key = (
            *span,
            RELATION_CODES[relation],
            self.code(head),
            self.code(tail),
            RESOLUTION_CODES[how],
        )
        self._facts.setdefault(key)

    def extracted(
        self, head: str, relation: str, tail: str, span: Span
    ) -> None:
        """Record a triple that an extractor states."""
        code = RELATION_CODES.get(relation)
        if code is None:
            number = len(self._own_relations)
            code = len(RELATION_CODES) + self._own_relations.setdefault(
                relation, number
            )
        if head == tail:
            return
        how = RESOLUTION_CODES["extractor"]
        self._facts.setdefault(
            (*span, code, self.code(head), self.code(tail), how)
        )

    def targets(self) -> dict[int, str]:
        """Return the paths of all identifiers, by where they start."""
        paths = list(self._codes)
        return {
            start: paths[code] for start, (_, code) in self._mentions.items()
        }

    def tables(self) -> tuple[MentionTable, FactTable]:
        """Return all mentions and facts in text order."""
        paths = list(self._codes)
        spans = sorted(self._mentions.items())
        mentions = MentionTable(
            paths,
            array("i", [start for start, _ in spans]),
            array("i", [end for _, (end, _) in spans]),
            array("i", [code for _, (_, code) in spans]),
        )
        facts = sorted(self._facts)
        start, end, relation, head, tail, how = (
            (array("i", column) for column in zip(*facts, strict=True))
            if facts
            else (array("i") for _ in range(6))
        )
        line = array("i", [self._index.line(offset) for offset in start])
        return mentions, FactTable(
            paths,
            head,
            relation,
            tail,
            start,
            end,
            line,
            how,
            list(self._own_relations),
        )
