"""A corpus: projects, and the source files of each."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Project:
    """Source files that may refer to each other.

    Each project is linked into a knowledge graph of its own.

    Args:
        name: its name, unique in its corpus.
        root: the folder that its modules are named from.
        files: its files, absolute and sorted.
    """

    name: str
    root: Path
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Source:
    """Where a corpus comes from.

    Args:
        name: what the user asked for.
        description: what was found, for reports.
        projects: its projects, at least one; no root lies inside another.
        skipped: what could not be read while searching, with the reason.
            (default: nothing)
        content_hash: a hash of the content of all files, where it is known
            without reading them. (default: not known)
        split: the groups of each part to hold out by default, such as
            `"validation"` and `"test"`. (default: none)
    """

    name: str
    description: str
    projects: Sequence[Project]
    skipped: Mapping[str, str] = field(default_factory=dict)
    content_hash: str | None = None
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, by project."""
        return tuple(
            path for project in self.projects for path in project.files
        )

    def project_of(self, path: str | Path) -> int:
        """Return the number of the project that a file belongs to.

        Args:
            path: the file.

        Raises:
            ValueError: if it is in no project's folder.
        """
        for folder in Path(path).parents:
            number = self._roots.get(str(folder))
            if number is not None:
                return number
        raise ValueError(
            f"'path' must be a file of '{self.name}' (got '{path}')"
        )

    @cached_property
    def _roots(self) -> dict[str, int]:
        return {
            str(project.root): number
            for number, project in enumerate(self.projects)
        }

    def group(
        self,
        path: str | Path,
        by: Literal["project", "module", "file"] | None = None,
    ) -> str:
        """Return what a split keeps together with a file.

        The names are the same wherever the corpus lies.

        Args:
            path: the file.
            by: its project, its top-level module or package, or the file
                alone. (default: its project, or in a corpus of one project, its
                module)

        Raises:
            ValueError: if the file is in no project's folder.
        """
        number = self.project_of(path)
        name = self.project_name(number)
        several = len(self.projects) > 1
        if by == "project" or (by is None and several):
            return name
        inside = Path(path).relative_to(self.projects[number].root)
        module = inside.parts[0].removesuffix(Path(inside.parts[0]).suffix)
        group = inside.as_posix() if by == "file" else module
        return f"{name}/{group}" if several else group

    def project_name(self, number: int) -> str:
        """Return the name of a project.

        Args:
            number: its number.
        """
        return self.projects[number].name

    def fingerprint(self) -> str:
        """Return a hash that changes when a file is added, cut or edited."""
        digest = hashlib.sha256()
        if self.content_hash is not None:
            digest.update(f"{self.name} {self.content_hash}".encode())
            return digest.hexdigest()[:16]
        for project in self.projects:
            digest.update(f"{project.name}\n".encode())
            for path in project.files:
                try:
                    status = os.stat(path)
                    entry = (str(path), status.st_size, status.st_mtime_ns)
                except OSError:  # a dangling link: skipped by name later
                    entry = (str(path), 0, 0)
                digest.update(repr(entry).encode())
        return digest.hexdigest()[:16]
