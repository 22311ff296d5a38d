"""Finding the source files of a project below a folder."""

from __future__ import annotations

import os
from collections.abc import Collection
from os import DirEntry
from pathlib import Path

PYTHON_SUFFIXES = (".py",)
# Installed or generated, hence not the project's own code.
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


def search_folder(
    folder: str | os.PathLike[str],
    *,
    suffixes: Collection[str] = PYTHON_SUFFIXES,
    skipped_folders: Collection[str] = (),
    unreadable: dict[str, str] | None = None,
) -> list[Path]:
    """Return the source files below a folder, sorted.

    Left out are hidden folders, `__pycache__`, `node_modules`,
    `site-packages`, virtual environments of any name, and what setuptools
    builds. Links to folders are not followed, so that no loop is entered and
    every file is found once; links to files are, and a broken one is returned
    for its reader to report. Pipes and devices are no source files.

    Args:
        folder: where to search. It is searched whatever its own name is.
        suffixes: the endings of source files. (default: those of Python)
        skipped_folders: names of further folders to leave out.
            (default: none)
        unreadable: is given the path of everything that cannot be listed,
            with the reason. (default: :obj:`None`)
    """
    endings = tuple(suffixes)
    skipped = _SKIPPED_FOLDERS.union(skipped_folders)
    problems = {} if unreadable is None else unreadable
    files: list[Path] = []
    waiting = [os.fspath(folder)]
    while waiting:
        parent = waiting.pop()
        try:
            with os.scandir(parent) as entries:
                found = list(entries)
        except OSError as error:
            problems[_printable(parent)] = error.strerror or str(error)
            continue
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                if not (
                    entry.name in skipped
                    or entry.name.startswith(".")
                    or _is_generated(entry)
                ):
                    waiting.append(entry.path)
            elif entry.name.endswith(endings) and _is_source(entry):
                if _printable(entry.path) == entry.path:
                    files.append(Path(entry.path))
                else:
                    problems[_printable(entry.path)] = "name is no Unicode"
    return sorted(files)


def _is_source(entry: DirEntry[str]) -> bool:
    """Tell whether an entry is a file, or a link that may have been one."""
    try:
        return entry.is_file() or (
            entry.is_symlink() and not os.path.exists(entry.path)
        )
    except OSError:  # a link to itself
        return True


def _is_generated(folder: DirEntry[str]) -> bool:
    """Tell whether a folder is a virtual environment or a build."""
    if os.path.lexists(os.path.join(folder.path, "pyvenv.cfg")):
        return True
    if folder.name != "build":
        return False
    try:
        names = os.listdir(folder.path)
    except OSError:
        return False
    return "__init__.py" not in names and any(
        name == "lib" or name.startswith(("lib.", "bdist.")) for name in names
    )


def _printable(path: str) -> str:
    """Return a path with bytes that are no Unicode written as escapes."""
    return os.fsencode(path).decode(errors="backslashreplace")
