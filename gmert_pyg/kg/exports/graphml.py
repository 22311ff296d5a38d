"""GraphML, written element by element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape as escape_markup
from xml.sax.saxutils import quoteattr

from gmert_pyg.kg.exports.text import NOT_IN_XML, escape


class GraphMLFile:
    """A graph of which nodes and edges are written one by one.

    Args:
        file: where to.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._num_edges = 0

    def node(self, key: str, data: Mapping[str, object]) -> None:
        """Write a node.

        Args:
            key: the name that no other node has.
            data: its attributes.
        """
        self._file.write(f"<node id={_attribute(key)}>")
        self._data("node", data)
        self._file.write("</node>\n")

    def edge(self, head: str, tail: str, data: Mapping[str, object]) -> None:
        """Write an edge; its `id` is its number.

        Args:
            head: the key of the node it leaves.
            tail: the key of the node it enters.
            data: its attributes.
        """
        self._file.write(
            f'<edge id="{self._num_edges}" source={_attribute(head)}'
            f" target={_attribute(tail)}>"
        )
        self._data("edge", data)
        self._file.write("</edge>\n")
        self._num_edges += 1

    def _data(self, owner: str, data: Mapping[str, object]) -> None:
        for name, value in data.items():
            text = escape_markup(escape(str(value), NOT_IN_XML))
            self._file.write(f'<data key="{owner}.{name}">{text}</data>')


@contextmanager
def graphml_file(
    path: Path, nodes: Mapping[str, str], edges: Mapping[str, str]
) -> Iterator[GraphMLFile]:
    """Open a file of a directed graph.

    Args:
        path: the file.
        nodes: the attributes of nodes, and their types in GraphML.
        edges: those of edges.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        )
        for owner, attributes in (("node", nodes), ("edge", edges)):
            for name, kind in attributes.items():
                file.write(
                    f'<key id="{owner}.{name}" for="{owner}"'
                    f' attr.name="{name}" attr.type="{kind}"/>\n'
                )
        file.write('<graph edgedefault="directed">\n')
        yield GraphMLFile(file)
        file.write("</graph>\n</graphml>\n")


def _attribute(text: str) -> str:
    # A reader turns line breaks and tabs inside of attributes into spaces.
    entities = {"\n": "&#10;", "\t": "&#9;"}
    return quoteattr(escape(text, NOT_IN_XML), entities)
