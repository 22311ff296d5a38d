"""Types as they are declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gmert_pyg.parsing.treesitter.extraction import Extraction
from gmert_pyg.parsing.treesitter.names import Value
from gmert_pyg.parsing.treesitter.rules import MemberRule

_MAX_CHARS = 200


class StatedType(NamedTuple):
    """What a declaration says about a type.

    Args:
        tail: the path of a plain name, or `type:` and the text.
        instance: the path of the class that a value of it is one of, or empty.
        span: the characters that state it.
    """

    tail: str
    instance: str
    span: tuple[int, int]


def stated_type(
    file: Extraction, values: Mapping[int, Value], node: int | None
) -> StatedType | None:
    """Return the type that a node states, if it states one.

    Args:
        file: the file.
        values: what its expressions stand for, those of types included.
        node: the node in the place of a type.
    """
    tree, language = file.tree, file.description
    node = unwrapped(file, node)
    if node is None or tree.source(node) in language.inferred:
        return None
    value = values.get(node)
    kind = tree.type[node]
    instance = value.path if value is not None and value.is_known else ""
    if value is not None and (
        file.is_name(node) or isinstance(language.rules.get(kind), MemberRule)
    ):
        return StatedType(value.path, instance, tree.span(value.leaf))
    text = " ".join(tree.source(node).split())[:_MAX_CHARS]
    if not text:
        return None
    if kind not in language.named_types:
        instance = ""
    return StatedType(f"type:{text}", instance, tree.span(node))


def unwrapped(file: Extraction, node: int | None) -> int | None:
    """Return the expression or type that wrappers stand for."""
    tree, wrappers = file.tree, file.description.wrappers
    while node is not None:
        place = wrappers.get(tree.type[node])
        if place is None:
            return node
        children = list(tree.children(node))
        if not children:
            return node
        node = children[place]
    return None
