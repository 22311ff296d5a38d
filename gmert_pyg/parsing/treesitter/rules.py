"""What a language's grammar calls things: rules for types of nodes.

A description is data: it says which node types define, bind, call and so on,
and in which fields their parts are. One extractor reads all languages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

LAST = "-"
"""In the place of a field: the last child."""


class ClassRule(NamedTuple):
    """A class, an interface, a struct or another type with members.

    Args:
        name: the field of its name.
        body: the field of its body; a node without one only refers to a type.
            Empty for a body that may stand alone: a class without a name.
        bodies: the types of body that hold members, all if empty; a name for
            any other type is an entity of kind `type`.
        is_namespace: whether code in it sees its names without a receiver.
    """

    name: str = "name"
    body: str = "body"
    bodies: frozenset[str] = frozenset()
    is_namespace: bool = False


class FunctionRule(NamedTuple):
    """A function, a method or a signature.

    Args:
        name: the field of its name, which declarators may wrap.
        parameters: the fields that may hold its parameters.
        returns: the field of the type that it returns.
        body: the field of its body.
        receiver: the field of the receiver that makes it a method.
        keeps_this: whether `this` is that of the code around it.
        within: what a declarator must declare to be a signature.
        binds: whether its name can be used without a receiver.
        is_member: whether it is nothing outside a class.
    """

    name: str = "name"
    parameters: tuple[str, ...] = ("parameters",)
    returns: str = "return_type"
    body: str = "body"
    receiver: str = ""
    keeps_this: bool = False
    within: frozenset[str] = frozenset()
    binds: bool = True
    is_member: bool = False


class BindingRule(NamedTuple):
    """A parameter, a variable, a field or a loop variable.

    Args:
        target: the field of what is bound, empty for the first child, or
            `LAST`.
        type: the field of the declared type.
        value: the field of the value.
        declares: whether names are bound that were not before.
        hoists: types of the parent with which a name belongs to the function.
        kind: a field without which nothing is declared.
        part: whether the target takes only a part of the value.
        is_type: whether it is a type parameter.
        is_member: whether it is nothing outside a class.
        is_outer: whether it belongs to the scope around its class.
    """

    target: str = "name"
    type: str = "type"
    value: str = "value"
    declares: bool = True
    hoists: frozenset[str] = frozenset()
    kind: str = ""
    part: bool = False
    is_type: bool = False
    is_member: bool = False
    is_outer: bool = False


class CallRule(NamedTuple):
    """A call.

    Args:
        function: the field of the callee, or of its bare name.
        receiver: the field of what a bare name is an attribute of.
        arguments: the field of the arguments.
    """

    function: str = "function"
    receiver: str = ""
    arguments: str = "arguments"


class ConstructRule(NamedTuple):
    """An expression that makes an instance of a type it names."""

    type: str = "type"
    arguments: str = "arguments"


class MemberRule(NamedTuple):
    """A member of something; empty fields stand for first and last child."""

    object: str = "object"
    name: str = "property"


class HeritageRule(NamedTuple):
    """A list of base classes.

    Args:
        of: the field of the class that holds the list, if it needs one.
    """

    of: str = ""


Rule = (
    ClassRule
    | FunctionRule
    | BindingRule
    | CallRule
    | ConstructRule
    | MemberRule
    | HeritageRule
)
Hook = Callable[[Any, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """How to read one language.

    Args:
        language: its name.
        grammar: the module of its grammar, and the function that returns it.
        identifiers: types of the tokens that name something.
        rules: what other nodes are.
        parameters: parameter nodes, apart from bare patterns.
        patterns: nodes that wrap what is bound, with the field to enter, or
            empty to enter all children.
        parts: patterns that take a value apart.
        declarators: nodes of one target and its value, inside a declaration
            that names the type for all.
        bodies: nodes whose children are statements, or members.
        blocks: nodes that open a scope for variables.
        wrappers: nodes that stand for one of their children, by its place.
        casts: nodes that state the type of a value, by the type's place.
        named_types: nodes that are a name for a type, possibly with arguments;
            with the field of the name.
        bare: token types, or `parent.field` of tokens, that name nothing which
            could be resolved.
        keys: nodes that hold a member of the type that is being made.
        decorators: nodes before the header of a definition.
        hooks: functions for what is too particular to be data: imports.
        returns: nodes that return a value.
        this: node types of the current instance.
        super: node types of its base class.
        constructor: the name of constructors, if they share one.
        receiver: whether the first parameter of a method is its instance.
        properties: nodes that make a parameter a field, too.
        names_lambdas: whether a function without a name has that of the
            variable it is bound to.
        builtins: names that need no import.
        builtins_module: the module they belong to.
        inferred: names of types that leave the type to the value.
        fields_apart: whether a field may have the name of a method.
        sees_members: whether members are in scope without `this`.
        sees_module: whether an unbound name may be another file's, by module.
        stars_bind: whether imports with a star bind names in the file.
        sequential: whether variables of functions exist from their declaration
            on.
        embeds: whether a field without a name embeds its type.
        flat: whether a class inside a class belongs to the scope around both.
    """

    language: str
    grammar: tuple[str, str]
    identifiers: frozenset[str]
    rules: Mapping[str, Rule]
    parameters: Mapping[str, BindingRule] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()
    declarators: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    bodies: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()
    wrappers: Mapping[str, int] = field(default_factory=dict)
    casts: Mapping[str, int] = field(default_factory=dict)
    named_types: Mapping[str, str] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    decorators: frozenset[str] = frozenset()
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    returns: frozenset[str] = frozenset({"return_statement"})
    this: frozenset[str] = frozenset({"this"})
    super: frozenset[str] = frozenset({"super"})
    constructor: str = ""
    receiver: bool = False
    properties: frozenset[str] = frozenset()
    names_lambdas: bool = False
    builtins: frozenset[str] = frozenset()
    builtins_module: str = ""
    inferred: frozenset[str] = frozenset()
    fields_apart: bool = False
    sees_members: bool = False
    sees_module: bool = False
    stars_bind: bool = False
    sequential: bool = False
    embeds: bool = False
    flat: bool = False
