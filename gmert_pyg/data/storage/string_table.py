"""Many strings, of which few are distinct, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import torch
from numpy.typing import NDArray

from gmert_pyg.data.storage.column_file import Columns, narrow, text_column

# Names of files need not be valid Unicode.
_ERRORS = "surrogatepass"


class StringTable(Sequence[str]):
    """Strings that are decoded when they are asked for.

    Args:
        codes: for every string, the number of its text.
        offsets: where each distinct text starts, and the last one ends.
        text: all texts in UTF-8, one after the other.

    Example:
        >>> table = StringTable.from_columns(encode_strings(["b", "a", "b"]))
        >>> table[2], len(table), table.distinct
        ('b', 3, ['b', 'a'])
    """

    def __init__(
        self,
        codes: NDArray[np.integer],
        offsets: NDArray[np.integer],
        text: NDArray[np.uint8],
    ) -> None:
        self.codes = codes
        self._offsets = offsets
        self._text = text

    @classmethod
    def from_columns(cls, columns: Columns, prefix: str = "") -> StringTable:
        """Read what `encode_strings` gave, without copying it."""
        codes, offsets, text = (
            columns[f"{prefix}{part}"].numpy()
            for part in ("codes", "offsets", "text")
        )
        return cls(codes, offsets, text)

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self.decode(code) for code in self.codes[index]]
        return self.decode(self.codes[index])

    def decode(self, code: int) -> str:
        """Return a distinct text by its number."""
        start, end = self._offsets[code : code + 2].tolist()
        return self._text[start:end].tobytes().decode(errors=_ERRORS)

    @property
    def distinct(self) -> list[str]:
        """The distinct texts, by number."""
        return [self.decode(code) for code in range(len(self._offsets) - 1)]


def encode_strings(strings: Sequence[str], prefix: str = "") -> Columns:
    """Return strings as columns: numbers of texts, and the distinct texts.

    Args:
        strings: the strings.
        prefix: what the names of the columns start with.
    """
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(text, len(numbers)) for text in strings]
    encoded = [text.encode(errors=_ERRORS) for text in numbers]
    offsets = np.cumsum([0, *map(len, encoded)])
    return {
        f"{prefix}codes": narrow(torch.tensor(codes, dtype=torch.long)),
        f"{prefix}offsets": narrow(torch.from_numpy(offsets)),
        f"{prefix}text": text_column(b"".join(encoded)),
    }
