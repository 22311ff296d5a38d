"""Writing the code of JSON records to files."""

from __future__ import annotations

import io
import json
import tokenize
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gmert_pyg.data.sources.safe_paths import safe_parts
from gmert_pyg.parsing.languages import LANGUAGES

# Records of projects, records that name none, and what is known of both.
PROJECTS, SINGLES = "projects", "records"
FACTS, SINGLE_LINES = "facts.json", "records.npy"

_SUFFIXES = {name: endings[0] for name, endings in LANGUAGES.items()}
_SUFFIXES |= {"python3": ".py", "py": ".py", "js": ".js", "ts": ".ts"}
_MAX_NAMED = 1000


class RecordError(ValueError):
    """A line that holds no code to read; bad input, never a bug."""


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """The code of one line.

    Args:
        code: its text.
        suffix: the ending of its file.
        path: its path in its project, if that is safe to write to.
        project: the name of its project, or `None`.
    """

    code: str
    suffix: str
    path: tuple[str, ...] | None
    project: str | None

    @classmethod
    def parse(cls, line: bytes | None, suffixes: Collection[str]) -> CodeRecord:
        """Read a line.

        Raises:
            RecordError: if it has no code in one of the languages.
        """
        if line is None:
            raise RecordError("is too long")
        try:
            record = json.loads(line.decode())
        except (ValueError, RecursionError) as error:
            raise RecordError(f"is no JSON: {error}") from error
        if not isinstance(record, dict):
            raise RecordError("is no JSON object")
        code = record.get("code")
        if not isinstance(code, str):
            raise RecordError("has no text 'code'")
        path = _text(record, "path")
        suffix = _suffix(path, _text(record, "language"), suffixes)
        parts = safe_parts(path) if path.endswith(suffix) else None
        project = _text(record, "repo") or _text(record, "project")
        printable = project.encode(errors="replace").decode()
        return cls(code, suffix, parts, printable or None)

    def encode(self) -> bytes:
        """Return the code as bytes, in the encoding that it declares.

        Raises:
            RecordError: if no encoding can write it.
        """
        try:
            data = self.code.encode()
            declared, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            if declared.startswith("utf-8"):
                return data
            return self.code.encode(declared)
        except UnicodeError as error:
            raise RecordError(f"has code that is no text: {error}") from error
        except SyntaxError:  # an unknown encoding: its reader reports it
            return data


class RecordWriter:
    """Writes the code of records to numbered folders.

    Records of one project share a folder; the others lie a thousand to a
    folder.

    Args:
        folder: an empty folder.
        suffixes: the endings of source files that are read.
    """

    def __init__(self, folder: Path, suffixes: Collection[str]) -> None:
        self.folder = folder
        self.suffixes = sorted(suffixes)
        self.num_records = 0
        self._projects: dict[str, int] = {}
        self._singles = array("q")

    def write(self, number: int, line: bytes | None) -> None:
        """Write the code of a line.

        Args:
            number: the number of the line.
            line: its bytes; `None` stands for one that was too long.

        Raises:
            RecordError: if it has no code that is read.
        """
        record = CodeRecord.parse(line, self.suffixes)
        data = record.encode()
        name = f"{numbered(number)}{record.suffix}"
        if record.project is None:
            _write([self.folder / SINGLES / name], data)
            self._singles += array(
                "q", (number, self.suffixes.index(record.suffix))
            )
        else:
            project = self._projects.setdefault(
                record.project, len(self._projects)
            )
            root = self.folder / PROJECTS / numbered(project)
            places = [root / name]
            if record.path is not None:
                path = root.joinpath(*record.path)
                stem = path.name.removesuffix(record.suffix)
                beside = path.with_name(f"{stem}~{number}{record.suffix}")
                places = [path, beside, *places]
            _write(places, data)
        self.num_records += 1

    def finish(self, skipped: Mapping[str, str]) -> None:
        """Write down what was written.

        Args:
            skipped: the lines that were not, with the reason.
        """
        singles = np.array(self._singles, np.int64).reshape(-1, 2)
        np.save(self.folder / SINGLE_LINES, singles)
        facts = {
            "num_records": self.num_records,
            "projects": list(self._projects),
            "suffixes": self.suffixes,
            "skipped": dict(skipped),
        }
        (self.folder / FACTS).write_text(json.dumps(facts) + "\n")


def unpack_records(
    lines: Iterable[bytes | None],
    filename: str,
    folder: Path,
    suffixes: Collection[str],
) -> None:
    """Write the code of all records to files.

    Args:
        lines: the lines; `None` stands for one that was too long.
        filename: the name of the file that holds them.
        folder: an empty folder.
        suffixes: the endings of source files that are read.

    Raises:
        ValueError: if no line holds code.
    """
    writer = RecordWriter(folder, suffixes)
    skipped: dict[str, str] = {}
    num_skipped = 0
    for number, line in enumerate(lines, 1):
        if line is not None and not line.strip():
            continue
        try:
            writer.write(number, line)
        except RecordError as error:
            num_skipped += 1
            if num_skipped <= _MAX_NAMED:
                skipped[f"{filename}:{number}"] = str(error)
    if num_skipped > _MAX_NAMED:
        skipped[filename] = f"{num_skipped - _MAX_NAMED:,} further lines"
    if writer.num_records == 0:
        reasons = "; ".join(f"{p} {why}" for p, why in skipped.items())
        raise ValueError(
            "'source' must hold records with 'code' (got none in"
            f" '{filename}': {reasons[:500] or 'empty'})"
        )
    writer.finish(skipped)


def numbered(number: int) -> str:
    """Return a path whose folder has at most 1,000 of its kind.

    Args:
        number: the number.
    """
    return f"{number // 1000:03}/{number:06}"


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""


def _suffix(path: str, language: str, suffixes: Collection[str]) -> str:
    """Return the ending of a record's file.

    Raises:
        RecordError: if it is of a language that is not read.
    """
    for suffix in suffixes:
        if path.endswith(suffix):
            return suffix
    if not language and not Path(path).suffix:
        language = "python"
    suffix = _SUFFIXES.get(language.lower(), "")
    if suffix not in suffixes:
        raise RecordError(f"is of another language ({language or path})")
    return suffix


def _write(places: Sequence[Path], data: bytes) -> None:
    """Write to the first place that is not taken.

    Raises:
        RecordError: if all are.
    """
    for path in places:
        try:
            _create(path, data)
            return
        # A file, or one in place of a folder.
        except (FileExistsError, NotADirectoryError):
            continue
    raise RecordError("has a path that is taken")


def _create(path: Path, data: bytes) -> None:
    try:
        file = path.open("xb")
    except FileNotFoundError:  # rarely: most folders are there already
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("xb")
    with file:
        file.write(data)
