"""TypeScript: JavaScript with types, interfaces and namespaces."""

from __future__ import annotations

from dataclasses import replace

from gmert_pyg.parsing.treesitter.descriptions import javascript as js
from gmert_pyg.parsing.treesitter.rules import (
    BindingRule,
    ClassRule,
    FunctionRule,
    HeritageRule,
    MemberRule,
)

_SIGNATURE = FunctionRule()
_PARAMETER = BindingRule(target="pattern")
_FIELD = BindingRule()

TYPESCRIPT = replace(
    js.JAVASCRIPT,
    language="typescript",
    grammar=("tree_sitter_typescript", "language_typescript"),
    identifiers=js.IDENTIFIERS | {"type_identifier"},
    rules={
        **js.RULES,
        "abstract_class_declaration": ClassRule(),
        "interface_declaration": ClassRule(),
        "enum_declaration": ClassRule(),
        "internal_module": ClassRule(is_namespace=True),
        "module": ClassRule(is_namespace=True),
        "type_alias_declaration": ClassRule(
            body="value", bodies=frozenset({"object_type"})
        ),
        "function_signature": _SIGNATURE,
        "method_signature": FunctionRule(is_member=True),
        "abstract_method_signature": _SIGNATURE,
        "public_field_definition": _FIELD,
        "property_signature": BindingRule(is_member=True),
        "enum_body": BindingRule(),
        "enum_assignment": BindingRule(),
        "type_parameter": BindingRule(is_type=True),
        "nested_type_identifier": MemberRule(object="module", name="name"),
        "nested_identifier": MemberRule(),
        "extends_clause": HeritageRule(),
        "implements_clause": HeritageRule(),
        "extends_type_clause": HeritageRule(),
    },
    parameters={
        "required_parameter": _PARAMETER,
        "optional_parameter": _PARAMETER,
    },
    wrappers={
        **js.WRAPPERS,
        "type_annotation": 0,
        "non_null_expression": 0,
        "satisfies_expression": 0,
    },
    casts={"as_expression": -1, "type_assertion": 0},
    bodies=js.BODIES | {"interface_body"},
    blocks=js.BLOCKS | {"object_type"},
    named_types={"generic_type": "name"},
    properties=frozenset({"accessibility_modifier", "override_modifier"}),
)
TSX = replace(TYPESCRIPT, grammar=("tree_sitter_typescript", "language_tsx"))
