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

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from gmert_pyg.kg.entities import entity_key
from gmert_pyg.kg.exports.text import NOT_IN_UNICODE, escape
from gmert_pyg.parsing.columns import RESOLUTIONS

if TYPE_CHECKING:
    from gmert_pyg.kg.code_kg import CodeKG

BASE = "urn:gmert:"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPE = f"<{_RDF}type>"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f]')


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


def iri(role: str, name: str) -> str:
    """Return the IRI of a name: every name has one, and no two the same.

    Args:
        role: `"entity"`, `"relation"` or `"kind"`.
        name: any text; surrogates are encoded as if UTF-8 allowed them.
    """
    return f"<{BASE}{role}:{quote(name, safe='', errors='surrogatepass')}>"


def literal(text: str) -> str:
    r"""Return a string literal; a surrogate in it is written as `\uXXXX`."""
    escaped = _SPECIAL.sub(_escape, escape(text, NOT_IN_UNICODE))
    return f'"{escaped}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def _property(name: str) -> str:
    return f"<{BASE}{name}>"


def _integer(value: int) -> str:
    return f'"{value}"^^<{_XSD}integer>'


def _entities(kg: CodeKG, entities: list[str]) -> Iterator[str]:
    files = [literal(module.path) for module in kg.modules]
    for entity, subject in zip(kg.entities, entities, strict=True):
        yield f"{subject} {_TYPE} {iri('kind', entity.kind)} .\n"
        yield f"{subject} {_LABEL} {literal(entity.name)} .\n"
        if entity.module >= 0:
            yield f"{subject} {_property('file')} {files[entity.module]} .\n"
            line = _integer(entity.line)
            yield f"{subject} {_property('line')} {line} .\n"


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
    node = f"_:t{number}"
    yield f"{node} {_TYPE} <{_RDF}Statement> .\n"
    for role, part in zip(
        ("subject", "predicate", "object"), parts, strict=True
    ):
        yield f"{node} <{_RDF}{role}> {part} .\n"
    path = kg.modules[triples.module[number]].path
    how = tuple(RESOLUTIONS)[triples.resolution[number]]
    sure = f'"{triples.confidence[number]:.4f}"^^<{_XSD}decimal>'
    for name, value in (
        ("file", literal(path)),
        ("line", _integer(int(triples.line[number]))),
        ("resolution", literal(how)),
        ("confidence", sure),
    ):
        yield f"{node} {_property(name)} {value} .\n"
