"""Modules, what they import and what they export."""

from __future__ import annotations

from gmert_pyg.kg.flow.attributes import Found
from gmert_pyg.kg.flow.machine import Machine
from gmert_pyg.kg.flow.objects import Kind
from gmert_pyg.parsing.python.scopes import BUILTINS


class Modules:
    """The modules of a project.

    Args:
        machine: the state of the analysis.
    """

    def __init__(self, machine: Machine) -> None:
        self._m = machine
        self.things: dict[str, int] = {}
        self._names: dict[str, dict[str, int]] = {}
        self._stars: dict[str, list[str]] = {}
        self._starred: dict[str, set[str]] = {}
        self._public: dict[str, list[str]] = {}
        self._exports: dict[str, dict[str, None]] = {}

    def define(
        self,
        module: str,
        names: dict[str, int],
        stars: list[str],
        public: list[str] | None,
        starred: set[str],
    ) -> None:
        """Record a module and the nodes of the names it binds or reads.

        Args:
            module: its name.
            names: the nodes of its names.
            stars: the modules it imports all names of.
            public: what `__all__` lists, if there is such a list.
            starred: the names that a star import must bind.
        """
        if module in self._names:
            return
        self.declare(module)
        self._names[module] = names
        self._stars[module] = stars
        self._starred[module] = starred
        if public is not None:
            self._public[module] = public

    def declare(self, module: str) -> int:
        """Return the object of a module."""
        if module not in self.things:
            thing = self._m.objects.add(Kind.MODULE, module)
            self.things[module] = thing
        return self.things[module]

    def attribute(self, thing: int, name: str) -> Found:
        """Return where an attribute of a module comes from."""
        module: str = self._m.objects.data[thing]
        names = self._names[module]
        if name in names and name not in self._starred[module]:
            return Found(names[name])
        inner = self.things.get(f"{module}.{name}")
        if inner is not None:
            return Found(-1, inner)
        for star in self._stars[module]:
            inside = star in self._names and star != module
            if inside and name in self.exports(star):
                return self.attribute(self.things[star], name)
        for star in self._stars[module]:
            if star and star not in self._names:
                return Found(-1, self._m.external(f"{star}.{name}"))
        if name not in names:
            names[name] = self._m.flow.nodes()
        return Found(names[name])

    def exports(self, module: str) -> dict[str, None]:
        """Return the names that `from module import *` binds."""
        known = self._exports.get(module)
        if known is not None:
            return known
        self._exports[module] = {}  # what a cycle of stars finds
        if module in self._public:
            found = dict.fromkeys(self._public[module])
        else:
            given = self._starred[module]
            found = {
                name: None
                for name in self._names[module]
                if name[0] != "_" and name not in given
            }
            for star in self._stars[module]:
                if star in self._names:
                    found.update(self.exports(star))
        self._exports[module] = found
        return found

    def bind(
        self, node: int, module: str, name: str | None, importer: str
    ) -> None:
        """State that a node holds what an `import` statement binds.

        Args:
            node: the node.
            module: the module that is imported, or imported from.
            name: what is imported from it, if not the module itself.
            importer: the module that imports.
        """
        flow = self._m.flow
        if name is not None and module == importer:
            inner = self.things.get(f"{module}.{name}")
            if inner is not None:
                flow.add(node, (inner,))  # a package binds its own module
                return
        thing = self.things.get(module)
        if name is None:
            found = Found(-1, self._module(module) if thing is None else thing)
        elif thing is not None:
            found = self.attribute(thing, name)
        elif not module:
            found = Found(-1, self._module(name))
        else:
            found = Found(-1, self._m.external(f"{module}.{name}"))
        if found.node >= 0:
            flow.edge(found.node, node)
        else:
            flow.add(node, (found.thing,))

    def _module(self, name: str) -> int:
        known = self.things.get(name)
        if known is not None:
            return known
        if name == "builtins":
            return self._m.builtin("")
        return self._m.external(name)

    def bind_star_name(self, node: int, module: str, name: str) -> None:
        """State what a name holds that nothing but a star import can bind."""
        flow = self._m.flow
        for star in self._stars[module]:
            if star in self._names and name in self.exports(star):
                found = self.attribute(self.things[star], name)
                if found.node >= 0:
                    flow.edge(found.node, node)
                else:
                    flow.add(node, (found.thing,))
                return
        if name in BUILTINS:
            flow.add(node, (self._m.builtin(name),))
            return
        for star in self._stars[module]:
            if star and star not in self._names:
                flow.add(node, (self._m.external(f"{star}.{name}"),))
