"""Reading the projects that a command names."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

from gmert_pyg.kg import CodeKG
from gmert_pyg.schema import Schema


def read_project(
    arguments: argparse.Namespace,
    schema: Schema,
    resolver: Literal["jedi"] | None = None,
) -> CodeKG:
    """Read the static knowledge graph of what was given as `source`.

    Args:
        arguments: has `source`, `languages` and `workers`.
        schema: the relations to keep.
        resolver: asked for what remains unresolved. (default: nothing)

    Raises:
        ValueError: if there is no such place, or no code that can be read.
    """
    sources = arguments.source
    for source in sources:
        if not Path(source).exists():
            raise ValueError(
                f"'source' must be files or directories (got '{source}')"
            )
    kg = CodeKG.from_source(
        sources[0] if len(sources) == 1 else sources,
        languages=arguments.languages.split(","),
        schema=schema,
        resolver=resolver,
        num_workers=arguments.workers,
        progress=True,
    )
    if not kg.modules:
        skipped = "; ".join(f"{p}: {why}" for p, why in kg.skipped.items())
        raise ValueError(
            "'source' must hold code that can be read (got none in"
            f" {', '.join(sources)}{'; ' + skipped if skipped else ''})"
        )
    return kg
