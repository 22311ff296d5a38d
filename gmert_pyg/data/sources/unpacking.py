"""Taking the Python files out of a wheel, which may be hostile."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from gmert_pyg.data.sources.safe_paths import collision_key, safe_parts
from gmert_pyg.parsing.folder_search import PYTHON_SUFFIXES

# Ten times the largest wheel of the corpora that we know of.
MAX_MEMBERS, MAX_BYTES, MAX_RATIO = 200_000, 1 << 28, 200
_FREE_BYTES = 1 << 20  # small archives may repeat themselves


def unpack_wheel(wheel: Path, folder: Path) -> dict[str, str]:
    """Write the Python files of a wheel into a folder, as they are installed.

    Nothing else is written: no metadata, compiled code or data. Nothing is
    imported or run.

    Args:
        wheel: the wheel.
        folder: an empty folder.

    Returns:
        the files that were left out, with the reason.

    Raises:
        ValueError: if the wheel is damaged, or if it would write outside the
            folder, write a file twice, make a link, or unpack to more than a
            wheel of code can hold.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            chosen, left_out = _choose(archive)
            for parts, member in chosen.items():
                path = folder.joinpath(*parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    file.write(archive.read(member))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,  # a compression that wheels do not use
        RuntimeError,  # encrypted
    ) as error:
        raise ValueError(
            f"'source' must be a sound wheel (got '{wheel.name}': {error})"
        ) from error
    return left_out


_Chosen = dict[tuple[str, ...], zipfile.ZipInfo]


def _choose(archive: zipfile.ZipFile) -> tuple[_Chosen, dict[str, str]]:
    """Return the members to write, by path, and those left out."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise zipfile.BadZipFile(f"{len(members)} members")
    members = [
        member
        for member in members
        if member.filename.endswith(PYTHON_SUFFIXES) and not member.is_dir()
    ]
    _check_size(members)
    chosen: _Chosen = {}
    taken: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for member in sorted(members, key=lambda member: member.filename):
        name = member.filename
        if member.orig_filename != name:
            raise zipfile.BadZipFile(f"unsafe member {member.orig_filename!r}")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise zipfile.BadZipFile(f"member '{name}' is a link")
        parts = safe_parts(name)
        if parts is None:
            raise zipfile.BadZipFile(f"unsafe member {name!r}")
        parts = _installed(parts)
        if parts is None:
            continue
        if parts in chosen:
            raise zipfile.BadZipFile(f"member '{name}' twice")
        key = collision_key(parts)
        if key in taken:
            left_out[name] = f"differs from {taken[key]} by case only"
            continue
        taken[key] = name
        chosen[parts] = member
    for key, name in taken.items():
        for parent in PurePosixPath(key).parents:
            if str(parent) in taken:
                raise zipfile.BadZipFile(f"member '{name}' lies in a file")
    return chosen, left_out


def _check_size(members: list[zipfile.ZipInfo]) -> None:
    """Refuse archives that unpack to far more than they are.

    No more is read of a member than it declares.
    """
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if total > MAX_BYTES or total > _FREE_BYTES + MAX_RATIO * packed:
        raise zipfile.BadZipFile(
            f"{packed:,} bytes unpack to {total:,} of Python files"
        )


def _installed(parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return where a member is installed, or `None` if not as a module.

    `NAME-VERSION.data/purelib` and `platlib` are spread over the root.
    """
    if parts[0].endswith(".dist-info"):
        return None
    if not parts[0].endswith(".data"):
        return parts
    return parts[2:] if parts[1] in ("purelib", "platlib") else None
