"""What a knowledge graph holds, apart from the ways to ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gmert_pyg.kg.columns import Evidence, IntArray, Triples
from gmert_pyg.kg.entities import KGEntity, KGModule
from gmert_pyg.kg.linker import Linker
from gmert_pyg.parsing import Definition, ModuleFacts, StatementTable
from gmert_pyg.parsing.columns import OccurrenceTable
from gmert_pyg.schema import Schema


@dataclass(frozen=True, slots=True)
class Contents:
    """The parts of a knowledge graph, all that is saved and loaded.

    Args:
        schema: the relations.
        modules: the files.
        entities: all entities, by id.
        triples: the triples.
        evidence: every place that states a triple.
        mentions: by file, the starts, ends and entities of its identifiers.
        definitions: by file, the extents of its functions and classes.
        statements: by file, the extents of its statements.
        occurrences: by file, the edges between its identifiers.
        dropped: how many facts broke a relation's domain or range.
        skipped: paths of the files that could not be read, with the reason.
    """

    schema: Schema
    modules: list[KGModule]
    entities: list[KGEntity]
    triples: Triples
    evidence: Evidence
    mentions: list[tuple[IntArray, IntArray, IntArray]]
    definitions: list[list[Definition]]
    statements: list[StatementTable]
    occurrences: list[OccurrenceTable]
    dropped: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def link(
    modules: Sequence[ModuleFacts], schema: Schema, skipped: Mapping[str, str]
) -> Contents:
    """Resolve what files state.

    Args:
        modules: the facts of the files.
        schema: the relations to keep.
        skipped: paths of the files that could not be read, with the reason.
    """
    linker = Linker(modules, schema)
    mentions = linker.mentions()
    triples, evidence = linker.triples()
    return Contents(
        schema=schema,
        modules=[
            KGModule(
                f.path,
                f.module,
                f.num_chars,
                f.dropped_spans,
                f.language,
                f.recovered,
            )
            for f in modules
        ],
        entities=linker.entities.items,
        triples=triples,
        evidence=evidence,
        mentions=mentions,
        definitions=[facts.definitions for facts in modules],
        statements=[facts.statements for facts in modules],
        occurrences=[facts.occurrences for facts in modules],
        dropped=linker.dropped,
        skipped=dict(skipped),
    )
