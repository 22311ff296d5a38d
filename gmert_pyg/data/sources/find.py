"""What the `source` of a dataset stands for."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from gmert_pyg.data.sources.corpora import corpus_names, corpus_source
from gmert_pyg.data.sources.local import local_files, standard_library
from gmert_pyg.data.sources.records import SUFFIXES as RECORD_SUFFIXES
from gmert_pyg.data.sources.records import records_source
from gmert_pyg.data.sources.requirements import PREFIX
from gmert_pyg.data.sources.source import Source
from gmert_pyg.data.sources.wheels import pypi_source
from gmert_pyg.parsing.folder_search import PYTHON_SUFFIXES


def find_source(
    source: str | os.PathLike[str],
    raw_dir: str | os.PathLike[str] | None = None,
    *,
    suffixes: Collection[str] = PYTHON_SUFFIXES,
) -> Source:
    """Find the source files that `source` stands for.

    A corpus that is not here yet is fetched. Nothing of any is imported or
    run.

    Args:
        source: `"stdlib"` for the standard library of the running interpreter
            without its tests; the name of a corpus with pinned content, such
            as `"python10"`; `"pypi:NAME[==VERSION][,...]"` for the wheels of
            packages, without tests; JSON lines whose records have `code`, in a
            `.jsonl` or `.jsonl.gz` file; or a directory, a file, or a glob.
        raw_dir: the folder for what is fetched or unpacked.
            (default: none, and such sources are refused)
        suffixes: the endings of source files, in directories, globs and JSON
            lines. (default: those of Python)

    Raises:
        ValueError: if there is no such place, if it cannot be fetched or is
            damaged, or if it holds no source file.
    """
    name = os.fspath(source)
    if name == "stdlib":
        return standard_library()
    is_corpus, is_pypi = name in corpus_names(), name.startswith(PREFIX)
    if not (is_corpus or is_pypi or name.endswith(RECORD_SUFFIXES)):
        return local_files(name, suffixes)
    if raw_dir is None:
        raise ValueError(
            f"'raw_dir' must be a folder to put '{name}' in (got None)"
        )
    raw_dir = Path(raw_dir)
    if is_corpus:
        return corpus_source(name, raw_dir)
    if is_pypi:
        return pypi_source(name, raw_dir)
    return records_source(name, raw_dir, suffixes)
