"""Nested dataclasses as JSON and one array of integers, without pickle.

What can be encoded: dataclasses whose fields are numbers, strings, enumerations
of strings, `array('i')`, lists, dictionaries with string keys, optional values
and dataclasses of these. The types are read off the declarations, so a field
that is added is kept without a change here. A list of strings that several
objects share is shared again when it is decoded.
"""

from __future__ import annotations

import types
import typing
from array import array
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class RecordEncoder:
    """Encodes records.

    Attributes:
        integers: the entries of all arrays so far, one after the other.
        lists: the lists of strings so far.
    """

    def __init__(self) -> None:
        self.integers = array("i")
        self.lists: list[list[str]] = []
        self._known: dict[int, int] = {}

    def encode(self, value: Any) -> Any:
        """Return JSON-serialisable data; arrays go to `integers`."""
        if isinstance(value, array):
            start = len(self.integers)
            self.integers.extend(value)
            return [start, len(self.integers)]
        if is_dataclass(value):
            return [self.encode(getattr(value, f.name)) for f in fields(value)]
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, dict):
            return {key: self.encode(item) for key, item in value.items()}
        if isinstance(value, list):
            if all(type(item) is str for item in value):
                return self._list(value)
            return [self.encode(item) for item in value]
        return value

    def _list(self, value: list[str]) -> int:
        number = self._known.setdefault(id(value), len(self.lists))
        if number == len(self.lists):
            self.lists.append(value)
        return number


class RecordDecoder:
    """Undoes `RecordEncoder`.

    Args:
        integers: the entries of all arrays.
        lists: the lists of strings.
    """

    def __init__(self, integers: array[int], lists: list[list[str]]) -> None:
        self.integers = integers
        self.lists = lists

    def decode(self, kind: Callable[..., T], data: Any) -> T:
        """Rebuild a record of a dataclass from what `encode` returned."""
        value: T = _decoder(kind)(self, data)
        return value


class _Array:
    """Stands for `array` in declarations."""

    def __class_getitem__(cls, item: Any) -> type[_Array]:
        return cls


_Decode = Callable[[RecordDecoder, Any], Any]


@cache
def _decoder(kind: Any) -> _Decode:
    """Return what decodes values of a declared type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _record_decoder(kind)
    if kind is _Array:
        return lambda decoder, data: decoder.integers[data[0] : data[1]]
    if origin is list:
        return _list_decoder(arguments[0])
    if origin is dict:
        value = _decoder(arguments[1])
        return lambda decoder, data: {
            key: value(decoder, item) for key, item in data.items()
        }
    if origin in (typing.Union, types.UnionType):
        (present,) = [a for a in arguments if a is not type(None)]
        inner = _decoder(present)
        return lambda decoder, data: (
            None if data is None else inner(decoder, data)
        )
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda _, data: kind(data)
    return lambda _, data: data


def _record_decoder(kind: type[Any]) -> _Decode:
    # Python 3.11 cannot evaluate `array[int]`.
    hints = typing.get_type_hints(kind, localns={"array": _Array})
    decoders = [_decoder(hints[field.name]) for field in fields(kind)]
    return lambda decoder, data: kind(
        *(
            decode(decoder, item)
            for decode, item in zip(decoders, data, strict=True)
        )
    )


def _list_decoder(kind: Any) -> _Decode:
    inner = _decoder(kind)

    def decode(decoder: RecordDecoder, data: Any) -> Any:
        # A number stands for a list of strings, an empty one included.
        if isinstance(data, int):
            return decoder.lists[data]
        return [inner(decoder, item) for item in data]

    return decode
