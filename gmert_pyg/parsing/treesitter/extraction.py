"""What both passes over a tree share."""

from __future__ import annotations

from typing import NamedTuple

from gmert_pyg.parsing.python.recorder import Recorder
from gmert_pyg.parsing.source_file import LineIndex
from gmert_pyg.parsing.treesitter.flat_tree import FlatTree
from gmert_pyg.parsing.treesitter.rules import Description, FunctionRule
from gmert_pyg.parsing.treesitter.scopes import Binding, Scope
from gmert_pyg.schema import EntityKind

FUNCTION_DEPTH = 1 << 16
"""What a function adds to the depth of calls: its body is read on its own."""


class Bound(NamedTuple):
    """What a node binds, and to what.

    Args:
        targets: the nodes that are bound; identifiers, or members.
        type: the node of the declared type.
        value: the node of the value.
        whole: whether a target is bound to all of it.
    """

    targets: list[int]
    type: int | None
    value: int | None
    whole: bool = True


class Extraction:
    """The state of reading one file.

    Args:
        tree: its syntax tree.
        description: its language.
        module: its module's name.
        keywords: the words of the language that may be no names.
        is_package: whether the file stands for the folder that it is in.
    """

    def __init__(
        self,
        tree: FlatTree,
        description: Description,
        module: str,
        keywords: frozenset[str] = frozenset(),
        is_package: bool = False,
    ) -> None:
        self.tree = tree
        self.description = description
        self.module = module
        self.keywords = keywords
        self.is_package = is_package
        self.root = Scope("module", module, None, module)
        self.index = LineIndex(tree.text)
        self.recorder = Recorder(self.index)
        self.stars: list[str] = []
        self.scopes: list[Scope] = []
        """The scope that each node stands in."""
        self.depth: list[int] = []
        """How many calls enclose each node, and how many functions."""
        self.declared: dict[int, Binding] = {}
        """The identifiers that declare, and what they bind."""
        self.bound: dict[int, list[Bound]] = {}
        """What nodes bind, for the facts about it."""
        self.properties: dict[int, str] = {}
        """The parameters that are fields, too, and the paths of these."""
        self.written: set[int] = set()
        """Targets of assignments: they are not read."""
        self.functions: dict[int, tuple[Binding, Scope, int | None]] = {}
        """The named functions, their scopes and the nodes of their types."""

    def is_name(self, node: int | None) -> bool:
        """Tell whether a node is an identifier."""
        if node is None:
            return False
        tree = self.tree
        if (
            tree.type[node] not in self.description.identifiers
            or tree.start[node] == tree.end[node]
        ):
            return False
        # Where a parser recovers it may read keywords as names.
        return node not in tree.in_error or (
            tree.source(node) not in self.keywords
        )

    def targets(self, node: int | None) -> list[int]:
        """Return what a pattern or declarator binds, in text order."""
        tree, patterns = self.tree, self.description.patterns
        found: list[int] = []
        todo = [] if node is None else [node]
        while todo:
            node = todo.pop()
            field = patterns.get(tree.type[node])
            if field is None:
                found.append(node)
            elif field:
                todo.extend(reversed(tree.fields(node, field)))
            else:
                todo.extend(reversed(list(tree.children(node))))
        return found

    def name_of(self, node: int, field: str) -> int | None:
        """Return the identifier that a field holds, wrapped or not."""
        for target in self.targets(self.tree.child(node, field)):
            return target if self.is_name(target) else None
        return None

    def is_signature(self, node: int | None) -> bool:
        """Tell whether a declarator declares a function, not a pointer."""
        tree = self.tree
        while node is not None:
            rule = self.description.rules.get(tree.type[node])
            if isinstance(rule, FunctionRule) and rule.within:
                return self.is_name(tree.child(node, rule.name))
            field = self.description.patterns.get(tree.type[node])
            node = tree.child(node, field) if field else None
        return False

    def kind_of(self, path: str) -> EntityKind | None:
        """Return what a path of this file is."""
        entity = self.recorder.entities.get(path)
        return None if entity is None else entity.kind
