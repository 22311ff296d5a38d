"""Extracted triples as a page holds them: columns over a table of strings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from markupsafe import Markup

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    Status,
    TripleSource,
)
from gmert_pyg.report.palette import relation_colours
from gmert_pyg.report.plain_text import shorten

Item = TypeVar("Item")

_NAMES = (
    *("head", "relation", "tail", "head_kind", "tail_kind"),
    *("decoding", "status"),
)
_SOURCE_COLUMNS = ("file", "line", "chunk", "num_sources", "excerpt")
_DIGITS = 4  # of probabilities: the page shows fewer
_MAX_LINES = 12
_MAX_LINE_LENGTH = 160


class Numbering(Generic[Item]):
    """Numbers items in the order in which they first come."""

    def __init__(self) -> None:
        self._numbers: dict[Item, int] = {}

    def number(self, item: Item) -> int:
        """Return the number of an item, a new one if it is new."""
        return self._numbers.setdefault(item, len(self._numbers))

    def items(self) -> list[Item]:
        """Return the items in the order of their numbers."""
        return list(self._numbers)


@dataclass(frozen=True, slots=True)
class RelationOnPage:
    """A relation of the page's triples.

    Args:
        number: the number of its name.
        name: its name.
        colour: its colour.
        count: how many triples have it.
    """

    number: int
    name: str
    colour: str
    count: int


@dataclass(slots=True)
class ExtractionData:
    """What the page's script reads.

    Every column has one entry per triple. Those of names, files and chunks
    hold numbers in `texts`; `excerpt` numbers `excerpts`, -1 for none, whose
    entries number `lines`. A triple without a source has line 0.
    """

    texts: Numbering[str] = field(default_factory=Numbering)
    lines: Numbering[str] = field(default_factory=Numbering)
    excerpts: Numbering[tuple[int, ...]] = field(default_factory=Numbering)
    columns: dict[str, list[float]] = field(default_factory=dict)
    num_triples: int = 0
    relations: list[RelationOnPage] = field(default_factory=list)
    statuses: list[tuple[int, Status, int]] = field(default_factory=list)

    def json(self) -> Markup:
        """Write the data as JSON that stays inside a `<script>`."""
        text = json.dumps(
            {
                "texts": self.texts.items(),
                "lines": self.lines.items(),
                "excerpts": self.excerpts.items(),
                "columns": self.columns,
                "colours": {r.number: r.colour for r in self.relations},
            },
            separators=(",", ":"),
            allow_nan=False,
        )
        # All but ASCII is escaped already, lone surrogates among it.
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return Markup(text)


def extraction_data(
    triples: Iterable[ExtractedTriple],
    excerpt: Callable[[TripleSource], str],
) -> ExtractionData:
    """Collect triples for the page.

    Args:
        triples: the triples.
        excerpt: what gives the source text around a mention.

    Raises:
        ValueError: if a confidence or a similarity is outside [0, 1].
    """
    data = ExtractionData()
    names = (*_NAMES, "confidence", "similarity", *_SOURCE_COLUMNS)
    data.columns = {name: [] for name in names}
    relations: Counter[str] = Counter()
    statuses: Counter[Status] = Counter()
    for triple in triples:
        _append(data, triple, excerpt)
        relations[triple.relation] += 1
        statuses[triple.status] += 1
    data.num_triples = relations.total()
    colours = relation_colours(relations)
    data.relations = [
        RelationOnPage(data.texts.number(name), name, colours[name], count)
        for name, count in relations.most_common()
    ]
    data.statuses = [
        (data.texts.number(status.value), status, statuses[status])
        for status in Status
    ]
    return data


def _append(
    data: ExtractionData,
    triple: ExtractedTriple,
    excerpt: Callable[[TripleSource], str],
) -> None:
    columns, text = data.columns, data.texts.number
    for name in _NAMES:
        columns[name].append(text(str(getattr(triple, name))))
    for name in ("confidence", "similarity"):
        share = getattr(triple, name)
        if not 0.0 <= share <= 1.0:
            raise ValueError(
                f"'{name}' must be a share between 0 and 1 (got {share})"
            )
        columns[name].append(round(share, _DIGITS))
    if triple.sources:
        source = triple.sources[0]
        place = (
            *(text(source.file), source.line, text(source.chunk)),
            *(len(triple.sources), _excerpt(data, excerpt(source))),
        )
    else:
        place = (text(""), 0, text(""), 0, -1)
    for name, entry in zip(_SOURCE_COLUMNS, place, strict=True):
        columns[name].append(entry)


def _excerpt(data: ExtractionData, text: str) -> int:
    if not text:
        return -1
    lines = text.split("\n")[:_MAX_LINES]
    return data.excerpts.number(
        tuple(
            data.lines.number(shorten(line, _MAX_LINE_LENGTH)) for line in lines
        )
    )
