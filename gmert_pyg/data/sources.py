"""Where the source files of a corpus come from."""

from __future__ import annotations

import glob
import hashlib
import os
import platform
import sysconfig
from dataclasses import dataclass
from pathlib import Path

# Tests of the standard library repeat what they test, and hold files that are
# broken on purpose.
STDLIB_SKIPPED = frozenset(
    {"test", "tests", "idle_test", "site-packages", "__pycache__"}
)
_PROJECT_SKIPPED = frozenset(
    {"__pycache__", "node_modules", "site-packages", ".venv", "venv"}
)


@dataclass(frozen=True, slots=True)
class Source:
    """The files of a corpus.

    Args:
        name: what the user asked for.
        root: the directory that module names are relative to.
        files: the Python files, sorted.
        description: what was found, for reports.
    """

    name: str
    root: Path
    files: tuple[Path, ...]
    description: str

    def group(self, path: str | Path) -> str:
        """Return the top-level module or package that a file belongs to."""
        first = Path(path).relative_to(self.root).parts[0]
        return first.removesuffix(".py")

    def fingerprint(self) -> str:
        """Return a hash that changes when a file is added, cut or edited."""
        digest = hashlib.sha256()
        for path in self.files:
            try:
                status = os.stat(path)
                entry = (str(path), status.st_size, status.st_mtime_ns)
            except OSError:  # a dangling link: skipped by name later
                entry = (str(path), 0, 0)
            digest.update(repr(entry).encode())
        return digest.hexdigest()[:16]


def find_source(source: str | os.PathLike[str]) -> Source:
    """Find the Python files that `source` stands for.

    Args:
        source: `"stdlib"` for the standard library of the running interpreter
            without its tests, a directory, a file, or a glob.

    Raises:
        ValueError: if there is no such place, or no Python file in it.
    """
    name = os.fspath(source)
    if name == "stdlib":
        return _stdlib()
    path = Path(name).expanduser()
    if path.is_dir():
        root, files = path, _python_files(path, _PROJECT_SKIPPED)
    elif path.is_file():
        root, files = path.parent, [path]
    else:
        found = [Path(match) for match in glob.glob(name, recursive=True)]
        files = sorted(match for match in found if match.suffix == ".py")
        if not found:
            raise ValueError(
                "'source' must be 'stdlib', or a directory, file or glob that"
                f" exists (got '{name}')"
            )
        root = Path(os.path.commonpath([match.parent for match in found]))
    if not files:
        raise ValueError(f"'source' must hold Python files (got '{name}')")
    # Links are not followed: a file belongs where it was found.
    root = root.absolute()
    files = sorted(path.absolute() for path in files)
    return Source(name, root, tuple(files), f"{len(files)} files of {name}")


def _stdlib() -> Source:
    root = Path(sysconfig.get_path("stdlib"))
    files = tuple(_python_files(root, STDLIB_SKIPPED))
    version = platform.python_version()
    return Source(
        "stdlib", root, files, f"standard library of Python {version}"
    )


def _python_files(directory: Path, skipped: frozenset[str]) -> list[Path]:
    """List the Python files below `directory`, in a stable order."""
    files = []
    for parent, folders, names in os.walk(directory):
        folders[:] = sorted(set(folders) - skipped)
        files += [Path(parent, name) for name in names if name.endswith(".py")]
    return sorted(files)
