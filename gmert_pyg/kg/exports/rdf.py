"""The terms of N-Triples (W3C Recommendation, 2014)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from gmert_pyg.kg.exports.text import NOT_IN_UNICODE, escape

BASE = "urn:gmert:"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
TYPE = f"<{_RDF}type>"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f]')


def iri(role: str, name: str) -> str:
    """Return the IRI of a name: every name has one, and no two the same.

    Args:
        role: `"entity"`, `"relation"` or `"kind"`.
        name: any text; surrogates are encoded as if UTF-8 allowed them.
    """
    return f"<{BASE}{role}:{quote(name, safe='', errors='surrogatepass')}>"


def property_iri(name: str) -> str:
    """Return the IRI of a property of entities or statements."""
    return f"<{BASE}{name}>"


def literal(text: str) -> str:
    r"""Return a string literal; a surrogate in it is written as `\uXXXX`."""
    escaped = _SPECIAL.sub(_escape, escape(text, NOT_IN_UNICODE))
    return f'"{escaped}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def integer(value: int) -> str:
    """Return the literal of an integer."""
    return f'"{value}"^^<{_XSD}integer>'


def decimal(value: float) -> str:
    """Return the literal of a number, with four digits after the point."""
    return f'"{value:.4f}"^^<{_XSD}decimal>'


def double(value: float) -> str:
    """Return the literal of a finite number, which comes back unchanged."""
    return f'"{value!r}"^^<{_XSD}double>'


def statement(
    node: str, parts: tuple[str, str, str], properties: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines of a node that describes a triple.

    Args:
        node: the blank node.
        parts: the subject, predicate and object of the triple.
        properties: by name, what is said of it.
    """
    yield f"{node} {TYPE} <{_RDF}Statement> .\n"
    for role, part in zip(
        ("subject", "predicate", "object"), parts, strict=True
    ):
        yield f"{node} <{_RDF}{role}> {part} .\n"
    for name, value in properties.items():
        yield f"{node} {property_iri(name)} {value} .\n"
