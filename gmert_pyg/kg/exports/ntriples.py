r"""The knowledge graph as RDF, in N-Triples (W3C Recommendation, 2014).

================================  =============================================
``urn:gmert:entity:<name>``       an entity; its unique name, percent-encoded
``urn:gmert:relation:<name>``     a relation, the predicate of triples
``urn:gmert:kind:<kind>``         the `rdf:type` of entities
``urn:gmert:file``, ``:line``     where an entity is defined
================================  =============================================

An entity's `rdfs:label` is its name as written. With provenance, every triple
is described by a blank node, an `rdf:Statement` with `urn:gmert:file`,
`:line`, `:resolution` and `:confidence`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gmert_pyg.kg.entities import entity_key
from gmert_pyg.kg.exports.rdf import (
    LABEL,
    TYPE,
    decimal,
    integer,
    iri,
    literal,
    property_iri,
    statement,
)
from gmert_pyg.parsing.columns import RESOLUTIONS

if TYPE_CHECKING:
    from gmert_pyg.kg.code_kg import CodeKG


def write_ntriples(kg: CodeKG, path: Path, *, provenance: bool = False) -> None:
    """Write N-Triples, line by line.

    Args:
        kg: the knowledge graph.
        path: the file.
        provenance: whether to describe where each triple comes from, in seven
            more lines each. (default: :obj:`False`)
    """
    entities = [iri("entity", entity_key(entity)) for entity in kg.entities]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in _entities(kg, entities):
            file.write(line)
        for line in _triples(kg, entities, provenance):
            file.write(line)


def _entities(kg: CodeKG, entities: list[str]) -> Iterator[str]:
    files = [literal(module.path) for module in kg.modules]
    for entity, subject in zip(kg.entities, entities, strict=True):
        yield f"{subject} {TYPE} {iri('kind', entity.kind)} .\n"
        yield f"{subject} {LABEL} {literal(entity.name)} .\n"
        if entity.module >= 0:
            yield f"{subject} {property_iri('file')} {files[entity.module]} .\n"
            line = integer(entity.line)
            yield f"{subject} {property_iri('line')} {line} .\n"


def _triples(
    kg: CodeKG, entities: list[str], provenance: bool
) -> Iterator[str]:
    relations = [iri("relation", name) for name in kg.schema.relation_names]
    triples = kg.triples
    keys = zip(
        triples.head.tolist(),
        triples.relation.tolist(),
        triples.tail.tolist(),
        strict=True,
    )
    for number, (head, relation, tail) in enumerate(keys):
        parts = entities[head], relations[relation], entities[tail]
        yield f"{' '.join(parts)} .\n"
        if provenance:
            yield from _statement(kg, number, parts)


def _statement(
    kg: CodeKG, number: int, parts: tuple[str, str, str]
) -> Iterator[str]:
    triples = kg.triples
    path = kg.modules[triples.module[number]].path
    how = tuple(RESOLUTIONS)[triples.resolution[number]]
    return statement(
        f"_:t{number}",
        parts,
        {
            "file": literal(path),
            "line": integer(int(triples.line[number])),
            "resolution": literal(how),
            "confidence": decimal(triples.confidence[number]),
        },
    )
