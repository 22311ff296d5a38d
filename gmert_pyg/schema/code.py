"""The schemas of code that come with the package."""

from __future__ import annotations

from gmert_pyg.schema.relations import Relation, Schema

_CALLABLE = ("function", "method")
_SCOPE = ("module", "class", *_CALLABLE)
_BOUND = ("variable", "parameter")
_TYPE = ("type", "class", "external")

DEFAULT_SCHEMA = Schema(
    name="code",
    version=1,
    relations=(
        # head (domain) ... tail (range)
        Relation.of("calls", _SCOPE, (*_CALLABLE, "external")),
        Relation.of("declares", ("module", *_CALLABLE), ("variable",)),
        Relation.of("instantiates", _SCOPE, ("class", "external")),
        Relation.of("contains", _SCOPE, ("class", *_CALLABLE)),
        Relation.of("has_type", _BOUND, _TYPE),
        Relation.of("has_field", ("class",), ("variable",)),
        Relation.of("inherits", ("class",), ("class", "external")),
        Relation.of("has_parameter", _CALLABLE, ("parameter",)),
        Relation.of("returns", _CALLABLE, _TYPE),
        Relation.of(
            "imported_from",
            ("module", "class", *_CALLABLE, "variable", "external"),
            ("module", "external"),
        ),
        Relation.of("imports", ("module",), ("module", "external")),
        Relation.of(
            "flows_to", _BOUND, (*_BOUND, *_CALLABLE, "class", "external")
        ),
    ),
    occurrences=(
        "last_use",
        "last_write",
        "computed_from",
        "argument_of",
        "returns_to",
    ),
)
"""The twelve relations of code, and the five relations of occurrences.

calls: the code of the head calls the tail. declares: the head binds the
variable. instantiates: the code of the head constructs the class. contains: the
tail is defined inside the head. has_type: an annotation or a constructor call
gives the head that type. has_field: the class has the attribute. inherits: the
tail is a direct base. has_parameter: the tail is a parameter. returns: the
declared or constructed type of the result. imported_from: the head is taken
from the module. imports: the head imports the module. flows_to: the value of
the head is used to compute the tail variable, or is passed to the tail.
"""

EXTENDED_SCHEMA = Schema(
    name="extended",
    version=1,
    relations=(
        *DEFAULT_SCHEMA.relations,
        Relation.of(
            "decorated_by",
            ("class", *_CALLABLE),
            (*_CALLABLE, "class", "external"),
        ),
        Relation.of("raises", _SCOPE, ("class", "external")),
        Relation.of("overrides", ("method",), ("method",)),
        Relation.of("documented_by", _SCOPE, ("external",)),
        Relation.of("awaits", _CALLABLE, (*_CALLABLE, "class", "external")),
    ),
    occurrences=DEFAULT_SCHEMA.occurrences,
)
"""The relations of `DEFAULT_SCHEMA`, with the same ids, and five more.

decorated_by: the tail is applied to the definition as a decorator. raises: the
code of the head raises the exception class. overrides: the next class in the
method resolution order that has a method of that name has the tail.
documented_by: the first sentence of the docstring. awaits: the code of the head
awaits a call of the tail.

A sentence is no name of the program, so its entity lies outside of it: it is of
kind `external` and called `doc:` and the qualified name of what it documents,
which no name of a program can be. The eight kinds stay closed: what is indexed
by kind, node types of a heterogeneous graph for example, is the same for every
schema.
"""
