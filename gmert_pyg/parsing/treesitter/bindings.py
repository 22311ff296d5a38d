"""Variables, fields and what else statements bind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gmert_pyg.parsing.treesitter.extraction import Bound
from gmert_pyg.parsing.treesitter.rules import LAST, BindingRule, MemberRule
from gmert_pyg.parsing.treesitter.scopes import Scope
from gmert_pyg.schema import EntityKind

if TYPE_CHECKING:
    from gmert_pyg.parsing.treesitter.declarations import Declarations

_BLANK = "_"


def bind(found: Declarations, node: int, rule: BindingRule) -> None:
    """Bind what a declaration or an assignment names.

    Args:
        found: the first pass.
        node: the statement.
        rule: what holds its parts.
    """
    tree, file = found.tree, found.file
    if tree.type[node] in found.language.parameters and node in file.bound:
        return
    scope = found.inner[node]
    type_node = tree.child(node, rule.type)
    values = tree.fields(node, rule.value)
    declares = rule.declares
    if rule.kind and tree.child(node, rule.kind) is None:
        declares = False
    parent = tree.parent[node]
    if rule.is_member and scope.kind != "class":
        return
    while rule.is_outer and scope.kind == "class" and scope.parent:
        scope = scope.parent
    if rule.hoists and ("" in rule.hoists or tree.type[parent] in rule.hoists):
        scope = scope.base
    held = bound_nodes(found, node, rule)
    if rule.is_type:
        for leaf in held:
            if file.is_name(leaf):
                found.define(scope, leaf, EntityKind.TYPE)
        return
    bound = file.bound.setdefault(node, [])
    for place, target in enumerate(held):
        value = values[-1] if len(values) == 1 else None
        if len(values) == len(held):
            value = values[place]
        parts = found.language.declarators.get(tree.type[target])
        if parts is not None:
            inside = tree.child(target, parts[0])
            value = tree.child(target, parts[1])
            if inside is None:
                continue
            target = inside
        if file.is_signature(target):
            continue
        _bind_target(
            found, node, scope, target, type_node, value, declares, bound
        )


def _bind_target(
    found: Declarations,
    node: int,
    scope: Scope,
    target: int,
    type_node: int | None,
    value: int | None,
    declares: bool,
    bound: list[Bound],
) -> None:
    tree, file = found.tree, found.file
    # What an import declared needs no more than that.
    leaves = [n for n in file.targets(target) if n not in file.declared]
    single = len(leaves) == 1 and leaves[0] == target
    if single and value is not None and found.defines(value):
        if file.is_name(target) and declares:
            found.give(value, target)
            return
        member = _own_member(found, scope, target)
        if member is not None:
            _define_member(found, scope, member, target)
            return
    visible = 0
    if (
        found.language.sequential
        and scope.base.kind == "function"
        and tree.type[node] not in found.language.blocks
    ):
        visible = tree.stop[node]
    for leaf in leaves:
        if not file.is_name(leaf):
            file.written.add(leaf)
            _field(found, scope, leaf)
        elif declares and tree.source(leaf) != _BLANK:
            known = scope.names.get(tree.source(leaf))
            if known is not None and known.kind is not None:
                is_own = known.target.startswith(f"{scope.qualname}.")
                home = scope if is_own else file.root
                found.declare(home, leaf, known)
            else:
                found.define(scope, leaf, EntityKind.VARIABLE, visible)
        else:
            file.written.add(leaf)
    values = _values(found, leaves, value)
    if values is not None:
        for leaf, part in zip(leaves, values, strict=True):
            bound.append(Bound([leaf], type_node, part))
    elif tree.type[target] in found.language.parts:
        bound.append(Bound(leaves, None, value, whole=False))
    else:
        bound.append(Bound(leaves, type_node, value, len(leaves) == 1))


def _values(
    found: Declarations, leaves: list[int], value: int | None
) -> list[int] | None:
    """Return the parts of `1, 2` that `a, b` are bound to, if so."""
    if value is None or found.tree.type[value] != "expression_list":
        return None
    parts = list(found.tree.children(value))
    return parts if len(parts) == len(leaves) else None


def _own_member(found: Declarations, scope: Scope, node: int) -> int | None:
    """Return the name `x` of `this.x`, where `this` is known."""
    tree = found.tree
    rule = found.language.rules.get(tree.type[node])
    if not isinstance(rule, MemberRule) or scope.base.this is None:
        return None
    held = tree.child(node, rule.object)
    leaf = tree.child(node, rule.name)
    if held is None or leaf is None or not found.file.is_name(leaf):
        return None
    if tree.type[held] in found.language.this:
        return leaf
    if found.language.receiver and found.file.is_name(held):
        binding = scope.lookup(tree.source(held), node, False)
        if binding is not None and binding.how == "receiver":
            return leaf
    return None


def _field(found: Declarations, scope: Scope, node: int) -> None:
    leaf = _own_member(found, scope, node)
    owner = scope.base.this
    if leaf is None or owner is None:
        return
    if found.tree.source(leaf) not in owner.names:
        found.define(owner, leaf, EntityKind.VARIABLE)


def _define_member(
    found: Declarations, scope: Scope, leaf: int, node: int
) -> None:
    owner = scope.base.this
    assert owner is not None
    found.file.written.add(node)
    if found.tree.source(leaf) not in owner.names:
        found.define(owner, leaf, EntityKind.METHOD)


def bound_nodes(found: Declarations, node: int, rule: BindingRule) -> list[int]:
    """Return the nodes in the place of what is bound."""
    tree = found.tree
    if rule.target == LAST:
        return list(tree.children(node))[-1:]
    if rule.target:
        return tree.fields(node, rule.target)
    return list(tree.children(node))[:1]
