"""Instructions that define functions, classes, containers and modules.

Each reader takes a file's loader and the place of its first operand, and
returns the place of the next instruction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gmert_pyg.kg.flow.machine import Machine
from gmert_pyg.kg.flow.objects import Class, Container, Function, Kind
from gmert_pyg.parsing.flow import Op, ParameterKind

if TYPE_CHECKING:
    from gmert_pyg.kg.flow.loader import Loader


def _function(x: Loader, place: int) -> int:
    code = x.code
    thing = x.thing + code[place]
    count = code[place + 4]
    first = place + 5
    parameters = [
        (x.text(i), code[i + 1], x.at(i + 2))
        for i in range(first, first + 3 * count, 3)
    ]
    end = first + 3 * count
    passed = list(code[end + 1 : end + 1 + code[end]])
    x.m.objects.kind[thing] = Kind.FUNCTION
    x.m.objects.data[thing] = Function(
        x.path(place + 1), x.at(place + 2), x.at(place + 3), parameters, passed
    )
    for _, kind, node in parameters:
        if kind == ParameterKind.STAR:
            held = x.m.objects.container("tuple", "star", thing)
            x.m.flow.add(node, (held,))
        elif kind == ParameterKind.DOUBLE_STAR:
            held = x.m.objects.container("dict", "double star", thing)
            x.m.flow.add(node, (held,))
    return end + 1 + code[end]


def _class(x: Loader, place: int) -> int:
    code = x.code
    thing = x.thing + code[place]
    count = code[place + 2]
    end = place + 3 + count
    found = Class(x.path(place + 1), bases=[[] for _ in range(count)])
    x.m.objects.kind[thing] = Kind.CLASS
    x.m.objects.data[thing] = found
    for position in range(count):
        node = x.at(place + 3 + position)
        x.m.flow.watch(node, _base, x.m, thing, position)
    number = code[end]
    for i in range(end + 1, end + 1 + 3 * number, 3):
        found.attributes[x.text(i)] = x.at(i + 1), code[i + 2]
    return end + 1 + 3 * number


def _base(base: int, m: Machine, thing: int, position: int) -> None:
    if m.kind(base) in (Kind.CLASS, Kind.EXTERNAL):
        m.add_base(thing, position, base)


def _container(x: Loader, place: int) -> int:
    code = x.code
    thing = x.thing + code[place]
    x.m.objects.data[thing] = Container(x.text(place + 1), code[place + 2])
    count = code[place + 3]
    for i in range(place + 4, place + 4 + 2 * count, 2):
        key = x.text(i) if code[i] >= 0 else "*"
        x.m.flow.edge(x.at(i + 1), x.m.flow.field(thing, key))
    return place + 4 + 2 * count


def _module(x: Loader, place: int) -> int:
    count = x.code[place]
    for i in range(place + 1, place + 1 + 2 * count, 2):
        x.names[x.text(i)] = x.at(i + 1)
    return place + 1 + 2 * count


def _stars(x: Loader, place: int) -> int:
    count = x.code[place]
    x.stars = [x.path(i) for i in range(place + 1, place + 1 + count)]
    return place + 1 + count


def _all(x: Loader, place: int) -> int:
    count = x.code[place]
    x.public = [x.text(i) for i in range(place + 1, place + 1 + count)]
    return place + 1 + count


def _method_of(x: Loader, place: int) -> int:
    function, class_, kind = x.code[place : place + 3]
    x.methods.append((x.thing + function, x.thing + class_, kind))
    return place + 3


DEFINITIONS: dict[int, Callable[[Loader, int], int]] = {
    Op.FUNCTION: _function,
    Op.CLASS: _class,
    Op.CONTAINER: _container,
    Op.MODULE: _module,
    Op.STARS: _stars,
    Op.ALL: _all,
    Op.METHOD_OF: _method_of,
}
