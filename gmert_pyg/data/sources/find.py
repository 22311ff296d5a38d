"""What the `source` of a dataset stands for."""

from __future__ import annotations

import os
from collections.abc import Collection

from gmert_pyg.data.sources.local import local_files, standard_library
from gmert_pyg.data.sources.source import Source
from gmert_pyg.parsing.folder_search import PYTHON_SUFFIXES


def find_source(
    source: str | os.PathLike[str],
    raw_dir: str | os.PathLike[str] | None = None,
    *,
    suffixes: Collection[str] = PYTHON_SUFFIXES,
) -> Source:
    """Find the source files that `source` stands for.

    Args:
        source: `"stdlib"` for the standard library of the running interpreter
            without its tests, a directory, a file, or a glob.
        raw_dir: the folder for what is fetched. (default: :obj:`None`)
        suffixes: the endings of source files. (default: those of Python)

    Raises:
        ValueError: if there is no such place, or no source file in it.
    """
    name = os.fspath(source)
    if name == "stdlib":
        return standard_library()
    return local_files(name, suffixes)
