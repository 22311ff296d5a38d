"""What methods of built-in types do with what they are given."""

from __future__ import annotations

from collections.abc import Callable
from types import GeneratorType

from gmert_pyg.kg.flow.items import ANY, KEYS
from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.objects import Kind
from gmert_pyg.parsing.flow import ArgumentKind

NATIVE_NAMES = {
    kind.__name__: frozenset(dir(kind))
    for kind in (
        *(str, bytes, int, float, complex, list, tuple, set, dict),
        GeneratorType,
    )
}
"""The attributes of built-in types."""

Method = Callable[[Machine, int, Call], None]

_SAME_TYPE = (
    *("capitalize", "casefold", "center", "expandtabs", "format", "join"),
    *("ljust", "lower", "lstrip", "removeprefix", "removesuffix", "rjust"),
    *("replace", "rstrip", "strip", "swapcase", "title", "translate"),
    *("upper", "zfill", "format_map"),
)
_PARTS = {
    "split": "list",
    "rsplit": "list",
    "splitlines": "list",
    "partition": "tuple",
    "rpartition": "tuple",
}
RESULTS: dict[str, dict[str, str]] = {
    "str": {
        **dict.fromkeys(_SAME_TYPE, "str"),
        **_PARTS,
        "encode": "bytes",
        "find": "int",
    },
    "bytes": {**dict.fromkeys(_SAME_TYPE, "bytes"), **_PARTS, "decode": "str"},
}
"""What methods of strings give."""


def _add(m: Machine, thing: int, call: Call) -> None:
    m.flow.edge(call.positional(0), m.flow.field(thing, ANY))


def _insert(m: Machine, thing: int, call: Call) -> None:
    m.flow.edge(call.positional(1), m.flow.field(thing, ANY))


def _extend(m: Machine, thing: int, call: Call) -> None:
    for _, node in call.arguments:
        if node >= 0:
            m.copies.extend(thing, node, call.site)


def _update(m: Machine, thing: int, call: Call) -> None:
    if m.objects.data[thing].type != "dict":
        _extend(m, thing, call)
        return
    for kind, node in call.arguments:
        if isinstance(kind, str):
            m.flow.edge(node, m.flow.field(thing, f"s{kind}"))
        elif node >= 0:
            m.copies.update(thing, node)


def _copy(m: Machine, thing: int, call: Call) -> None:
    m.flow.add_if(call.result, thing)


def _get(m: Machine, thing: int, call: Call) -> None:
    if call.result < 0:
        return
    key = call.positional(0)
    if key >= 0:
        m.flow.watch(key, _get_key, m, thing, call.result)
    else:
        m.items.read_all(thing, call.result)
    if call.positional(1) >= 0:
        m.flow.edge(call.positional(1), call.result)


def _get_key(found: int, m: Machine, thing: int, result: int) -> None:
    key = m.objects.data[found][1] if m.kind(found) == Kind.CONSTANT else None
    if key is None:
        m.items.read_all(thing, result)
    else:
        m.items.read_one(thing, key, result)


def _set_default(m: Machine, thing: int, call: Call) -> None:
    if call.positional(1) >= 0 and call.positional(0) >= 0:
        m.flow.watch(call.positional(0), _set_key, m, thing, call.positional(1))
    _get(m, thing, call)


def _set_key(found: int, m: Machine, thing: int, source: int) -> None:
    key = m.objects.data[found][1] if m.kind(found) == Kind.CONSTANT else None
    m.items.write_one(thing, ANY if key is None else key, source)


def _take(m: Machine, thing: int, call: Call) -> None:
    if call.arguments and m.objects.data[thing].type == "dict":
        _get(m, thing, call)
    elif call.result >= 0:
        m.items.read_all(thing, call.result)


def _keys(m: Machine, thing: int, call: Call) -> None:
    made = m.objects.container("list", "keys", thing)
    m.flow.edge(m.flow.field(thing, KEYS), m.flow.field(made, ANY))
    m.flow.add_if(call.result, made)


def _values(m: Machine, thing: int, call: Call) -> None:
    made = m.objects.container("list", "values", thing)
    m.items.read_all(thing, m.flow.field(made, ANY))
    m.flow.add_if(call.result, made)


def _pairs(m: Machine, thing: int, call: Call) -> None:
    made = m.objects.container("list", "items", thing)
    pair = m.objects.container("tuple", "item", thing)
    m.flow.edge(m.flow.field(thing, KEYS), m.flow.field(pair, "i0"))
    m.items.read_all(thing, m.flow.field(pair, "i1"))
    m.flow.add(m.flow.field(made, ANY), (pair,))
    m.flow.add_if(call.result, made)


def _sort(m: Machine, thing: int, call: Call) -> None:
    key = call.argument("key")
    if key >= 0:
        element = m.flow.nodes()
        m.items.read_all(thing, element)
        pair = (int(ArgumentKind.POSITIONAL), element)
        inner = Call(call.site, -1, (pair,))
        m.flow.watch(key, m.calls.apply, inner, -1, late=True)


def _advance(m: Machine, thing: int, call: Call) -> None:
    if call.result >= 0:
        m.items.read_all(thing, call.result)


METHODS: dict[str, Method] = {
    "append": _add,
    "add": _add,
    "appendleft": _add,
    "insert": _insert,
    "extend": _extend,
    "update": _update,
    "copy": _copy,
    "get": _get,
    "setdefault": _set_default,
    "pop": _take,
    "popitem": _pairs,
    "keys": _keys,
    "values": _values,
    "items": _pairs,
    "sort": _sort,
    "__next__": _advance,
    "send": _advance,
}
