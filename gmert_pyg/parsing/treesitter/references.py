"""Second pass: what identifiers and expressions refer to, bottom up."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import NamedTuple

from gmert_pyg.parsing.treesitter.calls import call, construct
from gmert_pyg.parsing.treesitter.declared_facts import (
    bound_facts,
    embedded,
    function_facts,
    heritage,
    returned,
)
from gmert_pyg.parsing.treesitter.extraction import Extraction
from gmert_pyg.parsing.treesitter.names import (
    Value,
    attribute,
    find,
    is_read,
    unbound,
    value_of,
)
from gmert_pyg.parsing.treesitter.rules import (
    BindingRule,
    CallRule,
    ConstructRule,
    FunctionRule,
    HeritageRule,
    MemberRule,
)
from gmert_pyg.parsing.treesitter.scopes import field_path
from gmert_pyg.parsing.treesitter.types import stated_type, unwrapped
from gmert_pyg.schema import EntityKind

_LITERALS = frozenset({"literal_element", "keyed_element", "literal_value"})


Span = tuple[int, int]


class Read(NamedTuple):
    """A variable that is read, and in how many calls and functions."""

    leaf: int
    path: str
    depth: int


class References:
    """Resolves the identifiers of a file and states the facts they make.

    Args:
        file: the state of the file, with its declarations.
    """

    def __init__(self, file: Extraction) -> None:
        self.file = file
        self.tree = file.tree
        self.language = file.description
        self.recorder = file.recorder
        self.values: dict[int, Value] = {}
        self.named: dict[int, str] = {}
        self.reads: list[Read] = []

    def run(self) -> None:
        """Visit all nodes, children before parents."""
        tree, language, bound = self.tree, self.language, self.file.bound
        identifiers, rules = language.identifiers, language.rules
        this = language.this | language.super
        for node in tree.postorder:
            kind = tree.type[node]
            if kind in identifiers:
                self._identifier(node)
            elif kind in this:
                self._this(node, kind in language.super)
            elif kind in language.wrappers or kind in language.named_types:
                self._wrapper(node, kind)
            elif kind in language.casts:
                self._cast(node, language.casts[kind])
            elif kind in language.returns:
                returned(self, node)
            rule = rules.get(kind)
            if isinstance(rule, CallRule):
                call(self, node, rule)
            elif isinstance(rule, ConstructRule):
                construct(self, node, rule)
            elif isinstance(rule, FunctionRule):
                function_facts(self, node)
            elif isinstance(rule, HeritageRule):
                heritage(self, node, rule)
            if node in bound:
                part = isinstance(rule, BindingRule) and rule.part
                for entry in bound[node]:
                    bound_facts(self, entry, part)
                if language.embeds and not bound[node]:
                    embedded(self, node)

    def state(
        self, head: str, relation: str, tail: str, span: Span, how: str
    ) -> None:
        # The receiver itself, called or passed on, is found as its members are.
        how = "self" if how == "receiver" else how
        self.recorder.fact(head, relation, tail, span, how)

    def _identifier(self, leaf: int) -> None:
        file = self.file
        if not file.is_name(leaf):
            return
        binding = file.declared.get(leaf)
        if binding is not None:
            self.values[leaf] = value_of(binding, leaf)
            self.named[leaf] = binding.target
            return
        tree = self.tree
        if tree.source(leaf) in self.language.inferred:
            return
        parent = tree.parent[leaf]
        rule = self.language.rules.get(tree.type[parent])
        if isinstance(rule, MemberRule) and self._is_member(leaf, rule):
            is_field = self.language.fields_apart
            self._member(leaf, parent, rule.object, is_field)
        elif self._is_method_name(leaf, parent, rule):
            assert isinstance(rule, CallRule)
            self._member(leaf, parent, rule.receiver)
        elif self.tree.type[parent] in self.language.keys:
            self._key(leaf, parent, rule)
        elif self._is_bare(leaf, parent):
            self._set(leaf, Value(f"?{tree.source(leaf)}", "name", leaf))
        else:
            self._variable(leaf, rule)

    def _set(self, leaf: int, value: Value, path: str = "") -> None:
        self.values[leaf] = value
        self.named[leaf] = path or value.path
        self.recorder.mention(self.tree.span(leaf), path or value.path)

    def _variable(self, leaf: int, rule: object) -> None:
        is_called = self._is_callee(leaf, rule)
        binding = find(self.file, leaf, is_called)
        if binding is None:
            self._set(leaf, unbound(self.file, leaf))
            return
        value = value_of(binding, leaf)
        self._set(leaf, value, binding.target)
        if is_read(binding) and leaf not in self.file.written and not is_called:
            depth = self.file.depth[leaf]
            self.reads.append(Read(leaf, binding.target, depth))

    def _key(self, leaf: int, parent: int, rule: object) -> None:
        """`x` in `C{x: 1}`: a member of `C`, or else a name like any."""
        tree, node = self.tree, parent
        if tree.field[parent] == "key":
            while tree.type[node] in _LITERALS:
                node = tree.parent[node]
            made = self.language.rules.get(tree.type[node])
            if isinstance(made, ConstructRule):
                held = tree.child(node, made.type)
                base = self.values.get(held) if held is not None else None
                if base is not None:
                    name = tree.source(leaf)
                    self._set(leaf, attribute(base, name, leaf))
                    return
        self._variable(leaf, rule)

    def _is_callee(self, node: int, rule: object) -> bool:
        return (
            isinstance(rule, CallRule)
            and self.tree.field[node] == rule.function
        )

    def _is_member(self, leaf: int, rule: MemberRule) -> bool:
        tree = self.tree
        if rule.name:
            return tree.field[leaf] == rule.name
        parent = tree.parent[leaf]
        return leaf > parent + 1 and tree.stop[leaf] == tree.stop[parent]

    def _is_method_name(self, leaf: int, parent: int, rule: object) -> bool:
        return (
            isinstance(rule, CallRule)
            and bool(rule.receiver)
            and self.tree.field[leaf] == rule.function
            and self.tree.child(parent, rule.receiver) is not None
        )

    def _is_bare(self, leaf: int, parent: int) -> bool:
        tree, bare = self.tree, self.language.bare
        if tree.type[leaf] in bare:
            return True
        return f"{tree.type[parent]}.{tree.field[leaf]}" in bare and (
            find(self.file, leaf) is None
            or f"{tree.type[parent]}.{tree.field[leaf]}!" in bare
        )

    def _member(
        self, leaf: int, parent: int, field: str, is_field: bool = False
    ) -> None:
        tree = self.tree
        held = tree.child(parent, field) if field else parent + 1
        base = self.values.get(held) if held is not None else None
        name = tree.source(leaf)
        value = attribute(base, name, leaf)
        if is_field and base is not None and value.is_known:
            path = field_path(base.path, name)
            if self.file.kind_of(path) is not None:
                value = value._replace(path=path)
        self._set(leaf, value)
        self.values[parent] = value
        if value.how != "self" or parent in self.file.written:
            return
        kind = self.file.kind_of(value.path)
        around = tree.parent[parent]
        rule = self.language.rules.get(tree.type[around])
        if kind in (None, EntityKind.VARIABLE) and not (
            self._is_callee(parent, rule)
            or self._is_callee(leaf, self.language.rules.get(tree.type[parent]))
        ):
            depth = self.file.depth[leaf]
            self.reads.append(Read(leaf, value.path, depth))

    def _this(self, node: int, is_super: bool) -> None:
        scope = self.file.scopes[node]
        this = scope.this
        if this is not None:
            path, how = this.qualname, "receiver"
            if is_super:
                path, how = f"{path}.super()", "super"
            self.values[node] = Value(path, how, node)

    def _wrapper(self, node: int, kind: str) -> None:
        tree = self.tree
        field = self.language.named_types.get(kind)
        if field is not None:
            held = tree.child(node, field) if field else node + 1
        else:
            children = list(tree.children(node))
            held = children[self.language.wrappers[kind]] if children else None
        value = self.values.get(held) if held is not None else None
        if value is not None:
            self.values[node] = value

    def _cast(self, node: int, place: int) -> None:
        children = list(self.tree.children(node))
        stated = stated_type(
            self.file, self.values, children[place] if children else None
        )
        held = unwrapped(self.file, children[place]) if children else None
        if stated is not None and stated.instance and held is not None:
            leaf = self.values[held].leaf
            self.values[node] = Value(
                stated.instance, "annotation", leaf, made=True
            )

    def read_in(self, node: int) -> list[Read]:
        reads, leaf = self.reads, attrgetter("leaf")
        first = bisect_left(reads, node, key=leaf)
        return reads[first : bisect_left(reads, self.tree.stop[node], key=leaf)]
