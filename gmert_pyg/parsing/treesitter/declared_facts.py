"""Facts of declarations: types, bases, results and flows of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gmert_pyg.parsing.treesitter.extraction import FUNCTION_DEPTH, Bound
from gmert_pyg.parsing.treesitter.rules import HeritageRule
from gmert_pyg.parsing.treesitter.types import stated_type, unwrapped

if TYPE_CHECKING:
    from gmert_pyg.parsing.treesitter.references import References


def function_facts(refs: References, node: int) -> None:
    """State what a function returns, as declared or as made there."""
    known = refs.file.functions.get(node)
    if known is None:
        return
    binding, inner, type_node = known
    stated = stated_type(refs.file, refs.values, type_node)
    if stated is not None:
        refs.state(
            binding.target,
            "returns",
            stated.tail,
            stated.span,
            "annotation",
        )
    elif len(inner.results) == 1:
        (made,) = inner.results
        if made is not None:
            path, leaf = made
            refs.state(
                binding.target,
                "returns",
                path,
                refs.tree.span(leaf),
                "constructor",
            )


def returned(refs: References, node: int) -> None:
    """Remember what a function returns."""
    scope = refs.file.scopes[node]
    while scope.kind != "function" and scope.parent is not None:
        scope = scope.parent
    value = refs.values.get(node + 1)
    if node + 1 >= refs.tree.stop[node] or value is None or not value.made:
        scope.results.add(None)
    elif not any(
        made is not None and made[0] == value.path for made in scope.results
    ):
        scope.results.add((value.path, value.leaf))


def heritage(refs: References, node: int, rule: HeritageRule) -> None:
    """State the direct bases of a class."""
    tree = refs.tree
    if rule.of and tree.field[node] != rule.of:
        return
    owner = refs.file.scopes[node].base
    if owner.kind != "class" or not owner.is_entity:
        return
    for child in tree.children(node):
        _inherits(refs, owner.qualname, child)


def _inherits(refs: References, owner: str, node: int) -> None:
    value = refs.values.get(node)
    if value is not None and not value.path.endswith("()"):
        span = refs.tree.span(value.leaf)
        refs.state(owner, "inherits", value.path, span, value.how)


def embedded(refs: References, node: int) -> None:
    """A field that is only a type: what has it inherits its members."""
    owner = refs.file.scopes[node].base
    held = unwrapped(refs.file, refs.tree.child(node, "type"))
    if owner.kind == "class" and held is not None:
        _inherits(refs, owner.qualname, held)


def bound_facts(refs: References, entry: Bound, part: bool) -> None:
    """State types and flows of what a node binds."""
    file = refs.file
    stated = stated_type(file, refs.values, entry.type)
    reads = []
    if entry.value is not None:
        level = file.depth[entry.value] // FUNCTION_DEPTH
        reads = [
            read
            for read in refs.read_in(entry.value)
            if read.depth // FUNCTION_DEPTH == level
        ]
    for target in entry.targets:
        value = refs.values.get(target)
        if value is None:
            continue
        path = refs.named.get(value.leaf, value.path)
        span = refs.tree.span(value.leaf)
        if path[0] != "?":
            for read in reads:
                refs.state(read.path, "flows_to", path, span, "scope")
        if stated is not None:
            refs.state(path, "has_type", stated.tail, stated.span, "annotation")
            _learn(refs, target, stated.instance, "annotation")
            if target in file.properties:
                refs.state(
                    file.properties[target],
                    "has_type",
                    stated.tail,
                    stated.span,
                    "annotation",
                )
    if entry.whole and entry.targets and stated is None and not part:
        _infer(refs, entry.targets[0], entry.value)


def _infer(refs: References, target: int, node: int | None) -> None:
    """Take the type of a variable from the value it is bound to."""
    held = refs.values.get(target)
    value = refs.values.get(node) if node is not None else None
    if held is None or value is None or not value.is_known:
        return
    path = refs.named.get(held.leaf, held.path)
    is_own = held.how == "refs" or target in refs.file.declared
    if value.made or value.path.endswith("()"):
        if is_own and not value.path.endswith(".super()"):
            span = refs.tree.span(value.leaf)
            refs.state(path, "has_type", value.path, span, value.how)
            _learn(refs, target, value.path, value.how)
    elif (
        target in refs.file.declared
        and refs.file.scopes[target].base.kind != "function"
        and not value.path.startswith(path)
    ):
        named = refs.named.get(value.leaf, value.path)
        refs.recorder.assigned.setdefault(path, named)


def _learn(refs: References, target: int, path: str, how: str) -> None:
    binding = refs.file.declared.get(target)
    if binding is None or not path or binding.how == "receiver":
        return
    if not binding.type:
        binding.type, binding.how = path, how
    elif "annotation" not in (how, binding.how) and binding.type != path:
        binding.type = ""
