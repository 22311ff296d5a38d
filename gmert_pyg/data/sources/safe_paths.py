"""Names from strangers that become paths below a folder of ours."""

from __future__ import annotations

import os
import re
import unicodedata

_MAX_PATH, _MAX_PART = 1000, 200  # bytes
_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)


def safe_parts(name: str) -> tuple[str, ...] | None:
    """Split a relative path, or return `None` if writing to it is not safe.

    Safe is what stays below the folder, and means the same, on every system:
    no absolute path, drive, `..`, empty part, backslash or colon, nothing
    unprintable, and no part that is too long or that some system would change.
    Windows' names of devices are not safe there.

    Args:
        name: the path, with slashes.
    """
    if len(name.encode(errors="replace")) > _MAX_PATH:
        return None
    parts = tuple(name.split("/"))
    return parts if all(map(_is_safe, parts)) else None


def _is_safe(part: str) -> bool:
    if not part or part in (".", "..") or part != part.rstrip(" ."):
        return False
    if not part.isprintable() or any(sign in '<>:"|?*\\' for sign in part):
        return False
    if os.name == "nt" and _DEVICE.fullmatch(part.partition(".")[0]):
        return False
    return len(part.encode()) <= _MAX_PART


def collision_key(parts: tuple[str, ...]) -> str:
    """Return the same for two paths that some system takes for one.

    Args:
        parts: the parts of the path.
    """
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()
