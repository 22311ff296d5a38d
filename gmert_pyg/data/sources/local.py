"""Corpora that lie on this machine: the standard library, folders, globs."""

from __future__ import annotations

import glob
import os
import platform
import sysconfig
from collections.abc import Collection, Iterable
from pathlib import Path

from gmert_pyg.data.sources.source import Project, Source
from gmert_pyg.parsing.folder_search import search_folder

# Tests of the standard library repeat what they test, and hold files that are
# broken on purpose.
STDLIB_SKIPPED = frozenset({"test", "tests", "idle_test"})


def standard_library() -> Source:
    """Return the running interpreter's standard library without its tests."""
    root = Path(sysconfig.get_path("stdlib"))
    unreadable: dict[str, str] = {}
    files = search_folder(
        root, skipped_folders=STDLIB_SKIPPED, unreadable=unreadable
    )
    return Source(
        "stdlib",
        f"standard library of Python {platform.python_version()}",
        (Project("stdlib", root, tuple(files)),),
        unreadable,
    )


def local_files(name: str, suffixes: Collection[str]) -> Source:
    """Return the source files of a folder, a file, or a glob, as one project.

    Args:
        name: the folder, file or glob.
        suffixes: the endings of source files.

    Raises:
        ValueError: if there is no such place, or no source file in it.
    """
    path = Path(name).expanduser()
    unreadable: dict[str, str] = {}
    files: Iterable[Path]
    if path.is_dir():
        root = path
        files = search_folder(path, suffixes=suffixes, unreadable=unreadable)
    elif path.is_file():
        root, files = path.parent, [path]
    else:
        pattern = os.path.expanduser(name)
        found = [Path(match) for match in glob.glob(pattern, recursive=True)]
        if not found:
            raise ValueError(
                "'source' must be 'stdlib', or a directory, file or glob that"
                f" exists (got '{name}')"
            )
        root = Path(os.path.commonpath([match.parent for match in found]))
        files = [
            match for match in _distinct(found) if match.suffix in suffixes
        ]
    # Links are not followed: a file belongs where it was found.
    absolute = tuple(sorted(path.absolute() for path in files))
    if not absolute:
        unread = "".join(f"; {p}: {why}" for p, why in unreadable.items())
        raise ValueError(
            f"'source' must hold {' or '.join(sorted(suffixes))} files"
            f" (got '{name}'{unread})"
        )
    root = root.absolute()
    return Source(
        name,
        f"{len(absolute)} files of {name}",
        (Project(root.name or name, root, absolute),),
        unreadable,
    )


def _distinct(paths: Iterable[Path]) -> list[Path]:
    """Keep one path to each file: globs follow links, even round in circles."""
    shortest = sorted(paths, key=lambda path: (len(path.parts), path))
    kept: dict[str, Path] = {}
    for path in shortest:
        if path.is_file() or not path.exists():
            kept.setdefault(os.path.realpath(path), path)
    return list(kept.values())
