"""Extracted triples as JSON lines."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    Status,
    TripleSource,
)
from gmert_pyg.distill.extraction.formats.nodes import Triples
from gmert_pyg.whole_output import whole_file

SOURCE_FIELDS = tuple(field.name for field in fields(TripleSource))
_FIELDS = tuple(field.name for field in fields(ExtractedTriple))


def record(
    triple: ExtractedTriple, text: Callable[[str], str] = str
) -> dict[str, Any]:
    """Return a triple as a mapping; its sources are a list of mappings.

    Args:
        triple: the triple.
        text: how to write the strings in it. (default: as they are)
    """
    found = {name: _written(getattr(triple, name), text) for name in _FIELDS}
    found["sources"] = [
        {name: _written(getattr(source, name), text) for name in SOURCE_FIELDS}
        for source in triple.sources
    ]
    return found


def _written(value: Any, text: Callable[[str], str]) -> Any:
    return text(str(value)) if isinstance(value, str) else value


def write_jsonl(triples: Triples, path: Path) -> None:
    r"""Write one triple per line, as a JSON object.

    Its members are the fields of
    :class:`~gmert_pyg.distill.extraction.extracted_triples.ExtractedTriple` in
    their order; `sources` is a list of objects. The file is plain ASCII: other
    characters, surrogates too, are `\u` escapes of JSON.
    """
    with (
        whole_file(path) as temporary,
        temporary.open("w", encoding="ascii", newline="\n") as file,
    ):
        for triple in triples():
            file.write(f"{json.dumps(record(triple))}\n")


def read_jsonl(path: str | os.PathLike[str]) -> Iterator[ExtractedTriple]:
    """Yield the triples of a file of JSON lines, one line at a time.

    Args:
        path: the file.

    Raises:
        ValueError: if a line holds no triple.
        OSError: if the file cannot be read.
    """
    with Path(path).open(encoding="utf-8", newline="\n") as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):  # noqa: B007 - in errors
                yield _triple(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(
                f"'path' must hold a triple in every line (got {error!r} at"
                f" line {number} of '{path}')"
            ) from error


def _triple(found: dict[str, Any]) -> ExtractedTriple:
    sources = tuple(TripleSource(**source) for source in found.pop("sources"))
    status = Status(found.pop("status"))
    return ExtractedTriple(**found, status=status, sources=sources)
