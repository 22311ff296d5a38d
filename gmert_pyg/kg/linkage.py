"""What C leaves to its preprocessor and its linker, across files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from gmert_pyg.parsing import ModuleFacts
from gmert_pyg.schema import EntityKind


def star_imports(modules: Sequence[ModuleFacts]) -> dict[str, list[str]]:
    """Return the modules that each module takes all names from.

    An `#include` names a file from a folder that only the compiler knows: it
    is taken for the only module whose name ends like it. What lies outside the
    project declares nothing that could be told apart, and is left out.

    Args:
        modules: the facts of all files.
    """
    stars: dict[str, list[str]] = {}
    for facts in modules:
        known = stars.setdefault(facts.module, [])
        known += [star for star in facts.stars if star not in known]
    headers = {facts.module for facts in modules if facts.language == "c"}
    if not headers:
        return stars
    endings: dict[str, list[str]] = defaultdict(list)
    for header in sorted(headers):
        for ending in _endings(header):
            endings[ending].append(header)
    for module in headers:
        found = (_included(star, headers, endings) for star in stars[module])
        stars[module] = [header for header in found if header is not None]
    return stars


def _included(
    path: str, headers: set[str], endings: dict[str, list[str]]
) -> str | None:
    if path in headers:
        return path
    for ending in _endings(path):
        found = endings.get(ending, ())
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _endings(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[i:]) for i in range(len(parts)))


def prototypes(modules: Sequence[ModuleFacts]) -> dict[str, str]:
    """Return what declares a C function elsewhere, by what only declares it.

    Args:
        modules: the facts of all files.
    """
    defined: dict[str, set[str]] = defaultdict(set)
    declared: dict[str, str] = {}
    for facts in modules:
        if facts.language != "c":
            continue
        bodies = {definition.qualified_name for definition in facts.definitions}
        for entity in facts.entities:
            if entity.kind is not EntityKind.FUNCTION:
                continue
            if entity.qualified_name in bodies:
                defined[entity.name].add(entity.qualified_name)
            else:
                declared[entity.qualified_name] = entity.name
    return {
        path: next(iter(defined[name]))
        for path, name in declared.items()
        if len(defined.get(name, ())) == 1 and path not in defined[name]
    }
