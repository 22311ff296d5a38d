"""Python that `ast` refuses: Python 2, templates, unfinished edits."""

from __future__ import annotations

from gmert_pyg.parsing.python.scopes import BUILTINS
from gmert_pyg.parsing.treesitter.declarations import Declarations
from gmert_pyg.parsing.treesitter.imports import bind_import, state_import
from gmert_pyg.parsing.treesitter.rules import (
    BindingRule,
    CallRule,
    ClassRule,
    Description,
    FunctionRule,
    HeritageRule,
    MemberRule,
)
from gmert_pyg.parsing.treesitter.scopes import Binding
from gmert_pyg.schema import EntityKind


def imports(found: Declarations, node: int) -> None:
    """`import a.b as c, d`."""
    tree = found.tree
    for child in tree.fields(node, "name"):
        aliased = tree.type[child] == "aliased_import"
        name = tree.child(child, "name") if aliased else child
        if name is None:
            continue
        leaves = _mention(found, name, "")
        if not leaves:
            continue
        path = ".".join(tree.source(leaf) for leaf in leaves)
        state_import(found, path, None, leaves[-1])
        alias = tree.child(child, "alias") if aliased else None
        if alias is not None:
            _bind(found, alias, path)
        else:
            first = tree.source(leaves[0])
            bind_import(found, first, first)


def imports_from(found: Declarations, node: int) -> None:
    """`from ..a import b as c`."""
    file, tree = found.file, found.tree
    place = tree.child(node, "module_name")
    if place is None:
        return
    source = _module(found, place)
    leaves = _mention(found, place, source)
    where = leaves[-1] if leaves else place
    if any(tree.type[c] == "wildcard_import" for c in tree.children(node)):
        file.stars.append(source)
        state_import(found, source, None, where)
        return
    for child in tree.fields(node, "name"):
        aliased = tree.type[child] == "aliased_import"
        name = tree.child(child, "name") if aliased else child
        if name is None:
            continue
        text = tree.source(name)
        path = f"{source}.{text}" if source else text
        state_import(found, source, path, where)
        leaf = name + 1 if tree.type[name] == "dotted_name" else name
        if leaf < len(tree) and file.is_name(leaf):
            found.recorder.mention(tree.span(leaf), path)
        alias = tree.child(child, "alias") if aliased else None
        if alias is not None:
            _bind(found, alias, path)
        else:
            bind_import(found, text, path, exported=True)


def _module(found: Declarations, node: int) -> str:
    """Return the absolute name of a module, relative ones included."""
    file, text = found.file, "".join(found.tree.source(node).split())
    name = text.lstrip(".")
    level = len(text) - len(name)
    if not level:
        return name
    parts = file.module.split(".")
    parts = parts[: len(parts) - level + (1 if file.is_package else 0)]
    return ".".join([*parts, *([name] if name else [])])


def _mention(found: Declarations, node: int, source: str) -> list[int]:
    file, tree = found.file, found.tree
    leaves = [n for n in range(node, tree.stop[node]) if file.is_name(n)]
    stated = ".".join(tree.source(leaf) for leaf in leaves)
    path = source[: len(source) - len(stated)] if source else ""
    for leaf in leaves:
        path += tree.source(leaf)
        found.recorder.mention(tree.span(leaf), path)
        path += "."
    return leaves


def _bind(found: Declarations, leaf: int, path: str) -> None:
    if found.file.is_name(leaf):
        name = found.tree.source(leaf)
        binding = bind_import(found, name, path, exported=True)
        found.file.declared[leaf] = binding
        found.recorder.mention(found.tree.span(leaf), path)


def outer(found: Declarations, node: int) -> None:
    """`global a`: the name is the module's in this function."""
    file, tree = found.file, found.tree
    scope = file.scopes[node]
    for leaf in tree.children(node):
        name = tree.source(leaf)
        target = f"{file.module}.{name}"
        binding = Binding(target, EntityKind.VARIABLE)
        scope.names.setdefault(name, file.root.names.setdefault(name, binding))


_TYPED = BindingRule(target="")
_HOISTED = frozenset({""})

PYTHON = Description(
    language="python",
    grammar=("tree_sitter_python", "language"),
    identifiers=frozenset({"identifier"}),
    rules={
        "class_definition": ClassRule(),
        "function_definition": FunctionRule(),
        "lambda": FunctionRule(name="", keeps_this=True),
        "assignment": BindingRule(
            target="left", value="right", hoists=_HOISTED
        ),
        "augmented_assignment": BindingRule(
            target="left", value="right", declares=False, part=True
        ),
        "named_expression": BindingRule(hoists=_HOISTED),
        "for_statement": BindingRule(
            target="left", value="right", part=True, hoists=_HOISTED
        ),
        "for_in_clause": BindingRule(target="left", value="right", part=True),
        "as_pattern": BindingRule(target="alias", hoists=_HOISTED, part=True),
        "call": CallRule(),
        "attribute": MemberRule(name="attribute"),
        "argument_list": HeritageRule(of="superclasses"),
    },
    parameters={
        "default_parameter": BindingRule(),
        "typed_default_parameter": BindingRule(),
        "typed_parameter": _TYPED,
    },
    patterns={
        "pattern_list": "",
        "tuple_pattern": "",
        "list_pattern": "",
        "list_splat_pattern": "",
        "dictionary_splat_pattern": "",
        "as_pattern_target": "",
        "parenthesized_expression": "",
        "expression_list": "",
        "tuple": "",
        "list": "",
    },
    bodies=frozenset({"block"}),
    blocks=frozenset(
        {
            "list_comprehension",
            "set_comprehension",
            "dictionary_comprehension",
            "generator_expression",
        }
    ),
    wrappers={"parenthesized_expression": 0, "await": 0, "type": 0},
    named_types={"generic_type": ""},
    bare=frozenset({"keyword_argument.name!"}),
    decorators=frozenset({"decorator"}),
    hooks={
        "import_statement": imports,
        "import_from_statement": imports_from,
        "global_statement": outer,
    },
    this=frozenset(),
    super=frozenset(),
    receiver=True,
    stars_bind=True,
    builtins=BUILTINS,
    builtins_module="builtins",
)
