"""Colours that can be told apart on white and on near-black."""

from __future__ import annotations

from collections.abc import Iterable

from gmert_pyg.schema import EXTENDED_SCHEMA

COLOURS = (
    "#3b82f6",
    "#e8820c",
    "#2ca05a",
    "#e0454b",
    "#9b5de5",
    "#a0694b",
    "#e264b4",
    "#808a96",
    "#8a8420",
    "#14a9bd",
    "#d1a50b",
    "#77b82a",
    "#6a7fd6",
    "#c2554e",
    "#3f8f8a",
    "#b07cc6",
    "#b3894f",
)


def relation_colours(names: Iterable[str]) -> dict[str, str]:
    """Give every relation its colour.

    A relation of the extended schema has the same colour in every report; the
    others follow, in the order in which they are named.
    """
    order = [
        *EXTENDED_SCHEMA.relation_names,
        *(n for n in names if n not in EXTENDED_SCHEMA.relation_names),
    ]
    distinct = list(dict.fromkeys(order))
    return {
        name: COLOURS[position % len(COLOURS)]
        for position, name in enumerate(distinct)
    }
