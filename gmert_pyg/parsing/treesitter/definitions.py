"""Classes and functions: their names, parameters and scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gmert_pyg.parsing.treesitter.bindings import bound_nodes
from gmert_pyg.parsing.treesitter.extents import definition
from gmert_pyg.parsing.treesitter.extraction import Bound
from gmert_pyg.parsing.treesitter.rules import ClassRule, FunctionRule
from gmert_pyg.parsing.treesitter.scopes import Binding, Scope
from gmert_pyg.schema import EntityKind

if TYPE_CHECKING:
    from gmert_pyg.parsing.treesitter.declarations import Declarations


def define_class(found: Declarations, node: int, rule: ClassRule) -> None:
    """Open the scope of a class, and record it.

    Args:
        found: the first pass.
        node: the class.
        rule: what holds its parts.
    """
    tree = found.tree
    body = tree.child(node, rule.body) if rule.body else node
    if body is None or (not rule.body and found.is_body(node)):
        return
    scope = found.inner[node]
    if found.language.flat:
        while scope.kind == "class" and scope.parent is not None:
            scope = scope.parent
    leaf = found.given.pop(node, None)
    if leaf is None:
        leaf = found.file.name_of(node, rule.name)
    kind = EntityKind.CLASS
    if rule.bodies and tree.type[body] not in rule.bodies:
        kind = EntityKind.TYPE
    if leaf is None:
        name, entity = scope.child_name("class"), False
    else:
        name, entity = found.define(scope, leaf, kind).target, True
    if kind is EntityKind.TYPE:
        return
    owner = name if entity else scope.owner
    inner = Scope("class", name, scope, owner, is_entity=entity)
    inner.this = inner
    if rule.is_namespace:
        inner.kind, inner.this = "module", None
        found.namespaces.add(name)
    if found.language.fields_apart:
        inner.methods = _method_names(found, body)
    found.inner[node] = inner
    if entity:
        found.recorder.definitions.append(
            definition(found.file, node, body, name, kind, scope)
        )


def _method_names(found: Declarations, body: int) -> frozenset[str]:
    """Return the names of the methods of a class."""
    tree, names, todo = found.tree, set(), [body]
    while todo:
        for child in tree.children(todo.pop()):
            rule = found.language.rules.get(tree.type[child])
            if isinstance(rule, FunctionRule) and rule.binds:
                leaf = found.file.name_of(child, rule.name)
                if leaf is not None:
                    names.add(tree.source(leaf))
            elif rule is None and tree.type[child].endswith("declarations"):
                todo.append(child)
    return frozenset(names)


def define_function(found: Declarations, node: int, rule: FunctionRule) -> None:
    """Open the scope of a function, and record it with its parameters.

    Args:
        found: the first pass.
        node: the function.
        rule: what holds its parts.
    """
    scope, tree = found.inner[node], found.tree
    if rule.within and not _declares_function(found, node, rule):
        return
    if rule.is_member and scope.kind != "class":
        rule = rule._replace(name="")
    leaf = found.given.pop(node, None)
    inside = found.file.name_of(node, rule.name) if rule.name else None
    binding = None
    if rule.receiver:
        binding = _method_of_receiver(found, node, rule, scope)
    if binding is None and (leaf is not None or inside is not None):
        is_method = scope.kind == "class"
        kind = EntityKind.METHOD if is_method else EntityKind.FUNCTION
        name = inside if leaf is None else leaf
        assert name is not None
        binding = found.define(
            scope, name, kind, binds=rule.binds, inside=not rule.within
        )
    qualname = scope.child_name("lambda")
    owner = scope.owner
    if binding is not None:
        qualname = owner = binding.target
    inner = Scope("function", qualname, scope, owner)
    if rule.keeps_this:
        inner.this = scope.this
    elif scope.kind == "class":
        inner.this = scope
    found.inner[node] = inner
    if leaf is not None and inside is not None and binding is not None:
        inner.names[tree.source(inside)] = binding
        found.declare(inner, inside, binding)
    _parameters(found, node, rule, inner, binding)
    body = tree.child(node, rule.body) if rule.body else None
    if binding is None or binding.kind is None:
        return
    returns = _returned_type(found, node, rule)
    found.file.functions[node] = binding, inner, returns
    if body is not None:
        found.recorder.definitions.append(
            definition(found.file, node, body, qualname, binding.kind, scope)
        )


def _declares_function(
    found: Declarations, node: int, rule: FunctionRule
) -> bool:
    tree, patterns = found.tree, found.language.patterns
    outer = tree.parent[node]
    while outer >= 0 and tree.type[outer] in patterns:
        outer = tree.parent[outer]
    return (
        outer >= 0
        and tree.type[outer] in rule.within
        and found.file.is_name(tree.child(node, rule.name))
    )


def _returned_type(
    found: Declarations, node: int, rule: FunctionRule
) -> int | None:
    tree, patterns = found.tree, found.language.patterns
    if rule.within:  # the type stands before the declarator
        node = tree.parent[node]
        while tree.type[node] in patterns:
            node = tree.parent[node]
    return tree.child(node, rule.returns) if rule.returns else None


def _method_of_receiver(
    found: Declarations, node: int, rule: FunctionRule, scope: Scope
) -> Binding | None:
    tree, file = found.tree, found.file
    held = tree.child(node, rule.receiver)
    leaf = file.name_of(node, rule.name)
    if held is None or leaf is None:
        return None
    names = [
        n
        for n in range(held, tree.stop[held])
        if tree.type[n] == "type_identifier"
    ]
    if not names:
        return None
    owner = f"{file.module}.{tree.source(names[0])}"
    target = f"{owner}.{tree.source(leaf)}"
    binding = Binding(target, EntityKind.METHOD)
    held_by = Scope("class", owner, scope, owner)
    found.declare(held_by, leaf, binding)
    return binding


def _parameters(
    found: Declarations,
    node: int,
    rule: FunctionRule,
    inner: Scope,
    function: Binding | None,
) -> None:
    tree, file = found.tree, found.file
    held = _parameter_list(found, node, rule)
    if rule.receiver:
        receiver = tree.child(node, rule.receiver)
        if receiver is not None:
            for parameter in tree.children(receiver):
                _parameter(found, parameter, inner, None)
    if held is None:
        return
    parameters = [held] if file.is_name(held) else tree.children(held)
    first = (
        found.language.receiver
        and inner.this is not None
        and not rule.keeps_this
    )
    for parameter in parameters:
        if first and not _is_static(found, node):
            for binding in _parameter(found, parameter, inner, None):
                assert inner.this is not None
                binding.type, binding.how = inner.this.qualname, "receiver"
        else:
            _parameter(found, parameter, inner, function)
        first = False


def _is_static(found: Declarations, node: int) -> bool:
    tree = found.tree
    around = tree.parent[node]
    return any(
        tree.source(other) == "@staticmethod"
        for other in tree.children(around)
        if tree.type[other] in found.language.decorators
    )


def _parameter_list(
    found: Declarations, node: int, rule: FunctionRule
) -> int | None:
    inside: int | None = node
    while inside is not None:
        for field in rule.parameters:
            held = found.tree.child(inside, field)
            if held is not None:
                return held
        inside = found.tree.child(inside, rule.name) if rule.name else None
    return None


def _parameter(
    found: Declarations, node: int, inner: Scope, function: Binding | None
) -> list[Binding]:
    tree, file = found.tree, found.file
    rule = found.language.parameters.get(tree.type[node])
    held: list[int] = [node]
    type_node = value = None
    if rule is not None:
        held = bound_nodes(found, node, rule)
        type_node = tree.child(node, rule.type)
        value = tree.child(node, rule.value)
    leaves = [
        leaf
        for pattern in held
        for leaf in file.targets(pattern)
        if file.is_name(leaf)
    ]
    bindings = []
    for leaf in leaves:
        binding = found.define(inner, leaf, EntityKind.PARAMETER)
        bindings.append(binding)
        if function is not None:
            span = tree.span(leaf)
            found.recorder.fact(
                function.target,
                "has_parameter",
                binding.target,
                span,
                "scope",
            )
        _property(found, node, leaf, inner)
    if any(tree.type[pattern] in found.language.parts for pattern in held):
        type_node = None
    file.bound[node] = [Bound(leaves, type_node, value, whole=False)]
    return bindings


def _property(found: Declarations, node: int, leaf: int, inner: Scope) -> None:
    """A parameter that is a field, too, of the class it constructs."""
    tree = found.tree
    wanted = found.language.properties
    if not wanted or inner.this is None:
        return
    if any(tree.type[c] in wanted for c in tree.children(node)):
        name = tree.source(leaf)
        owner = inner.this.qualname
        target = f"{owner}.{name}"
        inner.this.names.setdefault(name, Binding(target, EntityKind.VARIABLE))
        found.file.properties[leaf] = target
        span = tree.span(leaf)
        if found.recorder.entity(target, name, EntityKind.VARIABLE, span):
            found.recorder.fact(owner, "has_field", target, span, "scope")
