"""How languages other than Python name modules."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path, PurePath

_GO_MODULE = re.compile(r"^module[ \t]+\"?([^\s\"]+)", re.MULTILINE)
_JAVASCRIPT_INDEX = "index"


def other_module(path: Path, base: Path, language: str) -> tuple[str, bool]:
    """Return the name of a file's module, and whether it is its folder.

    ==============  =========================================================
    Java            the folder, with dots; a `package` clause replaces it
    Go              the import path of the folder, from `go.mod` if there is one
    JavaScript, C   the path without its ending, with slashes
    ==============  =========================================================

    Dots separate a module from its members, so those of a path become
    underscores. The files of a package, and a C file and the header of its
    name, are one module.

    Args:
        path: the file, absolute.
        base: the folder that names start below, absolute.
        language: what the file is written in.
    """
    folder = path.parent
    inside = folder.is_relative_to(base)
    parts = folder.relative_to(base).parts if inside else ()
    if language == "java":
        return ".".join(map(_plain, parts)) or "default", False
    if language == "go":
        return _go_package(folder, base, parts), False
    stem = path.stem.removesuffix(".d")
    if language != "c" and stem == _JAVASCRIPT_INDEX and parts:
        return "/".join(map(_plain, parts)), True
    return "/".join(map(_plain, (*parts, stem))), False


def _plain(part: str) -> str:
    return part.replace(".", "_")


def _go_package(folder: Path, base: Path, parts: tuple[str, ...]) -> str:
    for above in (folder, *folder.parents):
        name = _go_module(above / "go.mod")
        if name is not None:
            below = folder.relative_to(above)
            return _plain(str(PurePath(name, below).as_posix()))
        if above == base:
            break
    return "/".join(map(_plain, parts)) or _plain(base.name) or "main"


@lru_cache(maxsize=4096)
def _go_module(path: Path) -> str | None:
    """Return the module that a `go.mod` declares, if it does."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = _GO_MODULE.search(text)
    return found.group(1) if found else None
