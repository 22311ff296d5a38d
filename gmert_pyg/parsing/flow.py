"""Inclusion constraints of one file, as a stream of integers.

The constraints speak about *nodes*, which hold sets of objects, and about the
*objects* that the file creates. Both are numbered per file. A stream holds
instructions: an `Op`, then its operands. `gmert_pyg.kg.flow` solves them.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import IntEnum

NOTHING = -1
"""The node of an expression whose value is not tracked."""

SUMMARY = -1
"""The key of the elements of a container whose keys are not known."""


class Op(IntEnum):
    """The instructions; operands in brackets repeat `n` times.

    ``p`` marks paths, ``s`` other strings, ``o`` objects; the rest are nodes.
    """

    COPY = 0  # source, target
    OBJECT = 1  # node, object o
    CONSTANT = 2  # node, type s, key s
    BUILTIN = 3  # node, name s
    IMPORT = 4  # node, module p, name s or -1
    STAR_NAME = 5  # node, name s: bound by a star import, or built in
    GET_ATTRIBUTE = 6  # base, name s, target, site
    SET_ATTRIBUTE = 7  # base, name s, source
    GET_ITEM = 8  # base, kind of key, key, target, site
    SET_ITEM = 9  # base, kind of key, key, source, site
    UNPACK = 10  # base, key s, target, site
    SLICE = 11  # base, start, stop, target: numbers, or `NO_BOUND`
    ITERATE = 12  # iterable, target, site
    ENTER = 13  # manager, target, site
    CALL = 14  # callee, mode, site, result, n, [kind, node]
    METHOD = 15  # base, name s, mode, site, result, n, [kind, node]
    RAISE = 16  # exception, site
    CATCH = 17  # class or tuple of classes, target
    SUPER = 18  # class, receiver, target, site
    UPDATE = 19  # container, mapping
    EXTEND = 20  # container, iterable
    CONCATENATE = 21  # left, right, target
    FUNCTION = 22  # o, name p, result, yields, n, [s, kind, node], m, [passed]
    CLASS = 23  # o, name p, n, [base], m, [name s, node, descriptor]
    CONTAINER = 24  # o, type s, length, n, [key s, node]
    MODULE = 25  # n, [name s, node]
    STARS = 26  # n, [module p]
    ALL = 27  # n, [name s]
    METHOD_OF = 28  # function o, class o, kind of descriptor


class KeyKind(IntEnum):
    """How a key is given."""

    CONSTANT = 0
    NODE = 1
    UNKNOWN = 2


class CallMode(IntEnum):
    """Why something is called."""

    CALL = 0
    DECORATE = 1


class ArgumentKind(IntEnum):
    """How an argument is passed; a keyword has its string, from 0."""

    POSITIONAL = -1
    STAR = -2
    DOUBLE_STAR = -3


class ParameterKind(IntEnum):
    """What binds a parameter."""

    POSITIONAL = 0
    NAMED = 1
    STAR = 2
    KEYWORD = 3
    DOUBLE_STAR = 4


class Descriptor(IntEnum):
    """What an attribute of a class does when it is read from an instance."""

    NONE = 0
    STATIC = 1
    CLASS = 2
    PROPERTY = 3


NO_BOUND = -(2**31)
"""The bound of a slice that is left out."""

UNKNOWN_BOUND = NO_BOUND + 1
"""The bound of a slice that is not a constant."""


def _ints() -> array[int]:
    return array("i")


@dataclass(slots=True)
class FlowTable:
    """The constraints of a file, and its call sites.

    Args:
        paths: qualified names: of modules, functions and classes.
        strings: other strings: of attributes, keys and types.
        code: the instructions.
        sizes: how many nodes and how many objects they speak of.
        site_start: where the name of each site's callee starts, or -1; for
            `f()()` and `d[k]()`, where that of `f` and `d` does.
        site_end: where it ends.
        site_line: the line of it, from 1, or 0.
        site_named: whether that name is what is called.
        site_caller: the path of the function or lambda whose code the site
            is, or of the module.
        site_owner: the path of the function, class or module around it.
    """

    paths: list[str] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    code: array[int] = field(default_factory=_ints)
    sizes: array[int] = field(default_factory=lambda: array("i", (0, 0)))
    site_start: array[int] = field(default_factory=_ints)
    site_end: array[int] = field(default_factory=_ints)
    site_line: array[int] = field(default_factory=_ints)
    site_named: array[int] = field(default_factory=_ints)
    site_caller: array[int] = field(default_factory=_ints)
    site_owner: array[int] = field(default_factory=_ints)
