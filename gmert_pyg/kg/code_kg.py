"""The static knowledge graph of a project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.kg.columns import IntArray
from gmert_pyg.kg.entities import KGModule
from gmert_pyg.kg.linker import Linker
from gmert_pyg.kg.project import Source, find_files, name_modules, parse_files
from gmert_pyg.parsing import Definition, ModuleFacts, SourceError
from gmert_pyg.schema import DEFAULT_SCHEMA, EntityKind, Schema

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


class CodeKG:
    """What the source of a project states, as typed triples.

    Nothing is imported or executed. Every identifier of every file is linked
    to an entity; what cannot be resolved to one of the project is linked to an
    entity of kind `external`.

    Args:
        modules: the facts of its files, in the order that numbers them.
        skipped: paths of the files that could not be read, with the reason.
        schema: the relations to keep; facts of others are left out.
            (default: the twelve relations of code)

    Attributes:
        entities: all entities; their positions are their ids.
        modules: the files.
        triples: the triples, as columns.
        evidence: every place that states a triple.
        dropped: how many facts broke a relation's domain or range.
        skipped: paths of the files that could not be read, with the reason.

    Example:
        >>> from gmert_pyg.parsing import parse_module
        >>> code = "def area(r): return r * pi()"
        >>> kg = CodeKG.from_modules([parse_module(code, "a.py", "a")])
        >>> kg.to_pandas()[["head", "relation", "tail"]].values.tolist()
        [['a', 'contains', 'a.area'], ['a.area', 'calls', '?.pi'], \
['a.area', 'has_parameter', 'a.area.r']]
    """

    def __init__(
        self,
        modules: Sequence[ModuleFacts],
        skipped: Mapping[str, str] | None = None,
        schema: Schema = DEFAULT_SCHEMA,
    ) -> None:
        linker = Linker(modules, schema)
        self._mentions = linker.mentions()
        self.triples, self.evidence = linker.triples()
        self.dropped = linker.dropped
        self.skipped = dict(skipped or {})
        self.entities = linker.entities.items
        self.schema = schema
        self.modules = [
            KGModule(f.path, f.module, f.num_chars, f.dropped_spans)
            for f in modules
        ]
        self._ids = linker.entities.ids
        self._definitions = [facts.definitions for facts in modules]
        self._by_path = {f.path: i for i, f in enumerate(modules)}
        self._pointers = np.searchsorted(
            self.triples.head, np.arange(len(self.entities) + 1)
        )

    @classmethod
    def from_source(
        cls,
        source: Source | Iterable[Source],
        *,
        root: Source | None = None,
        schema: Schema = DEFAULT_SCHEMA,
        progress: bool = False,
        num_workers: int = 0,
    ) -> CodeKG:
        """Read a project.

        Args:
            source: a file, a directory (searched at all depths), or a list of
                files.
            root: the folder that module names start below, for files that no
                package holds. (default: that of the source)
            schema: the relations to keep. (default: the twelve of code)
            progress: whether to show a progress bar. (default: :obj:`False`)
            num_workers: how many processes parse; 0 parses in this one.
                (default: :obj:`0`)

        Raises:
            ValueError: if there is no such file or directory.
        """
        modules: list[ModuleFacts] = []
        skipped: dict[str, str] = {}
        found = name_modules(find_files(source, skipped), root)
        for facts in parse_files(found, num_workers, progress):
            if isinstance(facts, SourceError):
                skipped[facts.path] = facts.reason
            else:
                modules.append(facts)
        return cls(modules, skipped, schema)

    @classmethod
    def from_modules(
        cls, modules: Sequence[ModuleFacts], schema: Schema = DEFAULT_SCHEMA
    ) -> CodeKG:
        """Link files that were parsed already."""
        return cls(modules, schema=schema)

    def entity_id(self, qualified_name: str) -> int | None:
        """Return the entity with a qualified name, or `None`.

        Annotations that are no plain names are called `type:` and their text.
        """
        return self._ids.get(qualified_name)

    def triples_of(self, entity: int) -> NDArray[np.int64]:
        """Return the triples whose head is an entity, as positions."""
        return np.arange(
            self._pointers[entity], self._pointers[entity + 1], dtype=np.int64
        )

    def mentions(
        self, module: int | str
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Return every identifier of a file.

        Args:
            module: the file's number, or its path.

        Returns:
            where they start and end, in characters, and their entities; by
            start.
        """
        return self._mentions[self._number(module)]

    def definitions(self, module: int | str) -> list[Definition]:
        """Return the extents of a file's functions and classes, by start.

        Args:
            module: the file's number, or its path.
        """
        return self._definitions[self._number(module)]

    def _number(self, module: int | str) -> int:
        return self._by_path[module] if isinstance(module, str) else module

    def tail_text(self, entity: int) -> str:
        """Return how an entity is written where it is the tail of a triple.

        A module is written with its dotted name, a type as it is annotated,
        anything else with its bare name.
        """
        found = self.entities[entity]
        if found.kind is EntityKind.MODULE:
            return found.qualified_name
        return found.name

    def relation_counts(self) -> dict[str, int]:
        """Return how many triples each relation has."""
        names = self.schema.relation_names
        counts = np.bincount(self.triples.relation, minlength=len(names))
        return dict(zip(names, counts.tolist(), strict=True))

    def to_pandas(self) -> pd.DataFrame:
        """Return the triples as a table, one row each."""
        from gmert_pyg.kg.export import to_pandas

        return to_pandas(self)

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return the triples as a graph whose nodes are qualified names."""
        from gmert_pyg.kg.export import to_networkx

        return to_networkx(self)

    def __len__(self) -> int:
        return len(self.triples)

    def __repr__(self) -> str:
        kinds = Counter(str(entity.kind) for entity in self.entities)
        counts = ", ".join(f"{kind}={kinds[kind]}" for kind in sorted(kinds))
        return (
            f"{type(self).__name__}(modules={len(self.modules)}, "
            f"entities={len(self.entities)}, triples={len(self.triples)}, "
            f"{counts})"
        )
