"""Models of built-in functions, and of a few of the standard library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gmert_pyg.kg.flow.items import ANY, KEYS
from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.objects import Kind
from gmert_pyg.parsing.flow import ArgumentKind, KeyKind

if TYPE_CHECKING:
    from gmert_pyg.kg.flow.models import Models

Model = Callable[["Models", Call], None]


def _map(models: Models, call: Call) -> None:
    m = models.m
    function, *iterables = [node for _, node in call.arguments] or [-1]
    made = m.objects.container("list", "map", call.result, call.site)
    m.flow.add_if(call.result, made)
    arguments = [models.elements(node, call.site) for node in iterables]
    place = m.flow.field(made, ANY)
    models.call(function, call.site, *arguments, result=place)


def _filter(models: Models, call: Call) -> None:
    m = models.m
    made = m.objects.container("list", "filter", call.result, call.site)
    m.flow.add_if(call.result, made)
    found = models.elements(call.positional(1), call.site)
    m.flow.edge(found, m.flow.field(made, ANY))
    models.call(call.positional(0), call.site, found)


def _extreme(models: Models, call: Call) -> None:
    models.by_key(call)
    positional = [
        node for kind, node in call.arguments if kind == ArgumentKind.POSITIONAL
    ]
    if len(positional) > 1:
        for node in positional:
            models.m.flow.edge(node, call.result)
        key = call.argument("key")
        if key >= 0:
            for node in positional:
                models.call(key, call.site, node)
    elif positional and call.result >= 0:
        models.m.items.iterate(positional[0], call.result, call.site)


def _reduce(models: Models, call: Call) -> None:
    found = models.elements(call.positional(1), call.site)
    models.m.flow.edge(call.positional(2), found)
    models.m.flow.edge(found, call.result)
    function = call.positional(0)
    models.call(function, call.site, found, found, result=call.result)
    if call.result >= 0:
        models.m.flow.edge(call.result, found)


def _next(models: Models, call: Call) -> None:
    m, iterator = models.m, call.positional(0)
    target = call.result if call.result >= 0 else m.flow.nodes()
    m.flow.watch(iterator, m.items.advance, target, call.site)
    m.flow.edge(call.positional(1), target)


def _iter(models: Models, call: Call) -> None:
    models.m.flow.watch(call.positional(0), _iter_one, models.m, call)


def _iter_one(thing: int, m: Machine, call: Call) -> None:
    if m.kind(thing) == Kind.INSTANCE:
        m.items.call_own(thing, "__iter__", Call(call.site, call.result))
    else:
        m.flow.add_if(call.result, thing)


def _consume(models: Models, call: Call) -> None:
    models.elements(call.positional(0), call.site)


def _enumerate(models: Models, call: Call) -> None:
    m = models.m
    pair = m.objects.container("tuple", "pair", call.result, call.site)
    made = m.objects.container("list", "enumerate", call.result, call.site)
    found = models.elements(call.positional(0), call.site)
    m.flow.edge(found, m.flow.field(pair, "i1"))
    m.flow.add(m.flow.field(made, ANY), (pair,))
    m.flow.add_if(call.result, made)


def _zip(models: Models, call: Call) -> None:
    m = models.m
    row = m.objects.container("tuple", "row", call.result, call.site)
    made = m.objects.container("list", "zip", call.result, call.site)
    for position, (kind, node) in enumerate(call.arguments):
        if kind == ArgumentKind.POSITIONAL:
            found = models.elements(node, call.site)
            m.flow.edge(found, m.flow.field(row, f"i{position}"))
    m.flow.add(m.flow.field(made, ANY), (row,))
    m.flow.add_if(call.result, made)


def _dict(models: Models, call: Call) -> None:
    m = models.m
    made = m.objects.container("dict", "made", call.result, call.site)
    m.flow.add_if(call.result, made)
    for kind, node in call.arguments:
        if isinstance(kind, str):
            m.flow.edge(node, m.flow.field(made, f"s{kind}"))
        elif node >= 0:
            m.flow.watch(node, _dict_from, m, made)


def _dict_from(thing: int, m: Machine, made: int) -> None:
    data = m.objects.data[thing]
    if m.kind(thing) == Kind.CONTAINER and data.type != "dict":
        pair = m.flow.nodes()
        m.items.iterate_one(thing, pair, -1)
        m.items.read(pair, KeyKind.CONSTANT, "i0", m.flow.field(made, KEYS), -1)
        m.items.read(pair, KeyKind.CONSTANT, "i1", m.flow.field(made, ANY), -1)
    else:
        m.copies.update_from(thing, made)


def _getattr(models: Models, call: Call) -> None:
    m = models.m
    m.flow.watch(call.positional(1), _getattr_named, m, call)
    m.flow.edge(call.positional(2), call.result)


def _getattr_named(thing: int, m: Machine, call: Call) -> None:
    key = m.objects.data[thing][1] if m.kind(thing) == Kind.CONSTANT else None
    base = call.positional(0)
    if key is not None and key[0] == "s" and min(base, call.result) >= 0:
        m.attributes.read(base, key[1:], call.result, call.site)


def _setattr(models: Models, call: Call) -> None:
    models.m.flow.watch(call.positional(1), _setattr_named, models.m, call)


def _setattr_named(thing: int, m: Machine, call: Call) -> None:
    key = m.objects.data[thing][1] if m.kind(thing) == Kind.CONSTANT else None
    if key is not None and key[0] == "s":
        m.flow.watch(
            call.positional(0),
            m.attributes.write,
            key[1:],
            call.positional(2),
        )


def _type(models: Models, call: Call) -> None:
    models.m.flow.watch(call.positional(0), _type_one, models.m, call.result)


def _type_one(thing: int, m: Machine, result: int) -> None:
    if m.kind(thing) == Kind.INSTANCE:
        m.flow.add_if(result, m.objects.data[thing])


def _names(models: Models, call: Call) -> None:
    if call.site >= 0 and not call.arguments:
        module = models.m.site_module[call.site]
        space = models.m.objects.derive(Kind.NAMESPACE, module)
        models.m.flow.add_if(call.result, space)


def _partial(models: Models, call: Call) -> None:
    made = models.m.objects.derive(Kind.PARTIAL, call.positional(0), call)
    models.m.flow.add_if(call.result, made)


def _first(models: Models, call: Call) -> None:
    models.m.flow.edge(call.positional(0), call.result)


def _second(models: Models, call: Call) -> None:
    models.m.flow.edge(call.positional(1), call.result)


def _wrapper(models: Models, call: Call) -> None:
    """A decorator factory whose decorator gives back what it decorates."""
    passing = models.m.external("functools.wraps")
    models.m.flow.add_if(call.result, passing)


BUILTINS: dict[str, Model] = {
    "map": _map,
    "filter": _filter,
    "min": _extreme,
    "max": _extreme,
    "next": _next,
    "iter": _iter,
    "any": _consume,
    "all": _consume,
    "sum": _consume,
    "enumerate": _enumerate,
    "zip": _zip,
    "dict": _dict,
    "getattr": _getattr,
    "setattr": _setattr,
    "type": _type,
    "globals": _names,
    "locals": _names,
    "staticmethod": _first,
    "classmethod": _first,
}
LIBRARY: dict[str, Model] = {
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "functools.wraps": _wrapper,
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "typing.cast": _second,
}
