"""Where definitions start and end, for cutting chunks."""

from __future__ import annotations

import re

from gmert_pyg.parsing.facts import Definition
from gmert_pyg.parsing.treesitter.extraction import Extraction
from gmert_pyg.parsing.treesitter.scopes import Scope
from gmert_pyg.schema import EntityKind

_BLANK = re.compile(r"\s*")
# A definition is the whole of these, or they hold other things, too.
_STATEMENTS = frozenset(
    {
        "decorated_definition",
        "variable_declarator",
        "lexical_declaration",
        "variable_declaration",
        "export_statement",
        "field_definition",
        "public_field_definition",
        "assignment_expression",
        "expression_statement",
    }
)


def definition(
    file: Extraction,
    node: int,
    body: int,
    qualname: str,
    kind: EntityKind,
    scope: Scope,
) -> Definition:
    """Return the extent of a function or class.

    Args:
        file: the file.
        node: what defines it.
        body: its body.
        qualname: its qualified name.
        kind: what it is.
        scope: the scope that it stands in.
    """
    tree = file.tree
    around = _statement(file, node)
    start, end = tree.start[around], tree.end[around]
    header = _header(file, around)
    first = next(tree.children(body), None)
    inside = tree.start[body if first is None else first]
    return Definition(
        qualname,
        kind,
        start,
        end,
        file.index.line(start),
        file.index.line(max(end - 1, start)),
        header,
        max(inside, header),
        scope.owner,
        scope.in_function(),
    )


def _statement(file: Extraction, node: int) -> int:
    """Return the statement that a definition is the whole of.

    That is what decorators stand in, and the declaration of the only variable
    that a function is bound to.
    """
    tree = file.tree
    parent = tree.parent[node]
    while (
        parent > 0
        and tree.type[parent] in _STATEMENTS
        and _is_last(file, parent, node)
    ):
        node, parent = parent, tree.parent[parent]
    return node


def _is_last(file: Extraction, parent: int, node: int) -> bool:
    """Tell whether nothing but names and decorators is beside a node."""
    tree = file.tree
    if tree.stop[node] != tree.stop[parent]:
        return False
    others = [c for c in tree.children(parent) if c != node]
    return all(
        tree.type[c] in file.description.decorators
        or tree.type[c].endswith("modifier")
        or tree.field[c] in ("kind", "name", "type", "property", "left")
        for c in others
    )


def _header(file: Extraction, node: int) -> int:
    """Return where a definition starts after its decorators."""
    tree, decorators = file.tree, file.description.decorators
    position = tree.start[node]
    todo = [node]
    while todo:
        for child in tree.children(todo.pop()):
            if tree.text[position : tree.start[child]].strip():
                return position
            kind = tree.type[child]
            if kind in decorators or kind.endswith("comment"):
                blank = _BLANK.match(tree.text, tree.end[child])
                position = blank.end() if blank else tree.end[child]
            else:
                todo = [child]
                break
    return position
