"""The files of a project: finding, naming and parsing them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from gmert_pyg.kg.module_names import other_module
from gmert_pyg.parsing import (
    Extractor,
    ModuleFacts,
    SourceError,
    language_of,
    parse_source,
    read_source,
)
from gmert_pyg.parsing.folder_search import PYTHON_SUFFIXES, search_folder
from gmert_pyg.paused_collection import paused_collection
from gmert_pyg.worker_processes import process_pool

Source = str | PathLike[str]


class SourceFile(NamedTuple):
    """A file to parse, and the name that it is imported by."""

    path: str
    module: str
    is_package: bool
    language: str = "python"


def find_files(
    source: Source | Iterable[Source],
    unreadable: dict[str, str] | None = None,
    suffixes: Collection[str] = PYTHON_SUFFIXES,
) -> list[Path]:
    """Return the source files of a file, a directory, or a list of files.

    Args:
        source: the file, directory or files.
        unreadable: is given the path of every folder that cannot be listed,
            with the reason. (default: :obj:`None`)
        suffixes: the endings of source files in a directory.
            (default: those of Python)

    Raises:
        ValueError: if there is no such file or directory.
    """
    if isinstance(source, (str, PathLike)):
        path = Path(source)
        if path.is_dir():
            return search_folder(path, suffixes=suffixes, unreadable=unreadable)
        if not path.is_file():
            raise ValueError(
                f"'source' must be a file or a directory (got '{path}')"
            )
        return [path]
    return sorted({Path(path) for path in source})


def name_modules(
    files: Sequence[Path], root: Source | None = None
) -> list[SourceFile]:
    """Return the module names of files.

    A Python file of a package is named from the outermost package downwards,
    as it is imported; any other by its path below `root`. Files of other
    languages are named as these name modules, see `other_module`.

    Args:
        files: the files.
        root: the folder that names start below.
            (default: the deepest folder that holds all files)
    """
    if root is not None:
        base = Path(root).absolute()
    elif files:
        base = Path(os.path.commonpath([f.absolute().parent for f in files]))
    else:
        return []
    packages: dict[Path, bool] = {}
    taken: set[str] = set()
    named = []
    for path in files:
        language = language_of(path)
        if language != "python":
            name, is_package = other_module(path.absolute(), base, language)
            if language in ("javascript", "typescript"):
                name = _unique(name, taken)
            named.append(SourceFile(str(path), name, is_package, language))
            continue
        folder = path.absolute().parent
        parts = [] if path.stem == "__init__" else [path.stem]
        top = folder
        while _is_package(top, packages) and top != top.parent:
            parts.insert(0, top.name)
            top = top.parent
        if top == folder and top.is_relative_to(base):
            parts = [*folder.relative_to(base).parts, *parts]
        name = ".".join(part.replace(".", "_") for part in parts) or "__init__"
        if name in taken and folder.is_relative_to(base):
            below = [*folder.relative_to(base).parts, path.stem]
            name = ".".join(part.replace(".", "_") for part in below)
        unique = _unique(name, taken)
        named.append(SourceFile(str(path), unique, path.stem == "__init__"))
    return named


def _unique(name: str, taken: set[str]) -> str:
    unique, count = name, 1
    while unique in taken:
        count += 1
        unique = f"{name}~{count}"
    taken.add(unique)
    return unique


def _is_package(folder: Path, known: dict[Path, bool]) -> bool:
    if folder not in known:
        known[folder] = (folder / "__init__.py").is_file()
    return known[folder]


def parse_files(
    files: Sequence[SourceFile],
    num_workers: int = 0,
    progress: bool = False,
    extractors: Sequence[Extractor] = (),
) -> Iterator[ModuleFacts | SourceError]:
    """Parse files; yield their facts, or what is wrong, in their order.

    Args:
        files: the files.
        num_workers: how many processes parse; 0 parses in this one.
        progress: whether to show a progress bar.
        extractors: what reads further facts from each file.
    """
    bar = tqdm(total=len(files), desc="Parsing", disable=not progress)
    chunks = [files[i : i + 16] for i in range(0, len(files), 16)]
    with bar:
        if num_workers < 1 or len(chunks) < 2:
            for chunk in chunks:
                yield from _parse_chunk(chunk, extractors)
                bar.update(len(chunk))
            return
        with process_pool(num_workers, partial(_start, extractors)) as pool:
            for found in pool.map(_parse_in_worker, chunks):
                yield from found
                bar.update(len(found))


# Set in workers, before their first task: a forked one inherits what could not
# be sent to it, functions that are defined inside others for example.
_extractors: Sequence[Extractor] = ()


def _start(extractors: Sequence[Extractor]) -> None:
    global _extractors
    _extractors = extractors


def _parse_in_worker(
    files: Sequence[SourceFile],
) -> list[ModuleFacts | SourceError]:
    return _parse_chunk(files, _extractors)


def _parse_chunk(
    files: Sequence[SourceFile], extractors: Sequence[Extractor]
) -> list[ModuleFacts | SourceError]:
    # Trees are freed by counting references.
    with paused_collection():
        return [_parse(file, extractors) for file in files]


def _parse(
    file: SourceFile, extractors: Sequence[Extractor]
) -> ModuleFacts | SourceError:
    try:
        text = read_source(file.path)
        return parse_source(
            text,
            file.path,
            file.module,
            file.is_package,
            language=file.language,
            extractors=extractors,
        )
    except SourceError as error:
        return error
