"""JavaScript: a file is a module, named by its path without the suffix."""

from __future__ import annotations

import re

from gmert_pyg.parsing.treesitter.declarations import Declarations
from gmert_pyg.parsing.treesitter.imports import (
    beside,
    bind_import,
    file_module,
    state_import,
)
from gmert_pyg.parsing.treesitter.rules import (
    BindingRule,
    CallRule,
    ClassRule,
    ConstructRule,
    Description,
    FunctionRule,
    HeritageRule,
    MemberRule,
    Rule,
)
from gmert_pyg.parsing.treesitter.scopes import Binding
from gmert_pyg.schema import EntityKind

SUFFIXES = (
    *(".d.ts", ".d.mts", ".d.cts", ".ts", ".tsx", ".mts", ".cts"),
    *(".js", ".jsx", ".mjs", ".cjs"),
)
_NAMES = """
AbortController Array ArrayBuffer BigInt Blob Boolean Buffer DataView Date
Error Event EventTarget Float32Array Float64Array FormData Function Headers
Infinity Int32Array Intl JSON Map Math NaN Number Object Promise Proxy
RangeError ReferenceError Reflect RegExp Request Response Set String Symbol
SyntaxError TextDecoder TextEncoder TypeError URL URLSearchParams Uint8Array
WeakMap WeakRef WeakSet XMLHttpRequest alert arguments clearInterval
clearTimeout console decodeURIComponent document encodeURIComponent fetch
globalThis isFinite isNaN localStorage location navigator parseFloat
parseInt performance process queueMicrotask requestAnimationFrame require
sessionStorage setImmediate setInterval setTimeout structuredClone window
"""
GLOBALS = frozenset(_NAMES.split())


_DEFAULT = re.compile(r"export\s+default\b")


def imported_module(found: Declarations, node: int | None) -> str:
    """Return the module that a string names."""
    if node is None:
        return ""
    tree = found.tree
    text = tree.source(node)[1:-1]
    if not text.startswith("."):
        return text.replace(".", "_")
    file = found.file
    path = beside(file.module, file.is_package, text)
    return file_module(path, SUFFIXES, "index")


def imports(found: Declarations, node: int) -> None:
    """`import A, { b as c }, * as d from './m'`."""
    tree = found.tree
    clause = None
    place = tree.child(node, "source")
    for child in tree.children(node):
        if tree.type[child] in ("import_clause", "import_require_clause"):
            clause = child
            place = place or tree.child(child, "source")
    source = imported_module(found, place)
    if not source or place is None:
        return
    state_import(found, source, None, place)
    if clause is None:
        return
    relative = tree.source(place)[1:2] == "."
    for child in tree.children(clause):
        kind = tree.type[child]
        if kind == "identifier":
            whole = tree.type[clause] == "import_require_clause"
            path = source if whole or not relative else f"{source}.default"
            _bind(found, child, path, source, place)
        elif kind == "namespace_import":
            _bind(found, child + 1, source, "", place)
        elif kind == "named_imports":
            for specifier in tree.children(child):
                _specifier(found, specifier, source, place)


def _specifier(found: Declarations, node: int, source: str, place: int) -> None:
    tree = found.tree
    name, alias = tree.child(node, "name"), tree.child(node, "alias")
    if name is None:
        return
    path = f"{source}.{tree.source(name)}"
    if alias is not None:
        found.recorder.mention(tree.span(name), path)
    _bind(found, name if alias is None else alias, path, source, place)


def _bind(
    found: Declarations, leaf: int, path: str, source: str, place: int
) -> None:
    tree = found.tree
    if leaf >= len(tree) or not found.file.is_name(leaf):
        return
    binding = bind_import(found, tree.source(leaf), path)
    found.file.declared[leaf] = binding
    found.recorder.mention(tree.span(leaf), path)
    if source:
        state_import(found, source, path, place)


def exports(found: Declarations, node: int) -> None:
    """`export { a as b } from './m'`, `export *`, `export default a`."""
    tree, recorder = found.tree, found.recorder
    module = found.file.module
    place = tree.child(node, "source")
    source = imported_module(found, place)
    clause = None
    for child in tree.children(node):
        if tree.type[child] == "export_clause":
            clause = child
    if source and place is not None:
        state_import(found, source, None, place)
        if clause is None:
            found.file.stars.append(source)
    for specifier in tree.children(clause) if clause is not None else ():
        name, alias = (
            tree.child(specifier, "name"),
            tree.child(specifier, "alias"),
        )
        if name is None:
            continue
        path = f"{source}.{tree.source(name)}"
        if not source:
            path = _own(found, tree.source(name))
        if source:
            recorder.mention(tree.span(name), path)
        shown = tree.source(name if alias is None else alias)
        if alias is not None:
            recorder.mention(tree.span(alias), path)
        if f"{module}.{shown}" != path:
            recorder.aliases.setdefault(f"{module}.{shown}", path)
    _default(found, node)


def _default(found: Declarations, node: int) -> None:
    tree, module = found.tree, found.file.module
    if not _DEFAULT.match(tree.text, tree.start[node]):
        return
    value = tree.child(node, "value") or tree.child(node, "declaration")
    if value is None:
        return
    leaf = value if found.file.is_name(value) else tree.child(value, "name")
    if leaf is not None and found.file.is_name(leaf):
        path = f"{module}.{tree.source(leaf)}"
        found.recorder.aliases.setdefault(f"{module}.default", path)


def assignment(found: Declarations, node: int) -> None:
    """`exports.a = ...`, `module.exports.a = ...` and `module.exports = a`."""
    tree, file = found.tree, found.file
    left, right = tree.child(node, "left"), tree.child(node, "right")
    if left is None or right is None or tree.type[left] != "member_expression":
        return
    text = tree.source(left)
    aliases, module = found.recorder.aliases, file.module
    if text == "module.exports":
        _object(found, right)
        if file.is_name(right):
            path = _own(found, tree.source(right))
            aliases.setdefault(module, path)
            aliases.setdefault(f"{module}.default", path)
        return
    holder, _, name = text.rpartition(".")
    if holder not in ("exports", "module.exports") or not name.isidentifier():
        return
    leaf = tree.child(left, "property")
    if leaf is None:
        return
    path = f"{module}.{name}"
    if file.is_name(right):
        if tree.source(right) != name:
            aliases.setdefault(path, _own(found, tree.source(right)))
    elif name not in file.root.names:
        kind = EntityKind.VARIABLE
        if found.defines(right):
            kind = EntityKind.FUNCTION
            found.give(right, leaf)
            return
        found.declare(file.root, leaf, Binding(path, kind))


def _own(found: Declarations, name: str) -> str:
    """Return the path of a name of the file, through its import if any."""
    known = found.file.root.names.get(name)
    return f"{found.file.module}.{name}" if known is None else known.target


def _object(found: Declarations, node: int) -> None:
    """`module.exports = { a, b: c }`."""
    tree, module = found.tree, found.file.module
    for part in tree.children(node):
        name = value = part
        if tree.type[part] == "pair":
            key, held = tree.child(part, "key"), tree.child(part, "value")
            if key is None or held is None:
                continue
            name, value = key, held
        if found.file.is_name(name) and found.file.is_name(value):
            own, path = f"{module}.{tree.source(name)}", tree.source(value)
            if own != _own(found, path):
                found.recorder.aliases.setdefault(own, _own(found, path))


def require(found: Declarations, node: int) -> None:
    """Bind what `require` gives: `a`, or each name of `{ a, b: c }`."""
    tree = found.tree
    name, value = tree.child(node, "name"), tree.child(node, "value")
    if name is None or value is None or tree.type[value] != "call_expression":
        return
    function = tree.child(value, "function")
    arguments = tree.child(value, "arguments")
    if function is None or arguments is None:
        return
    place = arguments + 1
    if (
        tree.source(function) != "require"
        or place >= tree.stop[arguments]
        or tree.type[place] != "string"
    ):
        return
    source = imported_module(found, place)
    if not source:
        return
    state_import(found, source, None, place)
    if found.file.is_name(name):
        _bind(found, name, source, "", place)
        return
    for part in tree.children(name):
        if tree.type[part] == "shorthand_property_identifier_pattern":
            path = f"{source}.{tree.source(part)}"
            _bind(found, part, path, source, place)
        elif tree.type[part] == "pair_pattern":
            key, held = tree.child(part, "key"), tree.child(part, "value")
            if key is None or held is None:
                continue
            path = f"{source}.{tree.source(key)}"
            found.recorder.mention(tree.span(key), path)
            _bind(found, held, path, source, place)


_FUNCTION = FunctionRule(parameters=("parameters", "parameter"))
_PARAMETER = BindingRule(target="left", value="right")

RULES: dict[str, Rule] = {
    "class_declaration": ClassRule(),
    "class": ClassRule(),
    "function_declaration": _FUNCTION,
    "generator_function_declaration": _FUNCTION,
    "function_expression": _FUNCTION,
    "generator_function": _FUNCTION,
    "arrow_function": FunctionRule(
        name="", parameters=("parameters", "parameter"), keeps_this=True
    ),
    "method_definition": _FUNCTION,
    "field_definition": BindingRule(target="property"),
    "variable_declarator": BindingRule(
        hoists=frozenset({"variable_declaration"})
    ),
    "for_in_statement": BindingRule(
        target="left", value="right", kind="kind", part=True
    ),
    "catch_clause": BindingRule(target="parameter"),
    "assignment_expression": BindingRule(
        target="left", value="right", declares=False
    ),
    "augmented_assignment_expression": BindingRule(
        target="left", value="right", declares=False, part=True
    ),
    "call_expression": CallRule(),
    "new_expression": ConstructRule(type="constructor"),
    "member_expression": MemberRule(),
}
PATTERNS = {
    "object_pattern": "",
    "array_pattern": "",
    "rest_pattern": "",
    "pair_pattern": "value",
    "assignment_pattern": "left",
    "object_assignment_pattern": "left",
}
BODIES = frozenset({"class_body", "statement_block"})
BLOCKS = frozenset(
    {
        "statement_block",
        "for_statement",
        "for_in_statement",
        "catch_clause",
        "switch_body",
        "object",
    }
)
WRAPPERS = {"parenthesized_expression": 0, "await_expression": 0}
HOOKS = {
    "import_statement": imports,
    "export_statement": exports,
    "assignment_expression": assignment,
    "variable_declarator": require,
}
IDENTIFIERS = frozenset(
    {
        "identifier",
        "property_identifier",
        "private_property_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "statement_identifier",
    }
)
BARE = frozenset(
    {
        "property_identifier",
        "private_property_identifier",
        "statement_identifier",
    }
)

JAVASCRIPT = Description(
    language="javascript",
    grammar=("tree_sitter_javascript", "language"),
    identifiers=IDENTIFIERS,
    rules={**RULES, "class_heritage": HeritageRule()},
    parameters={"assignment_pattern": _PARAMETER},
    patterns=PATTERNS,
    parts=frozenset({"object_pattern", "array_pattern"}),
    bodies=BODIES,
    blocks=BLOCKS,
    wrappers=WRAPPERS,
    bare=BARE,
    decorators=frozenset({"decorator"}),
    hooks=HOOKS,
    constructor="constructor",
    names_lambdas=True,
    builtins=GLOBALS,
    builtins_module="globalThis",
)
