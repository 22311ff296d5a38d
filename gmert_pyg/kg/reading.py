"""Reading the files of one project or several."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, replace
from os import PathLike
from pathlib import Path

from gmert_pyg.kg.project import (
    Source,
    SourceFile,
    find_files,
    name_modules,
    parse_files,
)
from gmert_pyg.parsing import Extractor, ModuleFacts, SourceError
from gmert_pyg.parsing.folder_search import PYTHON_SUFFIXES


def read_projects(
    source: Source | Iterable[Source],
    root: Source | None = None,
    *,
    suffixes: Collection[str] = PYTHON_SUFFIXES,
    extractors: Sequence[Extractor] = (),
    num_workers: int = 0,
    progress: bool = False,
) -> tuple[list[ModuleFacts], dict[str, str]]:
    """Parse all files of a source.

    Args:
        source: a file or directory, or a list of them. Each directory of a
            list is a project of its own; its files form one together.
        root: the folder that names of files start below, where the source is
            no list of directories. (default: that of the source)
        suffixes: the endings of source files in directories.
            (default: those of Python)
        extractors: what reads further facts from each file.
        num_workers: how many processes parse.
        progress: whether to show a progress bar.

    Returns:
        the facts of the files, and what could not be read, with the reason.

    Raises:
        ValueError: if there is no such file or directory.
    """
    skipped: dict[str, str] = {}
    projects = [
        name_modules(find_files(part, skipped, suffixes), base)
        for part, base in _parts(source, root)
    ]
    files = _once(projects)
    modules: list[list[ModuleFacts]] = [[] for _ in projects]
    read = parse_files(
        [file for _, file in files], num_workers, progress, extractors
    )
    for (project, _), facts in zip(files, read, strict=True):
        if isinstance(facts, SourceError):
            skipped[facts.path] = facts.reason
        else:
            modules[project].append(facts)
    taken: set[str] = set()
    kept: list[ModuleFacts] = []
    for of_project in modules:
        apart = keep_apart(of_project, taken)
        taken.update(facts.module for facts in apart)
        kept += apart
    return kept, skipped


def _parts(
    source: Source | Iterable[Source], root: Source | None
) -> list[tuple[Source | list[Source], Source | None]]:
    if isinstance(source, (str, PathLike)):
        return [(source, root)]
    files: list[Source] = []
    folders: list[Source] = []
    for path in source:
        (folders if os.path.isdir(path) else files).append(path)
    alone: list[tuple[Source | list[Source], Source | None]]
    alone = [(files, root)] if files else []
    return [*alone, *((folder, None) for folder in folders)]


def _once(projects: list[list[SourceFile]]) -> list[tuple[int, SourceFile]]:
    """Return every file with its project, the first that holds it."""
    found: dict[Path, tuple[int, SourceFile]] = {}
    for project, files in enumerate(projects):
        for file in files:
            found.setdefault(Path(file.path).absolute(), (project, file))
    return list(found.values())


def keep_apart(
    modules: Sequence[ModuleFacts], taken: set[str]
) -> list[ModuleFacts]:
    """Rename the modules of a project whose names another one has taken.

    The second module `a` becomes `a~2`, in all that its project says of it: a
    name means the module of one's own project, as if that came first on the
    path that modules are searched on.

    Args:
        modules: the facts of the project's files.
        taken: the names of the modules before them.
    """
    names = {facts.module for facts in modules}
    renamed: dict[str, str] = {}
    for name in sorted(names & taken):
        number = 2
        while f"{name}~{number}" in taken or f"{name}~{number}" in names:
            number += 1
        renamed[name] = f"{name}~{number}"
    if not renamed:
        return list(modules)
    return [_Renaming(names, renamed).facts(facts) for facts in modules]


class _Renaming:
    """Renames modules wherever paths begin with them.

    Args:
        names: all modules of the project, so that `a` is not taken for a part
            of the path of `a.b`.
        renamed: the new names of some.
    """

    def __init__(self, names: set[str], renamed: dict[str, str]) -> None:
        self.names = names
        self.renamed = renamed

    def path(self, path: str) -> str:
        if path.startswith("doc:"):
            name, line_end, sentence = path[4:].partition("\n")
            return f"doc:{self.path(name)}{line_end}{sentence}"
        first = path
        while first:
            if first in self.names:
                return self.renamed.get(first, first) + path[len(first) :]
            first = first.rpartition(".")[0]
        return path

    def facts(self, facts: ModuleFacts) -> ModuleFacts:
        # Tables that share their paths go on sharing them.
        paths: dict[int, list[str]] = {}
        tables = {}
        for field in fields(facts):
            table = getattr(facts, field.name)
            old = getattr(table, "paths", None)
            if old is not None:
                if id(old) not in paths:
                    paths[id(old)] = [self.path(path) for path in old]
                tables[field.name] = replace(table, paths=paths[id(old)])
        return replace(
            facts,
            module=self.path(facts.module),
            entities=[
                replace(e, qualified_name=self.path(e.qualified_name))
                for e in facts.entities
            ],
            definitions=[
                replace(
                    d,
                    qualified_name=self.path(d.qualified_name),
                    parent=self.path(d.parent),
                )
                for d in facts.definitions
            ],
            aliases=self._both(facts.aliases),
            assigned=self._both(facts.assigned),
            held=self._both(facts.held),
            stars=[self.path(path) for path in facts.stars],
            **tables,
        )

    def _both(self, paths: dict[str, str]) -> dict[str, str]:
        return {self.path(k): self.path(v) for k, v in paths.items()}
