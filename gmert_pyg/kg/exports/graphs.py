"""The knowledge graph as a graph: networkx and GraphML."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import escape as escape_markup
from xml.sax.saxutils import quoteattr

from gmert_pyg.kg.entities import entity_key
from gmert_pyg.kg.exports.text import NOT_IN_XML, escape
from gmert_pyg.parsing.columns import RESOLUTIONS

if TYPE_CHECKING:
    import networkx as nx

    from gmert_pyg.kg.code_kg import CodeKG

_NODE_ATTRIBUTES = {
    "name": "string",
    "kind": "string",
    "file": "string",
    "line": "int",
}
_EDGE_ATTRIBUTES = {
    "relation": "string",
    "file": "string",
    "line": "int",
    "resolution": "string",
    "confidence": "double",
}


def to_networkx(kg: CodeKG) -> nx.MultiDiGraph[Any]:
    """Return the triples of a knowledge graph as a graph.

    Nodes are qualified names, with attributes `name` and `kind`; an annotation
    that is no plain name is prefixed with `type:`. Edge keys are relations.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    keys = [entity_key(entity) for entity in kg.entities]
    for key, entity in zip(keys, kg.entities, strict=True):
        graph.add_node(key, name=entity.name, kind=str(entity.kind))
    resolutions = tuple(RESOLUTIONS)
    triples = kg.triples
    for i, (head, relation, tail) in enumerate(
        zip(
            triples.head.tolist(),
            triples.relation.tolist(),
            triples.tail.tolist(),
            strict=True,
        )
    ):
        graph.add_edge(
            keys[head],
            keys[tail],
            key=kg.schema.relation_names[relation],
            file=kg.modules[triples.module[i]].path,
            line=int(triples.line[i]),
            resolution=resolutions[triples.resolution[i]],
            confidence=float(triples.confidence[i]),
        )
    return graph


def write_graphml(kg: CodeKG, path: Path) -> None:
    r"""Write GraphML, element by element.

    Nodes have the names of `to_networkx`; every edge has a number of its own
    as `id`, as XML wants it unique, and its relation as an attribute. What XML
    forbids in a name, control characters and surrogates, is written as
    `\uXXXX`.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        )
        for owner, attributes in (
            ("node", _NODE_ATTRIBUTES),
            ("edge", _EDGE_ATTRIBUTES),
        ):
            for name, kind in attributes.items():
                file.write(
                    f'<key id="{owner}.{name}" for="{owner}"'
                    f' attr.name="{name}" attr.type="{kind}"/>\n'
                )
        file.write('<graph edgedefault="directed">\n')
        nodes = [_attribute(entity_key(entity)) for entity in kg.entities]
        _write_nodes(kg, nodes, file)
        _write_edges(kg, nodes, file)
        file.write("</graph>\n</graphml>\n")


def _write_nodes(kg: CodeKG, nodes: list[str], file: IO[str]) -> None:
    for node, entity in zip(nodes, kg.entities, strict=True):
        file.write(f"<node id={node}>")
        _write_data(file, "node.name", entity.name)
        _write_data(file, "node.kind", entity.kind)
        if entity.module >= 0:
            _write_data(file, "node.file", kg.modules[entity.module].path)
            _write_data(file, "node.line", entity.line)
        file.write("</node>\n")


def _write_edges(kg: CodeKG, nodes: list[str], file: IO[str]) -> None:
    triples = kg.triples
    resolutions = tuple(RESOLUTIONS)
    columns = zip(
        triples.head.tolist(),
        triples.relation.tolist(),
        triples.tail.tolist(),
        triples.module.tolist(),
        triples.line.tolist(),
        triples.resolution.tolist(),
        triples.confidence.tolist(),
        strict=True,
    )
    for number, (head, relation, tail, module, line, how, sure) in enumerate(
        columns
    ):
        file.write(
            f'<edge id="{number}" source={nodes[head]} target={nodes[tail]}>'
        )
        names = kg.schema.relation_names
        _write_data(file, "edge.relation", names[relation])
        _write_data(file, "edge.file", kg.modules[module].path)
        _write_data(file, "edge.line", line)
        _write_data(file, "edge.resolution", resolutions[how])
        _write_data(file, "edge.confidence", round(sure, 4))
        file.write("</edge>\n")


def _write_data(file: IO[str], key: str, value: object) -> None:
    text = escape_markup(escape(str(value), NOT_IN_XML))
    file.write(f'<data key="{key}">{text}</data>')


def _attribute(text: str) -> str:
    # A reader turns line breaks and tabs inside of attributes into spaces.
    entities = {"\n": "&#10;", "\t": "&#9;"}
    return quoteattr(escape(text, NOT_IN_XML), entities)
