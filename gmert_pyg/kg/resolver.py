"""Resolution of paths against all modules of a project."""

from __future__ import annotations

from collections.abc import Sequence

from gmert_pyg.kg.entities import EntityTable
from gmert_pyg.kg.guesses import looks_like_class, unique_methods
from gmert_pyg.kg.hierarchy import Hierarchy, best_tails
from gmert_pyg.kg.linkage import star_imports
from gmert_pyg.parsing import ModuleFacts
from gmert_pyg.schema import EntityKind

_CALLABLE = (EntityKind.FUNCTION, EntityKind.METHOD)
_BOUND = (EntityKind.VARIABLE, EntityKind.PARAMETER)


class Resolver:
    """Finds the entity that a path names, following what the files state.

    Args:
        modules: the facts of all files.
        entities: the entities they define; those outside are added to it.
    """

    def __init__(
        self, modules: Sequence[ModuleFacts], entities: EntityTable
    ) -> None:
        self.entities = entities
        self.how: dict[str, str] = {}
        """How a path was resolved, where that is not how the file had it."""
        self._memo: dict[str, int | None] = {}
        self._aliases: dict[str, str] = {}
        self._assigned: dict[str, str] = {}
        self._held: dict[str, str] = {}
        self._stars = star_imports(modules)
        for facts in reversed(modules):
            self._aliases.update(facts.aliases)
            self._assigned.update(facts.assigned)
            self._held.update(facts.held)
        self._types = best_tails(modules, "has_type")
        self._returns = best_tails(modules, "returns")
        self._hierarchy = Hierarchy(modules, self)
        # Folders of other languages' packages, `com` say, are no modules.
        self._roots = {
            facts.module.partition(".")[0]
            for facts in modules
            if facts.language == "python"
        }
        self._headers = {
            facts.module for facts in modules if facts.language == "c"
        }
        self._unique = unique_methods(entities)

    def entity(self, path: str) -> int:
        """Return the entity of a path, one of an unknown name at worst."""
        found = self.resolve(path)
        if found is not None:
            return found
        name = path.rpartition(".")[2].lstrip("?=").removesuffix("()")
        # Keywords and bare names are not attributes: no method is guessed.
        if path[0] != "?" or path[1:2] == ".":
            unique = None if ".=" in path else self._unique.get(name)
            if unique is not None:
                self.how[path] = "unique-name"
                return unique
        self.how[path] = "name"
        return self.entities.unknown(name)

    def resolve(self, path: str) -> int | None:
        """Return the entity that a path names, if it is known."""
        known = self.entities.ids.get(path)
        if known is not None:
            return known
        if path in self._memo:
            return self._memo[path]
        self._memo[path] = None  # what a cycle finds
        found = self._resolve(path)
        self._memo[path] = found
        return found

    def _resolve(self, path: str) -> int | None:
        if path.startswith("type:"):
            return self.entities.type(path[5:])
        if path[0] == "?" or not path.strip("."):
            return None
        if path.endswith("()"):
            callee = self.resolve(path[:-2])
            return None if callee is None else self.result_of(callee)
        base, _, name = path.rpartition(".")
        if not base:
            inside = path in self._roots
            return None if inside else self.entities.external(path)
        if base.endswith(".super()"):
            owner = self.resolve(base[:-8])
            if owner is None:
                return None
            return self._member(owner, name, path, skip=1)
        holder = self.resolve(base)
        if holder is None:
            return None
        if name[0] == "=":
            return self._keyword(holder, name[1:])
        return self._attribute(holder, name, path)

    def _attribute(self, holder: int, name: str, path: str) -> int | None:
        entity = self.entities.items[holder]
        qualname = entity.qualified_name
        kind = entity.kind
        if kind is EntityKind.EXTERNAL:
            if qualname[0] == "?":
                return None
            return self.entities.external(f"{qualname}.{name}")
        if kind is EntityKind.CLASS:
            return self._member(holder, name, path)
        if kind is EntityKind.MODULE:
            found = self._of_module(qualname, name, path)
            if found is None and qualname in self._aliases:
                # The name of a submodule, rebound to what it holds.
                other = self.resolve(self._aliases[qualname])
                if other is not None and other != holder:
                    return self._attribute(other, name, path)
            if found is None and qualname not in self._headers:
                return self.entities.external(f"{qualname}.{name}")
            return found
        if kind in _BOUND:
            held = self.class_of(holder)
            if held is not None:
                self.how.setdefault(path, "attribute")
                return self._attribute(held, name, path)
        return None

    def _of_module(self, module: str, name: str, path: str) -> int | None:
        full = f"{module}.{name}"
        known = self.entities.ids.get(full)
        if known is not None:
            return known
        if full in self._aliases:
            return self.resolve(self._aliases[full])
        # A star brings a private name only if `__all__` lists it: one that a
        # file of the project defines is used because that is so.
        private = name.startswith("_") and module not in self._headers
        outside = None
        for star in self._stars.get(module, ()):
            if star in self._stars:
                if star != module:
                    found = self.resolve(f"{star}.{name}")
                    if found is not None and found < self.entities.num_defined:
                        self.how.setdefault(path, "star")
                        return found
            elif outside is None and star and not private:
                outside = star
        if outside is not None:
            self.how.setdefault(path, "star")
            return self.entities.external(f"{outside}.{name}")
        return None

    def _member(
        self, owner: int, name: str, path: str, skip: int = 0
    ) -> int | None:
        if self.entities.items[owner].kind is EntityKind.EXTERNAL:
            return self._attribute(owner, name, path)
        outside = None
        for place, held in enumerate(self._hierarchy.mro(owner)[skip:]):
            entity = self.entities.items[held]
            if entity.kind is EntityKind.EXTERNAL:
                outside = held if outside is None else outside
                continue
            full = f"{entity.qualified_name}.{name}"
            found = self.entities.ids.get(full)
            if found is None and full in self._aliases:
                found = self.resolve(self._aliases[full])
            if found is not None:
                if place:
                    self.how.setdefault(path, "inherited")
                return found
        if outside is None:
            return None
        self.how.setdefault(path, "external-base")
        return self._attribute(outside, name, path)

    def _keyword(self, callee: int, name: str) -> int | None:
        entity = self.entities.items[callee]
        if entity.kind in _CALLABLE:
            return self.entities.ids.get(f"{entity.qualified_name}.{name}")
        if entity.kind is EntityKind.CLASS:
            for method in ("__init__", "__new__"):
                init = self._member(callee, method, "")
                if init is not None and init < self.entities.num_defined:
                    found = self._keyword(init, name)
                    if found is not None:
                        return found
            return self._member(callee, name, "")  # a field of a dataclass
        external = entity.kind is EntityKind.EXTERNAL
        if external and entity.qualified_name[0] != "?":
            return self.entities.external(f"{entity.qualified_name}.{name}")
        return None

    def mro(self, number: int) -> list[int]:
        """Return a class and all its bases, in method resolution order."""
        return self._hierarchy.mro(number)

    def result_of(self, callee: int) -> int | None:
        """Return the class of what a call gives, if it is known."""
        entity = self.entities.items[callee]
        if entity.kind is EntityKind.CLASS:
            return callee
        if entity.kind in _CALLABLE:
            path = self._stated(self._returns, entity.qualified_name)
            return None if path is None else self._class(self.resolve(path))
        if entity.kind is EntityKind.EXTERNAL:
            return callee if self.is_class(callee) else None
        value = self.value_of(callee)
        return self.result_of(value) if value is not None else None

    def is_class(self, number: int) -> bool:
        """Tell whether an entity is a class, by its name if it is outside."""
        return looks_like_class(self.entities.items[number])

    def value_of(self, number: int) -> int | None:
        """Return the function or class that a variable is another name of."""
        path = self._assigned.get(self.entities.items[number].qualified_name)
        found = self.resolve(path) if path is not None else None
        if found is None or found == number:
            return None
        if self.entities.items[found].kind in _BOUND:
            return None
        return found

    def class_of(self, number: int) -> int | None:
        """Return the class of a variable or parameter, if it is known."""
        name = self.entities.items[number].qualified_name
        path = self._stated(self._types, name)
        if path is not None:
            return self._class(self.resolve(path))
        return self.value_of(number)

    def _stated(self, types: dict[str, str], name: str) -> str | None:
        """Return the path of the class that a type states, if it does."""
        path = types.get(name)
        if path is not None and path.startswith("type:"):
            return self._held.get(name)
        return path

    def alias_of(self, number: int) -> int | None:
        """Return what a package binds the name of its submodule to."""
        path = self._aliases.get(self.entities.items[number].qualified_name)
        return self.resolve(path) if path is not None else None

    def base_class(self, path: str) -> int | None:
        """Return the class that a base's path names."""
        return self._class(self.resolve(path))

    def name_of(self, number: int) -> str:
        """Return the qualified name of an entity."""
        return self.entities.items[number].qualified_name

    def _class(self, number: int | None) -> int | None:
        if number is None:
            return None
        kind = self.entities.items[number].kind
        if kind in (EntityKind.CLASS, EntityKind.EXTERNAL):
            return number
        return self.value_of(number) if kind in _BOUND else None
