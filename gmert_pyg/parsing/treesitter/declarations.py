"""First pass: scopes, what they bind, and the structure of definitions."""

from __future__ import annotations

from gmert_pyg.parsing.treesitter.bindings import bind
from gmert_pyg.parsing.treesitter.definitions import (
    define_class,
    define_function,
)
from gmert_pyg.parsing.treesitter.extraction import FUNCTION_DEPTH, Extraction
from gmert_pyg.parsing.treesitter.rules import (
    BindingRule,
    CallRule,
    ClassRule,
    ConstructRule,
    FunctionRule,
    HeritageRule,
)
from gmert_pyg.parsing.treesitter.scopes import Binding, Scope, field_path
from gmert_pyg.schema import EntityKind


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
        self.given: dict[int, int] = {}
        """The names that definitions without one take from variables."""
        self.inner: list[Scope] = []
        """The scope that the children of each node stand in."""
        self.namespaces: set[str] = set()
        """The qualified names of classes that only hold names."""

    def run(self) -> None:
        """Visit all nodes."""
        file, tree, rules = self.file, self.tree, self.language.rules
        hooks, blocks = self.language.hooks, self.language.blocks
        inner = self.inner
        for node, kind in enumerate(tree.type):
            parent = tree.parent[node]
            scope = inner[parent] if parent >= 0 else file.root
            file.scopes.append(scope)
            file.depth.append(self._depth(node, parent))
            inner.append(scope)
            if kind in hooks:
                hooks[kind](self, node)
            rule = rules.get(kind)
            if rule is None and kind not in blocks:
                continue
            if isinstance(rule, ClassRule):
                define_class(self, node, rule)
            elif isinstance(rule, FunctionRule):
                define_function(self, node, rule)
            else:
                if kind in blocks and not self.is_body(node):
                    inner[node] = scope.block()
                if isinstance(rule, BindingRule):
                    bind(self, node, rule)
                elif isinstance(rule, HeritageRule) and (
                    not rule.of or tree.field[node] == rule.of
                ):
                    scope.base.has_bases = True

    def _depth(self, node: int, parent: int) -> int:
        if parent < 0:
            return 0
        depth = self.file.depth[parent]
        rule = self.language.rules.get(self.tree.type[parent])
        if rule is None:
            return depth
        if isinstance(rule, FunctionRule):
            return depth + FUNCTION_DEPTH
        if isinstance(rule, (CallRule, ConstructRule)):
            return depth + (self.tree.field[node] == rule.arguments)
        return depth

    def is_body(self, node: int) -> bool:
        """Tell whether a node is part of a definition that opens a scope."""
        parent = self.tree.parent[node]
        rule = self.language.rules.get(self.tree.type[parent])
        return isinstance(rule, (FunctionRule, ClassRule))

    def give(self, node: int, leaf: int) -> None:
        """Let a definition without a name take that of a variable."""
        self.given[node] = leaf

    def is_given(self, node: int) -> bool:
        """Tell whether a definition has taken a name."""
        return node in self.given

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
        key = name
        if kind is EntityKind.METHOD and self.language.fields_apart:
            key = f"{name}()"
        binding = scope.names.get(key)
        if binding is None or binding.kind is None:
            target = self._target(scope, name)
            if kind is EntityKind.VARIABLE and name in scope.methods:
                target = field_path(scope.qualname, name)
            binding = Binding(target, kind, visible)
            if binds:
                scope.names[key] = binding
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
            if base.kind == "class" or base.qualname in self.namespaces:
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

    def defines(self, node: int) -> bool:
        """Tell whether a node defines a function or a class."""
        rule = self.language.rules.get(self.tree.type[node])
        if isinstance(rule, FunctionRule):
            return self.language.names_lambdas
        return isinstance(rule, ClassRule)
