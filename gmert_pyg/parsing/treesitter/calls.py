"""Facts of calls: of whom, with what, giving what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gmert_pyg.parsing.treesitter.names import Value
from gmert_pyg.parsing.treesitter.rules import CallRule, ConstructRule
from gmert_pyg.parsing.treesitter.types import unwrapped
from gmert_pyg.schema import EntityKind

if TYPE_CHECKING:
    from gmert_pyg.parsing.treesitter.references import References


def call(refs: References, node: int, rule: CallRule) -> None:
    """State whom a call calls and what it passes; find what it gives."""
    tree = refs.tree
    callee = tree.child(node, rule.function)
    value = refs.values.pop(callee, None) if callee is not None else None
    if value is None:
        return
    path = refs.named.get(value.leaf, "")
    how = value.how
    if how == "super" and tree.type[callee or 0] in refs.language.super:
        if not refs.language.constructor:
            return
        path = f"{value.path}.{refs.language.constructor}"
    elif not path or value.path.endswith("()"):
        return
    span = tree.span(value.leaf)
    owner = refs.file.scopes[node].owner
    refs.state(owner, "calls", path, span, how)
    _passed(refs, node, rule.arguments, path, span, how)
    refs.values[node] = _result(refs, node, value, path)


def _result(refs: References, node: int, callee: Value, path: str) -> Value:
    this = refs.file.scopes[node].this
    if path == "builtins.super" and this is not None:
        return Value(f"{this.qualname}.super()", "super", callee.leaf)
    if not callee.is_known:
        return Value(f"?{path.lstrip('?')}()", "name", callee.leaf)
    if refs.file.kind_of(path) is EntityKind.CLASS:
        return Value(path, "constructor", callee.leaf, made=True)
    return Value(f"{path}()", "constructor", callee.leaf)


def construct(refs: References, node: int, rule: ConstructRule) -> None:
    """State what an expression makes an instance of."""
    tree = refs.tree
    held = unwrapped(refs.file, tree.child(node, rule.type))
    value = refs.values.get(held) if held is not None else None
    if value is None:
        return
    kind = refs.file.kind_of(value.path)
    relation = "instantiates"
    if kind in (EntityKind.FUNCTION, EntityKind.METHOD):
        relation = "calls"
    span = tree.span(value.leaf)
    owner = refs.file.scopes[node].owner
    refs.state(owner, relation, value.path, span, value.how)
    _passed(refs, node, rule.arguments, value.path, span, value.how)
    refs.values[node] = Value(
        value.path, "constructor", value.leaf, made=value.is_known
    )


def _passed(
    refs: References,
    node: int,
    field: str,
    path: str,
    span: tuple[int, int],
    how: str,
) -> None:
    """State that the arguments of a call flow to what is called."""
    arguments = refs.tree.child(node, field)
    if arguments is None:
        return
    depth = refs.file.depth[arguments]
    for read in refs.read_in(arguments):
        if read.depth == depth:
            refs.state(read.path, "flows_to", path, span, how)
