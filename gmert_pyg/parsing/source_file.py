"""Source files as text, and positions in them as character offsets."""

from __future__ import annotations

import re
import tokenize
from bisect import bisect_right
from os import PathLike, fspath
from pathlib import Path

from gmert_pyg.parsing.languages import language_of

_LINE_END = re.compile(r"\r\n|\r|\n")


class SourceError(ValueError):
    """A source file that cannot be read or parsed; bad input, never a bug.

    Args:
        reason: what is wrong, in one line.
        path: the file it is wrong with.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason, path)
        self.reason = " ".join(reason.split())
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


def read_source(path: str | PathLike[str]) -> str:
    r"""Read a source file; Python as the interpreter would.

    A byte order mark is dropped, an encoding declaration of Python (PEP 263) is
    honoured, and `\r\n` and `\r` become `\n`: offsets count characters of what
    is returned. Other languages are read as UTF-8.

    Args:
        path: the file.

    Raises:
        SourceError: if it cannot be opened, has no known encoding, does not
            decode, or holds null bytes.
    """
    name = fspath(path)
    try:
        if language_of(name) == "python":
            with tokenize.open(name) as file:
                text = file.read()
        else:
            text = Path(name).read_text(encoding="utf-8-sig")
    except SyntaxError as error:
        # Its message ends with the path, which ours starts with.
        reason = (error.msg or "unknown encoding").partition(" for '")[0]
        raise SourceError(reason, name) from error
    except UnicodeDecodeError as error:
        reason = (
            f"does not decode as {error.encoding} at byte {error.start}: "
            f"{error.reason}"
        )
        raise SourceError(reason, name) from error
    except (UnicodeError, LookupError) as error:
        raise SourceError(f"does not decode: {error}", name) from error
    except OSError as error:
        raise SourceError(error.strerror or str(error), name) from error
    if "\0" in text:
        raise SourceError("source holds null bytes", name)
    return text


class LineIndex:
    r"""Translates the positions of `ast` into offsets of characters.

    Lines end at `\n`, `\r\n` and `\r` only, as for the parser: `splitlines`
    would also end them at form feeds and Unicode separators.

    Args:
        text: the source text.
    """

    __slots__ = ("_ascii", "_bytes", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(m.end() for m in _LINE_END.finditer(text))]
        self._ascii = text.isascii()
        self._bytes: dict[int, bytes | None] = {}

    def offset(self, line: int, column: int) -> int:
        """Return the character offset of a position of `ast`.

        Args:
            line: its line, from 1.
            column: its column in UTF-8 bytes, from 0.
        """
        start = self.starts[line - 1]
        if self._ascii:
            return start + column
        if line in self._bytes:
            encoded = self._bytes[line]
        else:
            stop = (
                self.starts[line] if line < len(self.starts) else len(self.text)
            )
            row = self.text[start:stop]
            encoded = None if row.isascii() else row.encode()
            self._bytes[line] = encoded
        if encoded is None:
            return start + column
        return start + len(encoded[:column].decode(errors="ignore"))

    def line(self, offset: int) -> int:
        """Return the line, from 1, that a character offset lies in."""
        return bisect_right(self.starts, offset)
