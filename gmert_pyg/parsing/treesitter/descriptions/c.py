"""C: a source file and the header of its name are one module."""

from __future__ import annotations

from gmert_pyg.parsing.treesitter.declarations import Declarations
from gmert_pyg.parsing.treesitter.imports import (
    beside,
    file_module,
    state_import,
)
from gmert_pyg.parsing.treesitter.rules import (
    BindingRule,
    CallRule,
    ClassRule,
    Description,
    FunctionRule,
    MemberRule,
)
from gmert_pyg.parsing.treesitter.scopes import Binding
from gmert_pyg.schema import EntityKind

SUFFIXES = (".h", ".c")


def includes(found: Declarations, node: int) -> None:
    """`#include "a/b.h"`: what that declares is declared here."""
    file, tree = found.file, found.tree
    place = tree.child(node, "path")
    if place is None:
        return
    path = tree.source(place)[1:-1].strip()
    if tree.type[place] not in ("string_literal", "system_lib_string"):
        return
    if not path:
        return
    if tree.type[place] == "string_literal":
        path = beside(file.module, False, path)
    source = file_module(path, SUFFIXES)
    if source == file.module:
        return
    state_import(found, source, None, place)
    # Headers of the system are given without a folder, as a rule.
    if tree.type[place] == "string_literal" or "/" in source:
        file.stars.append(source)


def typedef(found: Declarations, node: int) -> None:
    """`typedef struct a { ... } B`: the alias names what the tag names."""
    file, tree, root = found.file, found.tree, found.file.root
    type_node = tree.child(node, "type")
    tag = None
    if type_node is not None and tree.type[type_node] in _TAGGED:
        tag = tree.child(type_node, "name")
    for declarator in tree.fields(node, "declarator"):
        leaf = next(iter(file.targets(declarator)), None)
        if leaf is None or not file.is_name(leaf):
            continue
        name = tree.source(leaf)
        if tag is not None:
            path = f"{file.module}.{tree.source(tag)}"
            binding = Binding(path, None)
            if name != tree.source(tag):
                found.recorder.aliases.setdefault(f"{file.module}.{name}", path)
        elif (
            type_node is not None
            and tree.type[type_node] in _TAGGED
            and not found.is_given(type_node)
        ):
            found.give(type_node, leaf)
            continue
        else:
            binding = Binding(f"{file.module}.{name}", EntityKind.TYPE)
        binding = root.names.setdefault(name, binding)
        found.declare(root, leaf, binding)


_TAGGED = frozenset({"struct_specifier", "union_specifier", "enum_specifier"})
_PARAMETER = BindingRule(target="declarator")
_TYPED = BindingRule(target="declarator")

C = Description(
    language="c",
    grammar=("tree_sitter_c", "language"),
    identifiers=frozenset(
        {
            "identifier",
            "type_identifier",
            "field_identifier",
            "statement_identifier",
        }
    ),
    rules={
        "struct_specifier": ClassRule(),
        "union_specifier": ClassRule(),
        "enum_specifier": ClassRule(),
        "function_definition": FunctionRule(name="declarator", returns="type"),
        "function_declarator": FunctionRule(
            name="declarator",
            returns="type",
            body="",
            within=frozenset({"declaration"}),
        ),
        "preproc_function_def": FunctionRule(returns="", body="value"),
        "preproc_def": BindingRule(),
        "field_declaration": _TYPED,
        "declaration": _TYPED,
        "enumerator": BindingRule(is_outer=True),
        "assignment_expression": BindingRule(
            target="left", value="right", declares=False
        ),
        "call_expression": CallRule(),
        "field_expression": MemberRule(object="argument", name="field"),
    },
    parameters={"parameter_declaration": _PARAMETER},
    patterns={
        "pointer_declarator": "declarator",
        "array_declarator": "declarator",
        "function_declarator": "declarator",
        "init_declarator": "declarator",
        "attributed_declarator": "",
        "parenthesized_declarator": "",
    },
    declarators={"init_declarator": ("declarator", "value")},
    bodies=frozenset(
        {
            "compound_statement",
            "field_declaration_list",
            "preproc_else",
            "preproc_if",
            "preproc_ifdef",
        }
    ),
    blocks=frozenset({"compound_statement", "for_statement"}),
    wrappers={
        "parenthesized_expression": 0,
        "pointer_expression": 0,
        "struct_specifier": 0,
        "union_specifier": 0,
        "enum_specifier": 0,
        "type_descriptor": 0,
    },
    casts={"cast_expression": 0},
    bare=frozenset({"field_identifier", "statement_identifier"}),
    hooks={"preproc_include": includes, "type_definition": typedef},
    this=frozenset(),
    super=frozenset(),
    sees_module=True,
    sequential=True,
    flat=True,
)
