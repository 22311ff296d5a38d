"""Extracted triples as RDF, in N-Triples.

IRIs are those of :mod:`gmert_pyg.kg.exports.ntriples`. Every triple is stated,
and described by a blank node, an `rdf:Statement` with `urn:gmert:confidence`,
`:similarity`, `:decoding`, `:status`, `:head_kind` and `:tail_kind`. Each of
its `urn:gmert:source` is a blank node with `urn:gmert:file`, `:line`, `:start`,
`:end` and `:chunk`. A node has an `rdf:type` for each of its kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    TripleSource,
)
from gmert_pyg.distill.extraction.formats.nodes import (
    Node,
    Triples,
    head_key,
    node_table,
    tail_key,
)
from gmert_pyg.kg.exports.rdf import (
    LABEL,
    TYPE,
    double,
    integer,
    iri,
    literal,
    property_iri,
    statement,
)
from gmert_pyg.whole_output import whole_file


def write_ntriples(triples: Triples, path: Path) -> None:
    """Write N-Triples line by line, the nodes' kinds and names last."""
    with (
        node_table() as nodes,
        whole_file(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        for number, triple in enumerate(triples()):
            nodes.add(triple)
            file.writelines(_triple(number, triple))
        for node in nodes:
            file.writelines(_node(node))


def _triple(number: int, triple: ExtractedTriple) -> Iterator[str]:
    parts = (
        iri("entity", head_key(triple)),
        iri("relation", triple.relation),
        iri("entity", tail_key(triple)),
    )
    yield f"{' '.join(parts)} .\n"
    node = f"_:t{number}"
    yield from statement(
        node,
        parts,
        {
            "confidence": double(triple.confidence),
            "similarity": double(triple.similarity),
            "decoding": literal(triple.decoding),
            "status": literal(triple.status),
            "head_kind": iri("kind", triple.head_kind),
            "tail_kind": iri("kind", triple.tail_kind),
        },
    )
    for place, source in enumerate(triple.sources):
        yield f"{node} {property_iri('source')} {node}s{place} .\n"
        yield from _source(f"{node}s{place}", source)


def _source(node: str, source: TripleSource) -> Iterator[str]:
    for name, value in (
        ("file", literal(source.file)),
        ("line", integer(source.line)),
        ("start", integer(source.start)),
        ("end", integer(source.end)),
        ("chunk", literal(source.chunk)),
    ):
        yield f"{node} {property_iri(name)} {value} .\n"


def _node(node: Node) -> Iterator[str]:
    subject = iri("entity", node.key)
    for kind in node.kinds:
        yield f"{subject} {TYPE} {iri('kind', kind)} .\n"
    yield f"{subject} {LABEL} {literal(node.name)} .\n"
