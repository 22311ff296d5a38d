r"""Characters that a format cannot hold, written so that they come back.

A name comes from a program, an annotation or a docstring and may hold any
character at all. One that a format forbids is written as the six characters
`\uXXXX`; a backslash of the name that begins such a sequence is written as
`\u005c`. All other names, nearly all there are, stay as they are.
"""

from __future__ import annotations

import re

# What XML 1.0 (section 2.2) forbids, and the carriage return, which a reader
# turns into a line feed.
NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
NOT_IN_UNICODE = re.compile("[\ud800-\udfff]")

_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
_AMBIGUOUS = re.compile(r"\\(?=u[0-9a-f]{4})")


def escape(text: str, forbidden: re.Pattern[str]) -> str:
    r"""Write forbidden characters as `\uXXXX`.

    Args:
        text: any text.
        forbidden: a pattern that matches single characters.
    """
    text = _AMBIGUOUS.sub(r"\\u005c", text)
    return forbidden.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def unescape(text: str) -> str:
    """Return the text that `escape` was given."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
