"""First pass: scopes, what they bind, and the structure of definitions."""

from __future__ import annotations

from gmert_pyg.parsing.treesitter.extents import definition
from gmert_pyg.parsing.treesitter.extraction import Bound, Extraction
from gmert_pyg.parsing.treesitter.rules import (
    LAST,
    BindingRule,
    CallRule,
    ClassRule,
    ConstructRule,
    FunctionRule,
    HeritageRule,
    MemberRule,
)
from gmert_pyg.parsing.treesitter.scopes import Binding, Scope
from gmert_pyg.schema import EntityKind

_BLANK = "_"
FUNCTION_DEPTH = 1 << 16
"""What a function adds to the depth of calls: its body is read on its own."""


class Declarations:
    """Finds all scopes and bindings of a file, in preorder.

    Args:
        file: the state of the file, filled here.
    """

    def __init__(self, file: Extraction) -> None:
        self.file = file
        self.tree = file.tree
        self.language = file.description
        self.recorder = file.recorder
        self._homes: dict[str, Scope] = {}
        self._given: dict[int, int] = {}
        self._inner: list[Scope] = []
        self._namespaces: set[str] = set()

    def run(self) -> None:
        """Visit all nodes."""
        file, tree, rules = self.file, self.tree, self.language.rules
        hooks, blocks = self.language.hooks, self.language.blocks
        inner = self._inner
        for node, kind in enumerate(tree.type):
            parent = tree.parent[node]
            scope = inner[parent] if parent >= 0 else file.root
            file.scopes.append(scope)
            file.depth.append(self._depth(node, parent))
            inner.append(scope)
            if kind in hooks:
                hooks[kind](self, node)
            rule = rules.get(kind)
            if isinstance(rule, ClassRule):
                self._class(node, rule)
            elif isinstance(rule, FunctionRule):
                self._function(node, rule)
            else:
                if kind in blocks and not self._is_body(node):
                    inner[node] = scope.block()
                if isinstance(rule, BindingRule):
                    self._bind(node, rule)
                elif isinstance(rule, HeritageRule):
                    if not rule.of or tree.field[node] == rule.of:
                        scope.base.has_bases = True

    def _depth(self, node: int, parent: int) -> int:
        if parent < 0:
            return 0
        rule = self.language.rules.get(self.tree.type[parent])
        depth = self.file.depth[parent]
        if isinstance(rule, FunctionRule):
            return depth + FUNCTION_DEPTH
        inside = isinstance(rule, (CallRule, ConstructRule))
        if inside and self.tree.field[node] == rule.arguments:
            return depth + 1
        return depth

    def _is_body(self, node: int) -> bool:
        parent = self.tree.parent[node]
        rule = self.language.rules.get(self.tree.type[parent])
        return isinstance(rule, (FunctionRule, ClassRule))

    def give(self, node: int, leaf: int) -> None:
        """Let a definition without a name take that of a variable."""
        self._given[node] = leaf

    def is_given(self, node: int) -> bool:
        """Tell whether a definition has taken a name."""
        return node in self._given

    # Names

    def define(
        self,
        scope: Scope,
        leaf: int,
        kind: EntityKind,
        visible: int = 0,
        binds: bool = True,
        inside: bool = True,
    ) -> Binding:
        """Bind the name of an identifier, and record the entity.

        Args:
            scope: the scope that binds it.
            leaf: the identifier.
            kind: what it is.
            visible: the first node that sees it.
            binds: whether it is seen at all, without a receiver.
            inside: whether it is defined here, and not only declared.
        """
        name = self.tree.source(leaf)
        binding = scope.names.get(name)
        if binding is None or binding.kind is None:
            target = self._target(scope, name)
            binding = Binding(target, kind, visible)
            if binds:
                scope.names[name] = binding
        self.declare(scope, leaf, binding, inside)
        return binding

    def declare(
        self, scope: Scope, leaf: int, binding: Binding, inside: bool = True
    ) -> None:
        """Record an identifier that declares, and its entity if it is new."""
        span = self.tree.span(leaf)
        self.file.declared[leaf] = binding
        self.recorder.mention(span, binding.target)
        kind, base = binding.kind, scope.base
        if kind is None or not self.recorder.entity(
            binding.target, self.tree.source(leaf), kind, span
        ):
            return
        relation, head = "contains", scope.owner
        if kind is EntityKind.VARIABLE:
            relation = "declares"
            if base.kind == "class" or base.qualname in self._namespaces:
                relation, head = "has_field", base.qualname
        elif not inside or kind in (EntityKind.PARAMETER, EntityKind.TYPE):
            return
        if base.kind != "class" or base.is_entity:
            how = "self" if relation == "has_field" else "scope"
            self.recorder.fact(head, relation, binding.target, span, how)

    def _target(self, scope: Scope, name: str) -> str:
        target = f"{scope.qualname}.{name}"
        home = self._homes.setdefault(target, scope)
        # Overloads and prototypes of a function share its parameters.
        if home is scope or scope.kind == home.kind != "block":
            return target
        if scope.kind in ("class", "module"):
            return target
        # Another variable of the same name, in another block.
        target = f"{scope.child_name('scope')}.{name}"
        self._homes[target] = scope
        return target

    # Definitions

    def _class(self, node: int, rule: ClassRule) -> None:
        tree = self.tree
        body = tree.child(node, rule.body) if rule.body else node
        if body is None or (not rule.body and self._is_body(node)):
            return
        scope = self._inner[node]
        if self.language.flat:
            while scope.kind == "class" and scope.parent is not None:
                scope = scope.parent
        leaf = self._given.pop(node, None)
        if leaf is None:
            leaf = self.file.name_of(node, rule.name)
        kind = EntityKind.CLASS
        if rule.bodies and tree.type[body] not in rule.bodies:
            kind = EntityKind.TYPE
        if leaf is None:
            name, entity = scope.child_name("class"), False
        else:
            name, entity = self.define(scope, leaf, kind).target, True
        if kind is EntityKind.TYPE:
            return
        owner = name if entity else scope.owner
        inner = Scope("class", name, scope, owner, is_entity=entity)
        inner.this = inner
        if rule.is_namespace:
            inner.kind, inner.this = "module", None
            self._namespaces.add(name)
        self._inner[node] = inner
        if entity:
            self.recorder.definitions.append(
                definition(self.file, node, body, name, kind, scope)
            )

    def _function(self, node: int, rule: FunctionRule) -> None:
        scope, tree = self._inner[node], self.tree
        if rule.within and not self._declares_function(node, rule):
            return
        if rule.is_member and scope.kind != "class":
            rule = rule._replace(name="")
        leaf = self._given.pop(node, None)
        inside = self.file.name_of(node, rule.name) if rule.name else None
        binding = None
        if rule.receiver:
            binding = self._method_of_receiver(node, rule, scope)
        if binding is None and (leaf is not None or inside is not None):
            is_method = scope.kind == "class"
            kind = EntityKind.METHOD if is_method else EntityKind.FUNCTION
            name = inside if leaf is None else leaf
            assert name is not None
            binding = self.define(
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
        self._inner[node] = inner
        if leaf is not None and inside is not None and binding is not None:
            inner.names[tree.source(inside)] = binding
            self.declare(inner, inside, binding)
        self._parameters(node, rule, inner, binding)
        body = tree.child(node, rule.body) if rule.body else None
        if binding is None or binding.kind is None:
            return
        returns = self._returned_type(node, rule)
        self.file.functions[node] = binding, inner, returns
        if body is not None:
            self.recorder.definitions.append(
                definition(self.file, node, body, qualname, binding.kind, scope)
            )

    def _declares_function(self, node: int, rule: FunctionRule) -> bool:
        tree, patterns = self.tree, self.language.patterns
        outer = tree.parent[node]
        while outer >= 0 and tree.type[outer] in patterns:
            outer = tree.parent[outer]
        return (
            outer >= 0
            and tree.type[outer] in rule.within
            and self.file.is_name(tree.child(node, rule.name))
        )

    def _returned_type(self, node: int, rule: FunctionRule) -> int | None:
        tree, patterns = self.tree, self.language.patterns
        if rule.within:  # the type stands before the declarator
            node = tree.parent[node]
            while tree.type[node] in patterns:
                node = tree.parent[node]
        return tree.child(node, rule.returns) if rule.returns else None

    def _method_of_receiver(
        self, node: int, rule: FunctionRule, scope: Scope
    ) -> Binding | None:
        tree, file = self.tree, self.file
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
        self.declare(held_by, leaf, binding)
        return binding

    def _parameters(
        self,
        node: int,
        rule: FunctionRule,
        inner: Scope,
        function: Binding | None,
    ) -> None:
        tree, file = self.tree, self.file
        held = self._parameter_list(node, rule)
        if rule.receiver:
            receiver = tree.child(node, rule.receiver)
            if receiver is not None:
                for parameter in tree.children(receiver):
                    self._parameter(parameter, inner, None)
        if held is None:
            return
        parameters = [held] if file.is_name(held) else tree.children(held)
        first = (
            self.language.receiver
            and inner.this is not None
            and not rule.keeps_this
        )
        for parameter in parameters:
            if first and not self._is_static(node):
                for binding in self._parameter(parameter, inner, None):
                    assert inner.this is not None
                    binding.type, binding.how = inner.this.qualname, "receiver"
            else:
                self._parameter(parameter, inner, function)
            first = False

    def _is_static(self, node: int) -> bool:
        tree = self.tree
        around = tree.parent[node]
        return any(
            tree.source(other) == "@staticmethod"
            for other in tree.children(around)
            if tree.type[other] in self.language.decorators
        )

    def _parameter_list(self, node: int, rule: FunctionRule) -> int | None:
        inside: int | None = node
        while inside is not None:
            for field in rule.parameters:
                held = self.tree.child(inside, field)
                if held is not None:
                    return held
            inside = self.tree.child(inside, rule.name) if rule.name else None
        return None

    def _parameter(
        self, node: int, inner: Scope, function: Binding | None
    ) -> list[Binding]:
        tree, file = self.tree, self.file
        rule = self.language.parameters.get(tree.type[node])
        held: list[int] = [node]
        type_node = value = None
        if rule is not None:
            held = self._targets(node, rule)
            type_node = tree.child(node, rule.type)
            value = tree.child(node, rule.value)
        leaves = [
            leaf
            for pattern in held
            for leaf in file.targets(pattern)
            if file.is_name(leaf)
        ]
        found = []
        for leaf in leaves:
            binding = self.define(inner, leaf, EntityKind.PARAMETER)
            found.append(binding)
            if function is not None:
                span = tree.span(leaf)
                self.recorder.fact(
                    function.target,
                    "has_parameter",
                    binding.target,
                    span,
                    "scope",
                )
            self._property(node, leaf, inner)
        if any(tree.type[pattern] in self.language.parts for pattern in held):
            type_node = None
        file.bound[node] = [Bound(leaves, type_node, value, whole=False)]
        return found

    def _property(self, node: int, leaf: int, inner: Scope) -> None:
        """A parameter that is a field, too, of the class it constructs."""
        tree = self.tree
        wanted = self.language.properties
        if not wanted or inner.this is None:
            return
        if any(tree.type[c] in wanted for c in tree.children(node)):
            name = tree.source(leaf)
            owner = inner.this.qualname
            target = f"{owner}.{name}"
            inner.this.names.setdefault(
                name, Binding(target, EntityKind.VARIABLE)
            )
            self.file.properties[leaf] = target
            span = tree.span(leaf)
            if self.recorder.entity(target, name, EntityKind.VARIABLE, span):
                self.recorder.fact(owner, "has_field", target, span, "scope")

    # Variables

    def _targets(self, node: int, rule: BindingRule) -> list[int]:
        tree = self.tree
        if rule.target == LAST:
            return list(tree.children(node))[-1:]
        if rule.target:
            return tree.fields(node, rule.target)
        return list(tree.children(node))[:1]

    def _bind(self, node: int, rule: BindingRule) -> None:
        tree, file = self.tree, self.file
        if tree.type[node] in self.language.parameters and node in file.bound:
            return
        scope = self._inner[node]
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
        if rule.hoists and (
            "" in rule.hoists or tree.type[parent] in rule.hoists
        ):
            scope = scope.base
        held = self._targets(node, rule)
        if rule.is_type:
            for leaf in held:
                if file.is_name(leaf):
                    self.define(scope, leaf, EntityKind.TYPE)
            return
        bound = file.bound.setdefault(node, [])
        for place, target in enumerate(held):
            value = values[-1] if len(values) == 1 else None
            if len(values) == len(held):
                value = values[place]
            parts = self.language.declarators.get(tree.type[target])
            if parts is not None:
                inside = tree.child(target, parts[0])
                value = tree.child(target, parts[1])
                if inside is None:
                    continue
                target = inside
            if file.is_signature(target):
                continue
            self._bind_target(
                node, scope, target, type_node, value, declares, bound
            )

    def _bind_target(
        self,
        node: int,
        scope: Scope,
        target: int,
        type_node: int | None,
        value: int | None,
        declares: bool,
        bound: list[Bound],
    ) -> None:
        tree, file = self.tree, self.file
        # What an import declared needs no more than that.
        leaves = [n for n in file.targets(target) if n not in file.declared]
        single = len(leaves) == 1 and leaves[0] == target
        if single and value is not None and self.defines(value):
            if file.is_name(target) and declares:
                self.give(value, target)
                return
            member = self._own_member(scope, target)
            if member is not None:
                self._define_member(scope, member, target)
                return
        visible = 0
        if (
            self.language.sequential
            and scope.base.kind == "function"
            and tree.type[node] not in self.language.blocks
        ):
            visible = tree.stop[node]
        for leaf in leaves:
            if not file.is_name(leaf):
                file.written.add(leaf)
                self._field(scope, leaf)
            elif declares and tree.source(leaf) != _BLANK:
                known = scope.names.get(tree.source(leaf))
                if known is not None and known.kind is not None:
                    is_own = known.target.startswith(f"{scope.qualname}.")
                    home = scope if is_own else file.root
                    self.declare(home, leaf, known)
                else:
                    self.define(scope, leaf, EntityKind.VARIABLE, visible)
            else:
                file.written.add(leaf)
        values = self._values(leaves, value)
        if values is not None:
            for leaf, part in zip(leaves, values, strict=True):
                bound.append(Bound([leaf], type_node, part))
        elif tree.type[target] in self.language.parts:
            bound.append(Bound(leaves, None, value, whole=False))
        else:
            bound.append(Bound(leaves, type_node, value, len(leaves) == 1))

    def _values(self, leaves: list[int], value: int | None) -> list[int] | None:
        """Return the parts of `1, 2` that `a, b` are bound to, if so."""
        if value is None or self.tree.type[value] != "expression_list":
            return None
        parts = list(self.tree.children(value))
        return parts if len(parts) == len(leaves) else None

    def defines(self, node: int) -> bool:
        """Tell whether a node defines a function or a class."""
        rule = self.language.rules.get(self.tree.type[node])
        if isinstance(rule, FunctionRule):
            return self.language.names_lambdas
        return isinstance(rule, ClassRule)

    def _own_member(self, scope: Scope, node: int) -> int | None:
        """Return the name `x` of `this.x`, where `this` is known."""
        tree = self.tree
        rule = self.language.rules.get(tree.type[node])
        if not isinstance(rule, MemberRule) or scope.base.this is None:
            return None
        held = tree.child(node, rule.object)
        leaf = tree.child(node, rule.name)
        if held is None or leaf is None or not self.file.is_name(leaf):
            return None
        if tree.type[held] in self.language.this:
            return leaf
        if self.language.receiver and self.file.is_name(held):
            found = scope.lookup(tree.source(held), node, False)
            if found is not None and found.how == "receiver":
                return leaf
        return None

    def _field(self, scope: Scope, node: int) -> None:
        leaf = self._own_member(scope, node)
        owner = scope.base.this
        if leaf is None or owner is None:
            return
        if self.tree.source(leaf) not in owner.names:
            self.define(owner, leaf, EntityKind.VARIABLE)

    def _define_member(self, scope: Scope, leaf: int, node: int) -> None:
        owner = scope.base.this
        assert owner is not None
        self.file.written.add(node)
        if self.tree.source(leaf) not in owner.names:
            self.define(owner, leaf, EntityKind.METHOD)
