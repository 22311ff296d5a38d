"""The static knowledge graph of a project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.kg import exports
from gmert_pyg.kg.columns import IntArray
from gmert_pyg.kg.contents import Contents, link
from gmert_pyg.kg.entities import entity_key
from gmert_pyg.kg.jedi_resolver import ask_jedi
from gmert_pyg.kg.project import Source
from gmert_pyg.kg.reading import read_projects
from gmert_pyg.kg.storage import load, save
from gmert_pyg.kg.validation import validate
from gmert_pyg.parsing import (
    Definition,
    Extractor,
    ModuleFacts,
    StatementTable,
    suffixes_of,
)
from gmert_pyg.parsing.columns import OCCURRENCE_CODES
from gmert_pyg.paused_collection import paused_collection
from gmert_pyg.schema import DEFAULT_SCHEMA, EntityKind, Schema

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from torch_geometric.data import Data, HeteroData


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
        self._hold(link(modules, schema, skipped or {}))

    def _hold(self, contents: Contents) -> None:
        self._contents = contents
        self.schema = contents.schema
        self.entities = contents.entities
        self.modules = contents.modules
        self.triples = contents.triples
        self.evidence = contents.evidence
        self.dropped = contents.dropped
        self.skipped = contents.skipped
        self._ids = {entity_key(e): i for i, e in enumerate(self.entities)}
        self._by_path = {m.path: i for i, m in enumerate(self.modules)}
        self._pointers = np.searchsorted(
            self.triples.head, np.arange(len(self.entities) + 1)
        )

    @classmethod
    def from_source(
        cls,
        source: Source | Iterable[Source],
        *,
        languages: str | Iterable[str] = "python",
        root: Source | None = None,
        schema: Schema = DEFAULT_SCHEMA,
        extractors: Sequence[Extractor] = (),
        resolver: Literal["jedi"] | None = None,
        progress: bool = False,
        num_workers: int = 0,
    ) -> CodeKG:
        """Read a project, or several.

        Each directory of a list is a project of its own, whose modules are
        named from it; the files of a list form one project. Where two projects
        have a module of the same name, that of the second becomes `name~2`,
        and means that one in all of the second.

        Args:
            source: a file, a directory (searched at all depths), or a list of
                files and directories.
            languages: the languages whose files a directory is searched for,
                or `"all"`; other than Python needs the extra `languages`.
                (default: :obj:`"python"`)
            root: the folder that module names start below, for files that no
                package holds. (default: that of the source)
            schema: the relations to keep. (default: the twelve of code)
            extractors: what reads further facts from the tree of each file:
                called with the tree and a :class:`ModuleView`, an extractor
                yields :class:`Extracted` facts. The schema must name their
                relations. (default: none)
            resolver: `"jedi"` asks jedi for attributes that the files' own
                facts do not resolve, a hundred per file at most: slow, and
                needs the extra `jedi`. (default: :obj:`None`)
            progress: whether to show a progress bar. (default: :obj:`False`)
            num_workers: how many processes parse; 0 parses in this one.
                (default: :obj:`0`)

        Raises:
            ValueError: if there is no such file or directory, no such language
                or no grammar for it, if an extractor yields what is no fact or
                a relation that the schema does not name, or if the resolver is
                unknown or not installed.
        """
        if resolver not in (None, "jedi"):
            raise ValueError(
                f"'resolver' must be 'jedi' or None (got {resolver!r})"
            )
        modules, skipped = read_projects(
            source,
            root,
            suffixes=suffixes_of(languages),
            extractors=extractors,
            num_workers=num_workers,
            progress=progress,
        )
        for facts in modules:
            for name in facts.facts.own_relations:
                if name not in schema.relation_names:
                    raise ValueError(
                        "'extractors' must yield relations of schema"
                        f" '{schema.name}' (got '{name}' in '{facts.path}')"
                    )
        if resolver == "jedi":
            modules = ask_jedi(modules, progress=progress)
        return cls(modules, skipped, schema)

    @classmethod
    def from_modules(
        cls, modules: Sequence[ModuleFacts], schema: Schema = DEFAULT_SCHEMA
    ) -> CodeKG:
        """Link files that were parsed already."""
        return cls(modules, schema=schema)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the graph to one file, a whole one or none at all.

        Args:
            path: the file; its format is that of safetensors.
        """
        save(self._contents, path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> CodeKG:
        """Read what `save` wrote; nothing in the file is executed.

        Args:
            path: the file.

        Raises:
            ValueError: if the file is cut short, is none of ours, or was
                written by another version.
        """
        kg = cls.__new__(cls)
        with paused_collection():
            kg._hold(load(path))
        return kg

    def validate(self) -> None:
        """Check every triple against the schema.

        Raises:
            ValueError: for the first triple that breaks its relation's domain
                or range, or is otherwise wrong, naming it.
        """
        validate(self._contents)

    @property
    def recovered(self) -> list[str]:
        """The files whose errors of syntax a parser had to read past."""
        return [module.path for module in self.modules if module.recovered]

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
        return self._contents.mentions[self._number(module)]

    def occurrences(
        self, module: int | str
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Return the edges between the identifiers of a file.

        Args:
            module: the file's number, or its path.

        Returns:
            where the identifiers start that they lead from and to, and the
            positions of their relations in the schema's `occurrences`; by
            source.
        """
        table = self._contents.occurrences[self._number(module)]
        columns = (table.source, table.target, table.kind)
        source, target, kind = (np.array(c, np.int32) for c in columns)
        names = self.schema.occurrences
        kinds = [names.index(n) if n in names else -1 for n in OCCURRENCE_CODES]
        kind = np.array(kinds, np.int32)[kind]
        kept = kind >= 0
        return source[kept], target[kept], kind[kept]

    def definitions(self, module: int | str) -> list[Definition]:
        """Return the extents of a file's functions and classes, by start.

        Args:
            module: the file's number, or its path.
        """
        return self._contents.definitions[self._number(module)]

    def statements(self, module: int | str) -> StatementTable:
        """Return the extents of a file's statements.

        Args:
            module: the file's number, or its path.
        """
        return self._contents.statements[self._number(module)]

    def _number(self, module: int | str) -> int:
        return self._by_path[module] if isinstance(module, str) else module

    def tail_text(self, entity: int) -> str:
        """Return how an entity is written where it is the tail of a triple.

        A module is written with its dotted name, a type as it is annotated,
        anything else with its bare name. A surrogate, which a string in an
        annotation may hold but no tokenizer reads, is written as `?`.
        """
        found = self.entities[entity]
        if found.kind is EntityKind.MODULE:
            return found.qualified_name
        return found.name.encode("utf-8", "replace").decode()

    def relation_counts(self) -> dict[str, int]:
        """Return how many triples each relation has."""
        names = self.schema.relation_names
        counts = np.bincount(self.triples.relation, minlength=len(names))
        return dict(zip(names, counts.tolist(), strict=True))

    def to_pandas(self) -> pd.DataFrame:
        """Return the triples as a table, one row each."""
        return exports.to_pandas(self)

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return the triples as a graph whose nodes are qualified names."""
        return exports.to_networkx(self)

    @overload
    def to_pyg(self, hetero: Literal[True] = True) -> HeteroData: ...

    @overload
    def to_pyg(self, hetero: Literal[False]) -> Data: ...

    def to_pyg(self, hetero: bool = True) -> HeteroData | Data:
        """Return the triples as a graph of PyTorch Geometric.

        Args:
            hetero: whether kinds and relations are types of nodes and edges
                (see :func:`~gmert_pyg.kg.exports.pyg.to_hetero`); else they
                are columns (see :func:`~gmert_pyg.kg.exports.pyg.to_data`).
                (default: :obj:`True`)
        """
        return exports.to_hetero(self) if hetero else exports.to_data(self)

    def export(
        self, path: str | PathLike[str], format: str | None = None
    ) -> None:
        """Write the graph for other tools, a whole file or none at all.

        Args:
            path: the file.
            format: `"jsonl"`, `"csv"`, `"parquet"`, `"graphml"`, `"nt"`
                (RDF N-Triples) or `"safetensors"`, which `load` reads.
                (default: that of the suffix)

        Raises:
            ValueError: if there is no such format, or if a package that it
                needs is not installed.
        """
        exports.export(self, path, format)

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
