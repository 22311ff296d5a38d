"""The format of a file, by its suffix."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path


def chosen_format(
    formats: Collection[str],
    path: str | os.PathLike[str],
    format: str | None = None,
) -> str:
    """Return the format that a file is to have.

    Args:
        formats: the formats that there are, each named like its suffix.
        path: the file.
        format: the format. (default: that of the suffix)

    Raises:
        ValueError: if there is no such format.
    """
    if format is not None and format not in formats:
        raise ValueError(
            f"'format' must be one of {list(formats)} (got '{format}')"
        )
    suffix = Path(path).suffix.lower().lstrip(".")
    if format is None and suffix not in formats:
        raise ValueError(
            f"'path' must end in one of {['.' + name for name in formats]}"
            f" (got '{path}')"
        )
    return format or suffix
