"""Named corpora: pinned wheels, and how they are split."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from gmert_pyg.data.sources.requirements import Package
from gmert_pyg.data.sources.source import Source
from gmert_pyg.data.sources.wheels import unpacked_wheels, wheels_source


def corpus_names() -> tuple[str, ...]:
    """Return the names of the corpora whose manifests ship with the package."""
    folder = files(__package__) / "corpora"
    return tuple(
        sorted(
            entry.name.removesuffix(".json")
            for entry in folder.iterdir()
            if entry.name.endswith(".json")
        )
    )


def corpus_manifest(name: str) -> dict[str, Any]:
    """Return what decides a named corpus.

    Args:
        name: the corpus.
    """
    path = files(__package__) / "corpora" / f"{name}.json"
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return manifest


def corpus_source(name: str, raw_dir: Path) -> Source:
    """Return a named corpus, one project for each pinned wheel.

    The wheels are those of one interpreter and system whatever runs here, so
    that the corpus is the same everywhere: nothing of it is run.

    Args:
        name: the corpus.
        raw_dir: where wheels are fetched and unpacked.

    Raises:
        ValueError: if a wheel cannot be had, or if its hash is another.
    """
    manifest = corpus_manifest(name)
    pinned = manifest["packages"]
    # A folder of its own: `pypi:` may have put other wheels of a version there.
    raw_dir = raw_dir / name
    wheels = unpacked_wheels(
        [Package(entry["name"], entry["version"]) for entry in pinned],
        raw_dir,
        {entry["wheel"]: entry["sha256"] for entry in pinned},
        manifest["pip_options"],
    )
    source = wheels_source(name, wheels, manifest["exclude_folders"])
    return Source(
        name,
        manifest["description"],
        source.projects,
        source.skipped,
        source.content_hash,
        {part: tuple(names) for part, names in manifest["split"].items()},
    )
