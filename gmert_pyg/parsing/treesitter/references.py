"""Second pass: what identifiers and expressions refer to, bottom up."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import NamedTuple

from gmert_pyg.parsing.treesitter.declarations import FUNCTION_DEPTH
from gmert_pyg.parsing.treesitter.extraction import Bound, Extraction
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
        self._named: dict[int, str] = {}
        self._reads: list[Read] = []

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
                self._return(node)
            rule = rules.get(kind)
            if isinstance(rule, CallRule):
                self._call(node, rule)
            elif isinstance(rule, ConstructRule):
                self._construct(node, rule)
            elif isinstance(rule, FunctionRule):
                self._function(node)
            elif isinstance(rule, HeritageRule):
                self._heritage(node, rule)
            if node in bound:
                part = isinstance(rule, BindingRule) and rule.part
                for entry in bound[node]:
                    self._bound(entry, part)
                if language.embeds and not bound[node]:
                    self._embedded(node)

    def _state(
        self, head: str, relation: str, tail: str, span: Span, how: str
    ) -> None:
        # The receiver itself, called or passed on, is found as its members are.
        how = "self" if how == "receiver" else how
        self.recorder.fact(head, relation, tail, span, how)

    # Names

    def _identifier(self, leaf: int) -> None:
        file = self.file
        if not file.is_name(leaf):
            return
        binding = file.declared.get(leaf)
        if binding is not None:
            self.values[leaf] = value_of(binding, leaf)
            self._named[leaf] = binding.target
            return
        tree = self.tree
        if tree.source(leaf) in self.language.inferred:
            return
        parent = tree.parent[leaf]
        rule = self.language.rules.get(tree.type[parent])
        if isinstance(rule, MemberRule) and self._is_member(leaf, rule):
            self._member(leaf, parent, rule.object)
        elif self._is_method_name(leaf, parent, rule):
            assert isinstance(rule, CallRule)
            self._member(leaf, parent, rule.receiver)
        elif self.tree.type[parent] in self.language.keys:
            self._key(leaf, parent, rule)
        elif self._is_bare(leaf, parent):
            self._set(leaf, Value(f"?{tree.source(leaf)}", "name", leaf))
        else:
            self._variable(leaf, parent, rule)

    def _set(self, leaf: int, value: Value, path: str = "") -> None:
        self.values[leaf] = value
        self._named[leaf] = path or value.path
        self.recorder.mention(self.tree.span(leaf), path or value.path)

    def _variable(self, leaf: int, parent: int, rule: object) -> None:
        binding = find(self.file, leaf)
        if binding is None:
            self._set(leaf, unbound(self.file, leaf))
            return
        value = value_of(binding, leaf)
        self._set(leaf, value, binding.target)
        if (
            is_read(binding)
            and leaf not in self.file.written
            and not self._is_callee(leaf, parent, rule)
        ):
            depth = self.file.depth[leaf]
            self._reads.append(Read(leaf, binding.target, depth))

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
        self._variable(leaf, parent, rule)

    def _is_callee(self, node: int, parent: int, rule: object) -> bool:
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

    def _member(self, leaf: int, parent: int, field: str) -> None:
        tree = self.tree
        held = tree.child(parent, field) if field else parent + 1
        base = self.values.get(held) if held is not None else None
        value = attribute(base, tree.source(leaf), leaf)
        self._set(leaf, value)
        self.values[parent] = value
        if value.how != "self" or parent in self.file.written:
            return
        kind = self.file.kind_of(value.path)
        around = tree.parent[parent]
        rule = self.language.rules.get(tree.type[around])
        if kind in (None, EntityKind.VARIABLE) and not (
            self._is_callee(parent, around, rule)
            or self._is_callee(
                leaf, parent, self.language.rules.get(tree.type[parent])
            )
        ):
            depth = self.file.depth[leaf]
            self._reads.append(Read(leaf, value.path, depth))

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

    # Calls

    def _call(self, node: int, rule: CallRule) -> None:
        tree = self.tree
        callee = tree.child(node, rule.function)
        value = self.values.pop(callee, None) if callee is not None else None
        if value is None:
            return
        path = self._named.get(value.leaf, "")
        how = value.how
        if how == "super" and tree.type[callee or 0] in self.language.super:
            if not self.language.constructor:
                return
            path = f"{value.path}.{self.language.constructor}"
        elif not path or value.path.endswith("()"):
            return
        span = tree.span(value.leaf)
        owner = self.file.scopes[node].owner
        self._state(owner, "calls", path, span, how)
        self._passed(node, rule.arguments, path, span, how)
        self.values[node] = self._result(node, value, path)

    def _result(self, node: int, callee: Value, path: str) -> Value:
        this = self.file.scopes[node].this
        if path == "builtins.super" and this is not None:
            return Value(f"{this.qualname}.super()", "super", callee.leaf)
        if not callee.is_known:
            return Value(f"?{path.lstrip('?')}()", "name", callee.leaf)
        if self.file.kind_of(path) is EntityKind.CLASS:
            return Value(path, "constructor", callee.leaf, made=True)
        return Value(f"{path}()", "constructor", callee.leaf)

    def _construct(self, node: int, rule: ConstructRule) -> None:
        tree = self.tree
        held = unwrapped(self.file, tree.child(node, rule.type))
        value = self.values.get(held) if held is not None else None
        if value is None:
            return
        kind = self.file.kind_of(value.path)
        relation = "instantiates"
        if kind in (EntityKind.FUNCTION, EntityKind.METHOD):
            relation = "calls"
        span = tree.span(value.leaf)
        owner = self.file.scopes[node].owner
        self._state(owner, relation, value.path, span, value.how)
        self._passed(node, rule.arguments, value.path, span, value.how)
        self.values[node] = Value(
            value.path, "constructor", value.leaf, made=value.is_known
        )

    def _passed(
        self, node: int, field: str, path: str, span: tuple[int, int], how: str
    ) -> None:
        """State that the arguments of a call flow to what is called."""
        arguments = self.tree.child(node, field)
        if arguments is None:
            return
        depth = self.file.depth[arguments]
        for read in self._read_in(arguments):
            if read.depth == depth:
                self._state(read.path, "flows_to", path, span, how)

    def _read_in(self, node: int) -> list[Read]:
        reads, leaf = self._reads, attrgetter("leaf")
        first = bisect_left(reads, node, key=leaf)
        return reads[first : bisect_left(reads, self.tree.stop[node], key=leaf)]

    # Declarations

    def _function(self, node: int) -> None:
        known = self.file.functions.get(node)
        if known is None:
            return
        binding, inner, type_node = known
        stated = stated_type(self.file, self.values, type_node)
        if stated is not None:
            self._state(
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
                self._state(
                    binding.target,
                    "returns",
                    path,
                    self.tree.span(leaf),
                    "constructor",
                )

    def _return(self, node: int) -> None:
        scope = self.file.scopes[node]
        while scope.kind != "function" and scope.parent is not None:
            scope = scope.parent
        value = self.values.get(node + 1)
        if node + 1 >= self.tree.stop[node] or value is None or not value.made:
            scope.results.add(None)
        elif not any(
            made is not None and made[0] == value.path for made in scope.results
        ):
            scope.results.add((value.path, value.leaf))

    def _heritage(self, node: int, rule: HeritageRule) -> None:
        tree = self.tree
        if rule.of and tree.field[node] != rule.of:
            return
        owner = self.file.scopes[node].base
        if owner.kind != "class" or not owner.is_entity:
            return
        for child in tree.children(node):
            self._inherits(owner.qualname, child)

    def _inherits(self, owner: str, node: int) -> None:
        value = self.values.get(node)
        if value is not None and not value.path.endswith("()"):
            span = self.tree.span(value.leaf)
            self._state(owner, "inherits", value.path, span, value.how)

    def _embedded(self, node: int) -> None:
        """A field that is only a type: what has it inherits its members."""
        owner = self.file.scopes[node].base
        held = unwrapped(self.file, self.tree.child(node, "type"))
        if owner.kind == "class" and held is not None:
            self._inherits(owner.qualname, held)

    def _bound(self, entry: Bound, part: bool) -> None:
        file = self.file
        stated = stated_type(file, self.values, entry.type)
        reads = []
        if entry.value is not None:
            level = file.depth[entry.value] // FUNCTION_DEPTH
            reads = [
                read
                for read in self._read_in(entry.value)
                if read.depth // FUNCTION_DEPTH == level
            ]
        for target in entry.targets:
            value = self.values.get(target)
            if value is None:
                continue
            path = self._named.get(value.leaf, value.path)
            span = self.tree.span(value.leaf)
            if path[0] != "?":
                for read in reads:
                    self._state(
                        read.path, "flows_to", path, span, "scope"
                    )
            if stated is not None:
                self._state(
                    path, "has_type", stated.tail, stated.span, "annotation"
                )
                self._learn(target, stated.instance, "annotation")
                if target in file.properties:
                    self._state(
                        file.properties[target],
                        "has_type",
                        stated.tail,
                        stated.span,
                        "annotation",
                    )
        if entry.whole and entry.targets and stated is None and not part:
            self._infer(entry.targets[0], entry.value)

    def _infer(self, target: int, node: int | None) -> None:
        """Take the type of a variable from the value it is bound to."""
        held = self.values.get(target)
        value = self.values.get(node) if node is not None else None
        if held is None or value is None or not value.is_known:
            return
        path = self._named.get(held.leaf, held.path)
        is_own = held.how == "self" or target in self.file.declared
        if value.made or value.path.endswith("()"):
            if is_own and not value.path.endswith(".super()"):
                span = self.tree.span(value.leaf)
                self._state(
                    path, "has_type", value.path, span, value.how
                )
                self._learn(target, value.path, value.how)
        elif (
            target in self.file.declared
            and self.file.scopes[target].base.kind != "function"
            and not value.path.startswith(path)
        ):
            named = self._named.get(value.leaf, value.path)
            self.recorder.assigned.setdefault(path, named)

    def _learn(self, target: int, path: str, how: str) -> None:
        binding = self.file.declared.get(target)
        if binding is None or not path or binding.how == "receiver":
            return
        if not binding.type:
            binding.type, binding.how = path, how
        elif how != "annotation" and binding.how != "annotation":
            if binding.type != path:
                binding.type = ""
