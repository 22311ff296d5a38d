"""Corpora that lie on this machine: the standard library, folders, globs."""

from __future__ import annotations

import glob
import os
import platform
import sysconfig
from collections.abc import Collection, Sequence
from fnmatch import fnmatch
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
    endings = tuple(suffixes)
    if path.is_dir():
        root = path
        files = search_folder(path, suffixes=suffixes, unreadable=unreadable)
    elif path.is_file():
        root, files = path.parent, [path]
    else:
        root, found = _expand(os.path.expanduser(name), suffixes, unreadable)
        files = [match for match in found if match.name.endswith(endings)]
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


def _expand(
    pattern: str, suffixes: Collection[str], unreadable: dict[str, str]
) -> tuple[Path, list[Path]]:
    """Return what a glob matches, and the folder that holds all of it.

    Below `**`, folders are searched as if they were the source: `glob` would
    follow links to folders, and two that lead upwards take it for ever.

    Raises:
        ValueError: if it matches nothing.
    """
    start, recursive, rest = pattern.partition("**")
    if recursive:
        parts = tuple(Path(recursive + rest).parts)
        found = [
            path
            for folder in glob.glob(start or os.curdir)
            for path in search_folder(
                folder, suffixes=suffixes, unreadable=unreadable
            )
            if _matches(path.relative_to(folder).parts, parts)
        ]
    else:
        found = [
            path
            for path in map(Path, glob.glob(pattern))
            if path.is_file() or not path.exists()
        ]
    if not found:
        raise ValueError(
            "'source' must be 'stdlib', or a directory, file or glob that"
            f" exists (got '{pattern}')"
        )
    return Path(os.path.commonpath([path.parent for path in found])), found


def _matches(names: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tell whether the parts of a path match those of a pattern with `**`."""
    if not pattern:
        return not names
    if pattern[0] == "**":
        return any(
            _matches(names[start:], pattern[1:])
            for start in range(len(names) + 1)
        )
    return (
        bool(names)
        and fnmatch(names[0], pattern[0])
        and _matches(names[1:], pattern[1:])
    )
