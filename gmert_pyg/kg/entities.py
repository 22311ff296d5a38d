"""The entities of a project, numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gmert_pyg.kg.linkage import other_names
from gmert_pyg.parsing import ModuleFacts
from gmert_pyg.schema import EntityKind


@dataclass(slots=True)
class KGEntity:
    """A named thing of a project, or something outside that it refers to.

    Args:
        qualified_name: its dotted name; `?.x` for an attribute `x` of an
            unknown receiver, the text of the annotation for a type, and
            `doc:` before the name of what a sentence documents.
        name: its last part, as written; the sentence if it is one.
        kind: what it is.
        module: the number of the file that defines it, or -1.
        line: the line of its definition, or 0.
        start: where its name starts at the definition.
        end: where its name ends there.
    """

    qualified_name: str
    name: str
    kind: EntityKind
    module: int = -1
    line: int = 0
    start: int = 0
    end: int = 0


def entity_key(entity: KGEntity) -> str:
    """Return the name that no other entity has.

    That is its qualified name, with `type:` before an annotation: the type
    `int` and a module `int` are two entities.
    """
    return unique_name(entity.qualified_name, entity.kind)


def unique_name(qualified_name: str, kind: str) -> str:
    """Return the name that nothing else has, of what has a name and a kind.

    Args:
        qualified_name: its qualified name, of a type the annotation.
        kind: what it is.
    """
    if kind == EntityKind.TYPE:
        return f"type:{qualified_name}"
    return qualified_name


@dataclass(frozen=True, slots=True)
class KGModule:
    """A file of a project.

    Args:
        path: where it is.
        name: its dotted module name.
        num_chars: the length of its text.
        dropped_spans: identifiers whose position could not be verified.
        language: what it is written in.
        recovered: whether a parser had to read past errors of syntax.
    """

    path: str
    name: str
    num_chars: int
    dropped_spans: int
    language: str = "python"
    recovered: bool = False


def _names_of_others(modules: Sequence[ModuleFacts]) -> dict[str, str]:
    """Return the names under which something else goes, too."""
    names = other_names(modules)
    if not names:
        return names
    defined = {
        entity.qualified_name for facts in modules for entity in facts.entities
    }
    return {other: name for other, name in names.items() if name in defined}


class EntityTable:
    """Entities by number and by qualified name.

    Those that the files define come first, in file order; what lies outside
    follows in the order of its first use.

    Args:
        modules: the facts of all files.
    """

    def __init__(self, modules: Sequence[ModuleFacts]) -> None:
        self.items: list[KGEntity] = []
        self.ids: dict[str, int] = {}
        names = _names_of_others(modules)
        for number, facts in enumerate(modules):
            for entity in facts.entities:
                name = entity.qualified_name
                if name in self.ids or name in names:
                    continue
                self.ids[name] = len(self.items)
                self.items.append(
                    KGEntity(
                        name,
                        entity.name,
                        entity.kind,
                        number,
                        entity.line,
                        entity.start,
                        entity.end,
                    )
                )
        for other, name in names.items():
            self.ids[other] = self.ids[name]
        self.num_defined = len(self.items)

    def external(self, path: str) -> int:
        """Return the entity outside the project that a path names."""
        known = self.ids.get(path)
        if known is None:
            known = self._add(path, path.rpartition(".")[2], "external")
        return known

    def unknown(self, name: str) -> int:
        """Return the entity of an attribute or name that nothing resolves."""
        return self.external(f"?.{name}")

    def type(self, text: str) -> int:
        """Return the entity of an annotation, given its text."""
        # The prefix keeps the annotation `int` and a module `int` apart.
        key = f"type:{text}"
        known = self.ids.get(key)
        if known is None:
            known = self._add(key, text, "type")
            self.items[known].qualified_name = text
        return known

    def documentation(self, path: str) -> int:
        """Return the entity of a sentence, given its `doc:` path."""
        key, _, sentence = path.partition("\n")
        known = self.ids.get(key)
        if known is None:
            known = self._add(key, sentence, "external")
        return known

    def _add(self, path: str, name: str, kind: str) -> int:
        self.ids[path] = number = len(self.items)
        self.items.append(KGEntity(path, name, EntityKind(kind)))
        return number
