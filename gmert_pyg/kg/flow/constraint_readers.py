"""Instructions that constrain what nodes hold.

Each reader takes a file's loader and the place of its first operand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gmert_pyg.kg.flow.machine import Machine
from gmert_pyg.kg.flow.objects import Kind
from gmert_pyg.parsing.flow import Op

if TYPE_CHECKING:
    from gmert_pyg.kg.flow.loader import Loader


def _copy(x: Loader, place: int) -> None:
    x.m.flow.edge(x.at(place), x.at(place + 1))


def _object(x: Loader, place: int) -> None:
    x.m.flow.add(x.at(place), (x.thing + x.code[place + 1],))


def _constant(x: Loader, place: int) -> None:
    key = x.text(place + 2) if x.code[place + 2] >= 0 else None
    x.m.flow.add(x.at(place), (x.m.constant(x.text(place + 1), key),))


def _builtin(x: Loader, place: int) -> None:
    x.m.flow.add(x.at(place), (x.m.builtin(x.text(place + 1)),))


def _import(x: Loader, place: int) -> None:
    name = x.text(place + 2) if x.code[place + 2] >= 0 else None
    x.m.modules.bind(x.at(place), x.path(place + 1), name, x.module)


def _star_name(x: Loader, place: int) -> None:
    x.m.modules.bind_star_name(x.at(place), x.module, x.text(place + 1))


def _get_attribute(x: Loader, place: int) -> None:
    x.m.attributes.read(
        x.at(place), x.text(place + 1), x.at(place + 2), x.site(place + 3)
    )


def _set_attribute(x: Loader, place: int) -> None:
    x.m.flow.watch(
        x.at(place), x.m.attributes.write, x.text(place + 1), x.at(place + 2)
    )


def _get_item(x: Loader, place: int) -> None:
    x.m.items.read(
        x.at(place), *x.key(place + 1), x.at(place + 3), x.site(place + 4)
    )


def _set_item(x: Loader, place: int) -> None:
    x.m.items.write(
        x.at(place), *x.key(place + 1), x.at(place + 3), x.site(place + 4)
    )


def _unpack(x: Loader, place: int) -> None:
    x.m.flow.watch(
        x.at(place),
        x.m.items.unpack,
        x.text(place + 1),
        x.at(place + 2),
        x.site(place + 3),
    )


def _slice(x: Loader, place: int) -> None:
    start, stop = x.code[place + 1], x.code[place + 2]
    x.m.flow.watch(x.at(place), x.m.copies.slice, start, stop, x.at(place + 3))


def _iterate(x: Loader, place: int) -> None:
    x.m.items.iterate(x.at(place), x.at(place + 1), x.site(place + 2))


def _enter(x: Loader, place: int) -> None:
    x.m.flow.watch(
        x.at(place), x.m.calls.entered, x.at(place + 1), x.site(place + 2)
    )


def _call(x: Loader, place: int) -> None:
    call = x.call(place + 1)
    x.m.flow.watch(x.at(place), x.m.calls.apply, call, -1, late=True)
    x.m.note_decorated(call)
    x.m.called_nodes.append((call.site, x.at(place)))


def _method(x: Loader, place: int) -> None:
    call = x.call(place + 2)
    x.m.attributes.call(x.at(place), x.text(place + 1), call)
    x.m.called_nodes.append((call.site, x.at(place)))


def _raise(x: Loader, place: int) -> None:
    x.m.flow.watch(x.at(place), x.m.calls.raised, x.site(place + 1), late=True)


def _catch(x: Loader, place: int) -> None:
    x.m.flow.watch(x.at(place), x.m.calls.caught, x.at(place + 1))


def _super(x: Loader, place: int) -> None:
    x.m.called(x.site(place + 3), "builtins.super")
    x.m.flow.watch(
        x.at(place), _super_of, x.m, x.at(place + 1), x.at(place + 2)
    )


def _super_of(class_: int, m: Machine, receiver: int, target: int) -> None:
    if m.kind(class_) == Kind.CLASS:
        m.flow.watch(receiver, _super_for, m, class_, target)


def _super_for(receiver: int, m: Machine, class_: int, target: int) -> None:
    if m.kind(receiver) in (Kind.INSTANCE, Kind.CLASS):
        proxy = m.objects.derive(Kind.SUPER, class_, receiver)
        m.flow.add(target, (proxy,))


def _update(x: Loader, place: int) -> None:
    x.m.flow.watch(x.at(place), x.m.copies.update, x.at(place + 1))


def _extend(x: Loader, place: int) -> None:
    x.m.flow.watch(x.at(place), x.m.copies.extend, x.at(place + 1))


def _concatenate(x: Loader, place: int) -> None:
    target = x.at(place + 2)
    for offset, left in ((0, True), (1, False)):
        x.m.flow.watch(
            x.at(place + offset), x.m.copies.concatenate, left, target
        )


CONSTRAINTS: dict[int, Callable[[Loader, int], None]] = {
    Op.COPY: _copy,
    Op.OBJECT: _object,
    Op.CONSTANT: _constant,
    Op.BUILTIN: _builtin,
    Op.IMPORT: _import,
    Op.STAR_NAME: _star_name,
    Op.GET_ATTRIBUTE: _get_attribute,
    Op.SET_ATTRIBUTE: _set_attribute,
    Op.GET_ITEM: _get_item,
    Op.SET_ITEM: _set_item,
    Op.UNPACK: _unpack,
    Op.SLICE: _slice,
    Op.ITERATE: _iterate,
    Op.ENTER: _enter,
    Op.CALL: _call,
    Op.METHOD: _method,
    Op.RAISE: _raise,
    Op.CATCH: _catch,
    Op.SUPER: _super,
    Op.UPDATE: _update,
    Op.EXTEND: _extend,
    Op.CONCATENATE: _concatenate,
}
