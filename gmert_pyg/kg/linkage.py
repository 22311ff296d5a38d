"""What C leaves to its preprocessor and its linker, across files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from gmert_pyg.parsing import Entity, ModuleFacts
from gmert_pyg.schema import EntityKind


def star_imports(modules: Sequence[ModuleFacts]) -> dict[str, list[str]]:
    """Return the modules that each module takes all names from.

    Of what a C file includes, only files of the project count: what others
    declare could not be told apart.

    Args:
        modules: the facts of all files.
    """
    stars: dict[str, list[str]] = {}
    for facts in modules:
        known = stars.setdefault(facts.module, [])
        known += [star for star in facts.stars if star not in known]
    headers = _Headers(modules)
    for module in headers.modules:
        found = (headers.find(star) for star in stars[module])
        stars[module] = [header for header in found if header is not None]
    return stars


def other_names(modules: Sequence[ModuleFacts]) -> dict[str, str]:
    """Return the qualified names of what C calls by another name.

    A header that is included from a folder which only the compiler knows, and
    what only declares a function that one other file defines, with its
    parameters.

    Args:
        modules: the facts of all files.
    """
    headers = _Headers(modules)
    names = {}
    for facts in modules:
        if facts.language == "c":
            for star in facts.stars:
                header = headers.find(star)
                if header is not None and header != star:
                    names[star] = header
    return {**names, **_prototypes(modules)}


class _Headers:
    """Finds the module that an `#include` names.

    It is taken for the only module whose name ends like what is written.
    """

    def __init__(self, modules: Sequence[ModuleFacts]) -> None:
        self.modules = {f.module for f in modules if f.language == "c"}
        self._endings: dict[str, list[str]] = defaultdict(list)
        for header in sorted(self.modules):
            for ending in _endings(header):
                self._endings[ending].append(header)

    def find(self, path: str) -> str | None:
        """Return the module of a path, or `None` if there is not one only."""
        if path in self.modules:
            return path
        for ending in _endings(path):
            found = self._endings.get(ending, ())
            if found:
                return found[0] if len(found) == 1 else None
        return None


def _endings(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[i:]) for i in range(len(parts)))


def _prototypes(modules: Sequence[ModuleFacts]) -> dict[str, str]:
    defined: dict[str, set[str]] = defaultdict(set)
    declared: dict[str, str] = {}
    parameters: list[Entity] = []
    for facts in modules:
        if facts.language != "c":
            continue
        bodies = {definition.qualified_name for definition in facts.definitions}
        for entity in facts.entities:
            if entity.kind is EntityKind.PARAMETER:
                parameters.append(entity)
            elif entity.kind is EntityKind.FUNCTION:
                if entity.qualified_name in bodies:
                    defined[entity.name].add(entity.qualified_name)
                else:
                    declared[entity.qualified_name] = entity.name
    names = {
        path: next(iter(defined[name]))
        for path, name in declared.items()
        if len(defined.get(name, ())) == 1 and path not in defined[name]
    }
    for entity in parameters:
        function = entity.qualified_name.rpartition(".")[0]
        if function in names:
            path = f"{names[function]}.{entity.name}"
            names[entity.qualified_name] = path
    return names
