"""Fetching wheels with pip, which resolves and builds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    parse_wheel_filename,
)

from gmert_pyg.data.sources.requirements import Package

# -E, -P: no `pip.py` in the current folder or on PYTHONPATH is run instead. A
# source distribution would have to be run to become a wheel: refused.
_COMMAND = (
    *("-E", "-P", "-m", "pip", "download"),
    *("--no-deps", "--only-binary", ":all:", "--no-input"),
    *("--disable-pip-version-check", "--progress-bar", "off"),
)


def download_wheels(
    packages: Sequence[Package],
    folder: Path,
    target: Sequence[str] = (),
) -> None:
    """Fetch the wheels of packages into a folder, with pip.

    The user's configuration of pip holds: its indexes, proxies and cache.
    Nothing of a package is run. A wheel arrives as a whole or not at all.

    Args:
        packages: the packages.
        folder: where to put the wheels; made if need be.
        target: options of pip that say which interpreter and system the
            wheels are for. (default: the running ones)

    Raises:
        ValueError: if pip is missing or cannot get a wheel of one of them.
    """
    names = [str(package) for package in packages]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".pip-") as temporary:
        done = subprocess.run(
            [
                *(sys.executable, *_COMMAND, *target),
                *("--dest", temporary, "--", *names),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise ValueError(
                "'source' must name wheels that pip can download (got"
                f" '{' '.join(names)}': {_reason(done.stderr)})"
            )
        for wheel in sorted(Path(temporary).glob("*.whl")):
            os.replace(wheel, folder / wheel.name)


def _reason(stderr: str) -> str:
    """Return the first error that pip reports, in one line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    if any("No module named pip" in line for line in lines):
        return "this interpreter has no pip"
    reason = (errors or lines or ["no reason given"])[0]
    return reason.removeprefix("ERROR:").strip()


def find_wheel(
    package: Package, folder: Path, filenames: Collection[str] | None = None
) -> Path | None:
    """Return the wheel of a package that lies in a folder, if there is one.

    Args:
        package: the package. Without a version, the newest is taken.
        folder: the folder.
        filenames: which files to take into account. (default: all)
    """
    found = []
    for path in sorted(folder.glob("*.whl")):
        try:
            name, version, build, _ = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        if (
            name == canonicalize_name(package.name)
            and package.version in (None, str(version))
            and (filenames is None or path.name in filenames)
        ):
            found.append((version, build, path))
    return max(found)[2] if found else None
