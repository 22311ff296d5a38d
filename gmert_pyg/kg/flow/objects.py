"""The objects that the values of a program stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Kind(IntEnum):
    """What an object is."""

    FUNCTION = 0
    CLASS = 1
    INSTANCE = 2  # of a class
    CONTAINER = 3
    CONSTANT = 4
    BUILTIN = 5
    EXTERNAL = 6
    MODULE = 7
    BOUND = 8  # a function and its receiver
    GENERATOR = 9  # of a function
    SUPER = 10  # of a class and a receiver
    NATIVE = 11  # a method of a built-in type and its receiver
    PARTIAL = 12  # of a call of `partial`
    NAMESPACE = 13  # the names of a module, as a dictionary


@dataclass(slots=True)
class Function:
    """A function.

    Args:
        name: its qualified name.
        result: the node of what it returns.
        yields: the node of what it yields, or -1.
        parameters: the name, the kind and the node of each parameter.
        passed: the positions of the parameters that it returns as they are.
    """

    name: str
    result: int
    yields: int
    parameters: list[tuple[str, int, int]]
    passed: list[int]


@dataclass(slots=True)
class Class:
    """A class.

    Args:
        name: its qualified name.
        attributes: the node and the descriptor of each name it binds.
        bases: the bases found at each position of its header.
    """

    name: str
    attributes: dict[str, tuple[int, int]] = field(default_factory=dict)
    bases: list[list[int]] = field(default_factory=list)


@dataclass(slots=True)
class Container:
    """A list, tuple, set, dictionary or the like.

    Args:
        type: the name of its type.
        length: how many elements it starts with, or -1.
    """

    type: str
    length: int = -1


class Objects:
    """Numbers objects; those derived from others are made once."""

    def __init__(self) -> None:
        self.kind: list[int] = []
        self.data: list[Any] = []
        self._derived: dict[tuple[Any, ...], int] = {}

    def add(self, kind: Kind, data: Any) -> int:
        """Return a fresh object."""
        self.kind.append(int(kind))
        self.data.append(data)
        return len(self.kind) - 1

    def derive(self, kind: Kind, *key: Any) -> int:
        """Return the object of a kind that is known by a key."""
        whole = (kind, *key)
        known = self._derived.get(whole)
        if known is None:
            data = key[0] if len(key) == 1 else key
            known = self._derived[whole] = self.add(kind, data)
        return known

    def container(self, type_name: str, *key: Any) -> int:
        """Return the container of a type that is known by a key."""
        whole = (Kind.CONTAINER, type_name, *key)
        known = self._derived.get(whole)
        if known is None:
            made = Container(type_name)
            known = self._derived[whole] = self.add(Kind.CONTAINER, made)
        return known
