"""Projects from JSON lines whose records hold code."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from gmert_pyg.data.sources.record_unpacking import (
    FACTS,
    PROJECTS,
    SINGLE_LINES,
    SINGLES,
    numbered,
    unpack_records,
)
from gmert_pyg.data.sources.source import Project, Source
from gmert_pyg.whole_output import whole_directory

SUFFIXES = (".jsonl", ".jsonl.gz")
_MAX_LINE = 1 << 26


@dataclass(frozen=True, slots=True)
class RecordProjects(Sequence[Project]):
    """The projects of unpacked records, each made when it is asked for.

    Args:
        folder: where the records are unpacked.
        filename: the name of the file that held them.
        names: the projects that records name.
        singles: :math:`[n, 2]`, the lines, counted from 1, of the records that
            name none, and the numbers of their suffixes. Each is a project of
            its own.
        suffixes: what those numbers mean.
    """

    folder: Path
    filename: str
    names: Sequence[str]
    singles: NDArray[np.int64]
    suffixes: Sequence[str]

    def __len__(self) -> int:
        return len(self.names) + len(self.singles)

    @overload
    def __getitem__(self, number: int) -> Project: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Project, ...]: ...
    def __getitem__(self, number: int | slice) -> Project | tuple[Project, ...]:
        if isinstance(number, slice):
            return tuple(self[i] for i in range(len(self))[number])
        number = range(len(self))[number]
        if number < len(self.names):
            root = self.folder / PROJECTS / numbered(number)
            # All of them are records, whatever their folders are called.
            files = sorted(path for path in root.rglob("*") if path.is_file())
            return Project(self.name(number), root, tuple(files))
        line, suffix = self.singles[number - len(self.names)].tolist()
        name = f"{numbered(line)}{self.suffixes[suffix]}"
        file = self.folder / SINGLES / name
        return Project(self.name(number), file.parent, (file,))

    def name(self, number: int) -> str:
        """Return the name of a project, without listing its files.

        Args:
            number: its number.
        """
        if number < len(self.names):
            return self.names[number]
        line = int(self.singles[number - len(self.names), 0])
        return f"{self.filename}:{line}"

    def find(self, path: Path) -> int:
        """Return the number of the project that an unpacked file is of.

        Args:
            path: the file, below `folder`.
        """
        kind, _, name, *_ = path.relative_to(self.folder).parts
        if kind == PROJECTS:
            return int(name)
        line = int(name.partition(".")[0])
        place = np.searchsorted(self.singles[:, 0], line)
        return len(self.names) + int(place)


class RecordSource(Source):
    """A source whose projects are numbered folders and files."""

    def project_of(self, path: str | Path) -> int:
        assert isinstance(self.projects, RecordProjects)
        return self.projects.find(Path(path))

    def project_name(self, number: int) -> str:
        assert isinstance(self.projects, RecordProjects)
        return self.projects.name(number)


def records_source(
    name: str, raw_dir: Path, suffixes: Collection[str]
) -> Source:
    r"""Return the code of JSON lines as a source.

    A record has `code`, and may have `path`, `repo` (or `project`) and
    `language`. Records of one `repo` are a project; a record without is a
    project of its own, and nothing links it to others. Lines that are no such
    records, and languages that are not read, are left out and named. Records
    are streamed: memory grows with the number of projects that they name, and
    by sixteen bytes for each record that names none.

    Args:
        name: a `.jsonl` or `.jsonl.gz` file.
        raw_dir: where its records are written to files, once.
        suffixes: the endings of source files that are read.

    Raises:
        ValueError: if there is no such file, or if it is damaged or holds no
            record with code.
    """
    path = Path(name).expanduser()
    if not path.is_file():
        raise ValueError(f"'source' must be a file that exists (got '{name}')")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(repr(sorted(suffixes)).encode())
    content_hash = digest.hexdigest()
    stem = path.name.partition(".jsonl")[0]
    folder = raw_dir.absolute() / f"{stem}-{content_hash[:16]}"
    if not folder.is_dir():
        raw_dir.mkdir(parents=True, exist_ok=True)
        # Of several processes that need it, one unpacks it.
        with FileLock(raw_dir / ".lock"):
            if not folder.is_dir():
                with whole_directory(folder) as temporary:
                    _unpack(path, temporary, suffixes)
    facts = json.loads((folder / FACTS).read_text())
    singles = np.load(folder / SINGLE_LINES, allow_pickle=False)
    return RecordSource(
        name,
        f"{facts['num_records']:,} records of {name}",
        RecordProjects(
            folder, path.name, facts["projects"], singles, facts["suffixes"]
        ),
        facts["skipped"],
        content_hash,
    )


def _unpack(path: Path, folder: Path, suffixes: Collection[str]) -> None:
    try:
        with _open(path) as file:
            unpack_records(_lines(file), path.name, folder, suffixes)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"'source' must be sound JSON lines (got '{path}': {error})"
        ) from error


def _open(path: Path) -> io.BufferedIOBase:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _lines(
    file: io.BufferedIOBase, limit: int = 1 << 26
) -> Iterator[bytes | None]:
    """Yield the lines of a file, and `None` for one longer than `limit`."""
    while line := file.readline(_MAX_LINE):
        if line.endswith(b"\n") or len(line) < _MAX_LINE:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(_MAX_LINE)
        yield None
