"""What the analysis of one source file states, in a compact, picklable form.

Names are *paths*: dotted qualified-name candidates that `gmert_pyg.kg` resolves
against all modules. Beside plain names a path may hold these steps:

``a.f()``       the value that calling `a.f` gives, an instance if a class
``a.f.=x``      the parameter that the keyword argument `x` of a call binds
``a.C.super()``  the next classes in the method resolution order of `a.C`
``?.x``         the attribute `x` of an unknown receiver
``?x``          a bare name that nothing in the file binds
``type:...``    an annotation that is not a plain name, as written
``doc:a.f``     with, after a line end, the first sentence of its docstring
==============  =============================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gmert_pyg.parsing.columns import (
    FactTable,
    MentionTable,
    OccurrenceTable,
)
from gmert_pyg.parsing.flow import FlowTable
from gmert_pyg.parsing.statement_table import StatementTable
from gmert_pyg.schema import EntityKind


@dataclass(slots=True)
class Entity:
    """A named thing that a file defines.

    Args:
        qualified_name: its dotted name, from the module downwards.
        name: the last part of it, as written.
        kind: what it is.
        line: the line of its first definition, from 1.
        start: where the name starts at that definition (0 for a module).
        end: where the name ends there (0 for a module).
    """

    qualified_name: str
    name: str
    kind: EntityKind
    line: int
    start: int
    end: int


@dataclass(slots=True)
class Definition:
    """The extent of a function or a class, for cutting chunks.

    Args:
        qualified_name: the entity it defines.
        kind: class, function or method.
        start: where its first decorator, or else its header, starts.
        end: where its body ends.
        line: the line of `start`, from 1.
        end_line: the line of `end`.
        header_start: where `def`, `async` or `class` starts.
        body_start: where the first statement of the body starts.
        parent: the qualified name of the definition or module around it.
        nested: whether a function encloses it, at any distance.
    """

    qualified_name: str
    kind: EntityKind
    start: int
    end: int
    line: int
    end_line: int
    header_start: int
    body_start: int
    parent: str
    nested: bool


@dataclass(slots=True)
class ModuleFacts:
    """Everything that one file states.

    Args:
        path: the file.
        module: its dotted module name.
        entities: what it defines, the module first.
        definitions: the extents of functions and classes, by start.
        mentions: every identifier of the text, by start.
        facts: triples of paths with their evidence, by start.
        aliases: names bound by imports, qualified, to what they import.
        assigned: names bound to another name's value, to that name's path.
        stars: modules whose names are imported with a star.
        is_package: whether the file is an `__init__.py`.
        num_chars: the length of the text.
        dropped_spans: identifiers whose position could not be verified.
        statements: the extents of its statements.
        occurrences: edges between the identifiers of the text.
        language: what it is written in.
        recovered: whether a parser had to read past errors of syntax.
        flow: what its expressions may stand for, as constraints.
        held: names annotated with more than a plain name, and functions whose
            result is, to the path of what they hold or give: that of `X()` for
            `X | None`.
    """

    path: str
    module: str
    entities: list[Entity]
    definitions: list[Definition]
    mentions: MentionTable
    facts: FactTable
    aliases: dict[str, str] = field(default_factory=dict)
    assigned: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    is_package: bool = False
    num_chars: int = 0
    dropped_spans: int = 0
    statements: StatementTable = field(default_factory=StatementTable)
    occurrences: OccurrenceTable = field(default_factory=OccurrenceTable)
    language: str = "python"
    recovered: bool = False
    flow: FlowTable = field(default_factory=FlowTable)
    held: dict[str, str] = field(default_factory=dict)
