"""Constraints on what the expressions of a Python file may stand for."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.flow import FlowTable, Op
from gmert_pyg.parsing.python.binder import Binder
from gmert_pyg.parsing.python.flow import (
    calls,
    definitions,
    displays,
    expressions,
    statements,
    targets,
)
from gmert_pyg.parsing.python.flow.extractor import Extractor
from gmert_pyg.parsing.source_file import LineIndex

# Importing these modules registers their visitors.
VISITORS = (calls, definitions, displays, expressions, statements, targets)


def extract_flow(
    tree: ast.Module, index: LineIndex, binder: Binder, package: str
) -> FlowTable:
    """Return the constraints of a file.

    Args:
        tree: its syntax tree.
        index: its lines.
        binder: its scopes.
        package: the dotted name of the package that holds it.

    Raises:
        RecursionError: if it is nested too deeply.
    """
    x = Extractor(index, binder, package)
    x.visit_all(tree.body)
    while x.bodies:
        x.bodies.popleft()()
    _state_classes(x)
    _state_module(x, tree)
    x.environment.finish()
    return x.emitter.table()


def _state_classes(x: Extractor) -> None:
    emitter = x.emitter
    for thing, name, bases, scope in x.classes:
        attributes = x.environment.exports(scope)
        operands = [
            part
            for attribute, node in attributes.items()
            for part in (
                emitter.text(attribute),
                node,
                x.descriptors.get((scope, attribute), 0),
            )
        ]
        emitter.emit(
            Op.CLASS,
            thing,
            emitter.path(name),
            len(bases),
            *bases,
            len(attributes),
            *operands,
        )


def _state_module(x: Extractor, tree: ast.Module) -> None:
    emitter = x.emitter
    names = x.environment.exports(x.scopes[tree])
    operands = [
        part
        for name, node in names.items()
        for part in (emitter.text(name), node)
    ]
    emitter.emit(Op.MODULE, len(names), *operands)
    stars = [emitter.path(module) for module in x.stars]
    emitter.emit(Op.STARS, len(stars), *stars)
    public = _public_names(tree)
    if public is not None:
        emitter.emit(Op.ALL, len(public), *map(emitter.text, public))


def _public_names(tree: ast.Module) -> list[str] | None:
    """Return the strings of `__all__`, if it is assigned a literal."""
    found: list[str] | None = None
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AugAssign):
            targets, value = [node.target], node.value
        else:
            continue
        if not any(
            isinstance(target, ast.Name) and target.id == "__all__"
            for target in targets
        ):
            continue
        if isinstance(value, (ast.List, ast.Tuple)):
            found = [*(found or [])] + [
                element.value
                for element in value.elts
                if isinstance(element, ast.Constant)
                and isinstance(element.value, str)
            ]
    return found
