"""Triples that a model wrote, with where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What static analysis says of an extracted triple."""

    KNOWN = "known"
    CONTRADICTS = "contradicts"
    NOVEL = "novel"


@dataclass(frozen=True, slots=True, kw_only=True)
class TripleSource:
    """A mention that a triple was extracted at.

    Args:
        file: the file.
        line: the line of the mention, from 1.
        start: its first character in the file.
        end: the character after its last one.
        chunk: the qualified name of the function, class or module whose chunk
            holds it.
    """

    file: str
    line: int
    start: int
    end: int
    chunk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedTriple:
    """A triple whose tail a model wrote.

    Args:
        head: the qualified name of the head.
        relation: the name of the relation.
        tail: the tail, as it is written in code.
        head_kind: what the head is.
        tail_kind: what the project calls by that name, among the kinds that the
            relation admits; `"external"` if it has nothing of that name.
        confidence: the probability that the model gives the tail, calibrated
            if a calibration was at hand; of several sources the highest.
        similarity: how far the words of the tail stand in the source chunk, in
            [0, 1]; of several sources the highest.
        decoding: how the tail was written, such as `"rank"` or `"beam, open"`.
        status: `"known"`, static analysis states the triple; `"contradicts"`,
            it states another tail of a relation that has one; `"novel"`, else.
        sources: the mentions it was extracted at.
    """

    head: str
    relation: str
    tail: str
    head_kind: str
    tail_kind: str
    confidence: float
    similarity: float
    decoding: str
    status: Status
    sources: tuple[TripleSource, ...]
