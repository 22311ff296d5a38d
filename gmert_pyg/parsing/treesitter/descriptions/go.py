"""Go: a folder is a package, and a package is the module."""

from __future__ import annotations

import re

from gmert_pyg.parsing.treesitter.declarations import Declarations
from gmert_pyg.parsing.treesitter.imports import bind_import, state_import
from gmert_pyg.parsing.treesitter.rules import (
    BindingRule,
    CallRule,
    ClassRule,
    ConstructRule,
    Description,
    FunctionRule,
    HeritageRule,
    MemberRule,
)

_NAMES = """
any append bool byte cap clear close comparable complex complex128 complex64
copy delete error float32 float64 imag int int16 int32 int64 int8 len make
max min new panic print println real recover rune string uint uint16 uint32
uint64 uint8 uintptr
"""
_BUILTINS = frozenset(_NAMES.split())
_VERSION = re.compile(r"v\d+\Z")


def module_of_import(path: str) -> str:
    """Return the module name of an import path: dots separate members."""
    return path.replace(".", "_")


def imports(found: Declarations, node: int) -> None:
    """`import "a/b"`, `import c "a/b"` and `import . "a/b"`."""
    file, tree = found.file, found.tree
    place = tree.child(node, "path")
    if place is None:
        return
    path = tree.source(place)[1:-1]
    if not path:
        return
    source = module_of_import(path)
    state_import(found, source, None, place)
    leaf = tree.child(node, "name")
    if leaf is None:
        bind_import(found, _package_name(path), source)
    elif tree.type[leaf] == "dot":
        file.stars.append(source)
    elif file.is_name(leaf):
        binding = bind_import(found, tree.source(leaf), source)
        file.declared[leaf] = binding
        found.recorder.mention(tree.span(leaf), source)


def _package_name(path: str) -> str:
    """Guess the name of a package from its path, as tools of Go do."""
    parts = path.split("/")
    if len(parts) > 1 and _VERSION.match(parts[-1]):
        parts.pop()
    return parts[-1].partition(".")[0].removeprefix("go-")


def package(found: Declarations, node: int) -> None:
    """`package a`: a mention of the module."""
    tree = found.tree
    for child in tree.children(node):
        found.recorder.mention(tree.span(child), found.file.module)


_PARAMETER = BindingRule()
_FUNCTION = FunctionRule(returns="result")

GO = Description(
    language="go",
    grammar=("tree_sitter_go", "language"),
    identifiers=frozenset(
        {
            "identifier",
            "type_identifier",
            "field_identifier",
            "package_identifier",
            "label_name",
        }
    ),
    rules={
        "type_spec": ClassRule(body="type"),
        "type_alias": ClassRule(body="type", bodies=frozenset({"-"})),
        "function_declaration": _FUNCTION,
        "method_declaration": FunctionRule(
            returns="result", receiver="receiver"
        ),
        "method_elem": _FUNCTION,
        "method_spec": _FUNCTION,
        "function_type": FunctionRule(name="", returns="result", body=""),
        "parameter_declaration": _PARAMETER,
        "func_literal": FunctionRule(
            name="", returns="result", keeps_this=True
        ),
        "field_declaration": BindingRule(),
        "const_spec": BindingRule(),
        "var_spec": BindingRule(),
        "short_var_declaration": BindingRule(target="left", value="right"),
        "assignment_statement": BindingRule(
            target="left", value="right", declares=False
        ),
        "range_clause": BindingRule(target="left", value="right", part=True),
        "receive_statement": BindingRule(
            target="left", value="right", part=True
        ),
        "type_switch_statement": BindingRule(target="alias", part=True),
        "type_parameter_declaration": BindingRule(is_type=True),
        "call_expression": CallRule(),
        "composite_literal": ConstructRule(arguments="body"),
        "selector_expression": MemberRule(object="operand", name="field"),
        "qualified_type": MemberRule(object="package", name="name"),
        "type_elem": HeritageRule(),
        "constraint_elem": HeritageRule(),
    },
    parameters={
        "parameter_declaration": _PARAMETER,
        "variadic_parameter_declaration": _PARAMETER,
    },
    patterns={"expression_list": ""},
    bodies=frozenset({"field_declaration_list", "statement_list"}),
    blocks=frozenset(
        {
            "block",
            "for_statement",
            "if_statement",
            "expression_switch_statement",
            "type_switch_statement",
            "select_statement",
            "expression_case",
            "type_case",
            "default_case",
            "communication_case",
        }
    ),
    wrappers={
        "parenthesized_expression": 0,
        "parenthesized_type": 0,
        "pointer_type": 0,
        "unary_expression": 0,
    },
    casts={"type_assertion_expression": -1},
    keys=frozenset({"literal_element"}),
    named_types={"generic_type": "type"},
    bare=frozenset({"label_name", "field_identifier"}),
    hooks={"import_spec": imports, "package_clause": package},
    builtins=_BUILTINS,
    builtins_module="builtin",
    sees_module=True,
    sequential=True,
    embeds=True,
)
