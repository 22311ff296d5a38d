"""Projects from Python wheels, downloaded and unpacked once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from packaging.utils import parse_wheel_filename

from gmert_pyg.data.sources.pip_download import download_wheels, find_wheel
from gmert_pyg.data.sources.requirements import Package, parse_packages
from gmert_pyg.data.sources.source import Project, Source
from gmert_pyg.data.sources.unpacking import unpack_wheel
from gmert_pyg.parsing.folder_search import search_folder
from gmert_pyg.whole_output import whole_directory

# As for the standard library.
SKIPPED_TESTS = ("test", "tests", "idle_test")
_RECORD = ".wheel.json"


@dataclass(frozen=True, slots=True)
class UnpackedWheel:
    """A wheel whose Python files lie in a folder.

    Args:
        folder: the folder.
        filename: the name of the wheel.
        sha256: its hash.
        left_out: members that were not unpacked, with the reason.
    """

    folder: Path
    filename: str
    sha256: str
    left_out: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path) -> UnpackedWheel:
        """Read what was recorded when the wheel was unpacked."""
        record: dict[str, Any] = json.loads((folder / _RECORD).read_text())
        return cls(
            folder, record["filename"], record["sha256"], record["left_out"]
        )

    @property
    def package(self) -> Package:
        """The name and the version of the wheel."""
        name, version, *_ = parse_wheel_filename(self.filename)
        return Package(name, str(version))


def pypi_source(name: str, raw_dir: Path) -> Source:
    """Return the packages that `pypi:...` names, one project each.

    Args:
        name: what the user asked for.
        raw_dir: where wheels are fetched and unpacked. What is there already
            is not fetched again; a package without a version is the newest
            that is there.

    Raises:
        ValueError: if it names no packages, or if the wheel of one cannot be
            had, is damaged, or holds no Python file.
    """
    wheels = unpacked_wheels(parse_packages(name), raw_dir)
    return wheels_source(name, wheels, SKIPPED_TESTS)


def wheels_source(
    name: str,
    wheels: Sequence[UnpackedWheel],
    skipped_folders: Collection[str],
) -> Source:
    """Return unpacked wheels as a source, one project each.

    Args:
        name: what the user asked for.
        wheels: the wheels.
        skipped_folders: names of folders to leave out.

    Raises:
        ValueError: if a wheel holds no Python file.
    """
    skipped: dict[str, str] = {}
    digest = hashlib.sha256(repr(sorted(skipped_folders)).encode())
    projects = []
    for wheel in wheels:
        files = search_folder(
            wheel.folder, skipped_folders=skipped_folders, unreadable=skipped
        )
        if not files:
            raise ValueError(
                f"'source' must hold .py files (got '{wheel.filename}')"
            )
        project = Project(wheel.package.name, wheel.folder, tuple(files))
        projects.append(project)
        digest.update(f"{project.name} {wheel.sha256}\n".encode())
        for member, reason in wheel.left_out.items():
            skipped[f"{wheel.filename}/{member}"] = reason
    described = ", ".join(str(wheel.package) for wheel in wheels)
    return Source(name, described, tuple(projects), skipped, digest.hexdigest())


def unpacked_wheels(
    packages: Sequence[Package],
    raw_dir: Path,
    hashes: Mapping[str, str] | None = None,
    target: Sequence[str] = (),
) -> list[UnpackedWheel]:
    """Download what is not there yet, and unpack it.

    Args:
        packages: the packages.
        raw_dir: has the wheels in `wheels`, unpacked ones beside it.
        hashes: the SHA-256 of the one wheel to take of each package, by its
            file name. (default: any wheel of the package)
        target: options of pip that say what the wheels are for.
            (default: the running interpreter)

    Raises:
        ValueError: if a wheel cannot be had, is damaged, or is another.
    """
    raw_dir = raw_dir.absolute()
    if any(_find_unpacked(package, raw_dir) is None for package in packages):
        raw_dir.mkdir(parents=True, exist_ok=True)
        # Of several processes that need them, one fetches them.
        with FileLock(raw_dir / ".lock"):
            missing = [
                package
                for package in packages
                if _find_unpacked(package, raw_dir) is None
            ]
            _fetch(missing, raw_dir, hashes, target)
    unpacked = []
    for package in packages:
        wheel = _find_unpacked(package, raw_dir)
        assert wheel is not None
        _check_hash(wheel.filename, wheel.sha256, hashes)
        unpacked.append(wheel)
    return unpacked


def _fetch(
    packages: Sequence[Package],
    raw_dir: Path,
    hashes: Mapping[str, str] | None,
    target: Sequence[str],
) -> None:
    """Download the wheels that are not there, and unpack all.

    Raises:
        ValueError: if a wheel cannot be had, is damaged, or is another.
    """
    store = raw_dir / "wheels"
    absent = [p for p in packages if find_wheel(p, store, hashes) is None]
    if absent:
        download_wheels(absent, store, target)
    for package in packages:
        wheel = find_wheel(package, store, hashes)
        if wheel is None:
            raise ValueError(
                "'source' must name wheels that pip can download (got"
                f" '{package}', of which it brought none that is known)"
            )
        _unpack(wheel, raw_dir, hashes)


def _find_unpacked(package: Package, raw_dir: Path) -> UnpackedWheel | None:
    pattern = f"{package.name}-{package.version or '*'}/{_RECORD}"
    found = [
        UnpackedWheel.read(record.parent) for record in raw_dir.glob(pattern)
    ]
    same = [wheel for wheel in found if wheel.package.name == package.name]
    return max(
        same,
        key=lambda wheel: parse_wheel_filename(wheel.filename)[1],
        default=None,
    )


def _unpack(
    wheel: Path, raw_dir: Path, hashes: Mapping[str, str] | None
) -> None:
    with wheel.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    _check_hash(wheel.name, sha256, hashes)
    name, version, *_ = parse_wheel_filename(wheel.name)
    folder = raw_dir / f"{name}-{version}"
    with whole_directory(folder) as temporary:
        left_out = unpack_wheel(wheel, temporary)
        record = {
            "filename": wheel.name,
            "sha256": sha256,
            "left_out": left_out,
        }
        (temporary / _RECORD).write_text(json.dumps(record, indent=2) + "\n")


def _check_hash(
    filename: str, sha256: str, hashes: Mapping[str, str] | None
) -> None:
    """Refuse a wheel that is not the pinned one.

    Raises:
        ValueError: naming both hashes.
    """
    if hashes is None:
        return
    pinned = hashes.get(filename)
    if pinned != sha256:
        raise ValueError(
            "'source' must have wheels with the pinned hashes (got"
            f" '{filename}' with {sha256}, pinned is {pinned})"
        )
