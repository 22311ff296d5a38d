"""Java: a package is the module; its files share it."""

from __future__ import annotations

from gmert_pyg.parsing.treesitter.declarations import Declarations
from gmert_pyg.parsing.treesitter.imports import bind_import, state_import
from gmert_pyg.parsing.treesitter.rules import (
    LAST,
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
Appendable AutoCloseable Boolean Byte CharSequence Character Class
ClassCastException ClassLoader ClassNotFoundException Cloneable Comparable
Deprecated Double Enum Error Exception Float FunctionalInterface
IllegalArgumentException IllegalStateException IndexOutOfBoundsException
Integer InterruptedException Iterable Long Math NullPointerException Number
NumberFormatException Object Override Process ProcessBuilder Record Runnable
Runtime RuntimeException SafeVarargs Short StackTraceElement StrictMath
String StringBuffer StringBuilder SuppressWarnings System Thread ThreadLocal
Throwable UnsupportedOperationException Void
"""
_LANG = frozenset(_NAMES.split())


def package(found: Declarations, node: int) -> None:
    """`package a.b;`: the names of the file start with it."""
    file, tree = found.file, found.tree
    for child in tree.children(node):
        if tree.type[child] in ("identifier", "scoped_identifier"):
            name = "".join(tree.source(child).split())
            file.module = file.root.qualname = file.root.owner = name
            _mention(found, child)


def imports(found: Declarations, node: int) -> None:
    """`import a.B;`, `import a.*;` and `import static a.B.c;`."""
    file, tree = found.file, found.tree
    children = list(tree.children(node))
    if not children:
        return
    leaves = _mention(found, children[0])
    if not leaves:
        return
    parts = [tree.source(leaf) for leaf in leaves]
    lower = next(
        (i for i, part in enumerate(parts) if part[:1].isupper()), len(parts)
    )
    if any(tree.type[child] == "asterisk" for child in children):
        path = ".".join(parts)
        file.stars.append(path)
        state_import(found, ".".join(parts[:lower]), None, leaves[-1])
        return
    lower = min(lower, len(parts) - 1)
    place = leaves[max(lower - 1, 0)]
    path, source = ".".join(parts), ".".join(parts[:lower])
    bind_import(found, parts[-1], path)
    state_import(found, source, path, place)


def _mention(found: Declarations, node: int) -> list[int]:
    """Mention every part of a dotted name, up to itself."""
    file, tree = found.file, found.tree
    leaves = [n for n in range(node, tree.stop[node]) if file.is_name(n)]
    path = ""
    for leaf in leaves:
        path += tree.source(leaf)
        found.recorder.mention(tree.span(leaf), path)
        path += "."
    return leaves


_CLASS = ClassRule()
_METHOD = FunctionRule(returns="type")
_CONSTRUCTOR = FunctionRule(returns="", binds=False)
_TYPED = BindingRule(target="declarator")
_PARAMETER = BindingRule()
_LAST = BindingRule(target=LAST, type="")

JAVA = Description(
    language="java",
    grammar=("tree_sitter_java", "language"),
    identifiers=frozenset({"identifier", "type_identifier"}),
    rules={
        "class_declaration": _CLASS,
        "interface_declaration": _CLASS,
        "enum_declaration": _CLASS,
        "record_declaration": _CLASS,
        "annotation_type_declaration": _CLASS,
        "class_body": ClassRule(name="", body=""),
        "method_declaration": _METHOD,
        "constructor_declaration": _CONSTRUCTOR,
        "compact_constructor_declaration": _CONSTRUCTOR,
        "annotation_type_element_declaration": _METHOD,
        "lambda_expression": FunctionRule(name="", keeps_this=True),
        "formal_parameter": _PARAMETER,
        "spread_parameter": _LAST,
        "catch_formal_parameter": _PARAMETER,
        "field_declaration": _TYPED,
        "constant_declaration": _TYPED,
        "local_variable_declaration": _TYPED,
        "enhanced_for_statement": BindingRule(part=True),
        "resource": BindingRule(),
        "instanceof_expression": BindingRule(type="right", value="left"),
        "type_pattern": _LAST,
        "enum_constant": BindingRule(),
        "type_parameter": BindingRule(target="", is_type=True),
        "method_invocation": CallRule(function="name", receiver="object"),
        "object_creation_expression": ConstructRule(),
        "field_access": MemberRule(name="field"),
        "scoped_identifier": MemberRule(object="scope", name="name"),
        "scoped_type_identifier": MemberRule(object="", name=""),
        "method_reference": MemberRule(object="", name=""),
        "superclass": HeritageRule(),
        "type_list": HeritageRule(),
    },
    parameters={
        "formal_parameter": _PARAMETER,
        "spread_parameter": _LAST,
    },
    patterns={"variable_declarator": "name"},
    declarators={"variable_declarator": ("name", "value")},
    bodies=frozenset(
        {
            "annotation_type_body",
            "block",
            "class_body",
            "constructor_body",
            "enum_body_declarations",
            "interface_body",
        }
    ),
    blocks=frozenset(
        {
            "block",
            "for_statement",
            "enhanced_for_statement",
            "catch_clause",
            "try_with_resources_statement",
            "switch_block",
        }
    ),
    wrappers={"parenthesized_expression": 0},
    casts={"cast_expression": 0},
    named_types={"generic_type": ""},
    bare=frozenset(
        {
            "labeled_statement.",
            "break_statement.!",
            "continue_statement.!",
            "element_value_pair.key",
        }
    ),
    decorators=frozenset({"marker_annotation", "annotation"}),
    hooks={"package_declaration": package, "import_declaration": imports},
    builtins=_LANG,
    builtins_module="java.lang",
    inferred=frozenset({"var"}),
    fields_apart=True,
    sees_members=True,
    sees_module=True,
    sequential=True,
)
