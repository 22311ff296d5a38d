"""Building one shard: parsing, linking, grafting, writing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.building import BuildCounts, GraphBuilder, GraphOptions
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.corpus.build_plan import Piece, ShardTask
from gmert_pyg.data.corpus.build_statistics import count_graphs
from gmert_pyg.data.corpus.parsed_files import ParsedFiles
from gmert_pyg.data.sources import Project
from gmert_pyg.data.storage.column_file import file_sha256
from gmert_pyg.data.storage.graph_store import GraphStore
from gmert_pyg.data.storage.sharded_graphs import INDEX_NAME, shard_name
from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.project import SourceFile, name_modules
from gmert_pyg.parsing import SourceError
from gmert_pyg.paused_collection import paused_collection
from gmert_pyg.schema import Schema

GraphTransform = Callable[[ChainGraph], ChainGraph]
GraphFilter = Callable[[ChainGraph], bool]
# What a shard is and holds, as JSON-serialisable data.
ShardReport = dict[str, Any]
_REPORTED = ("input", "files", "skipped", "recovered", "projects")


@dataclass(frozen=True, slots=True)
class LinkedProject:
    """A project whose files were parsed and linked.

    Args:
        builder: builds its graphs.
        module: by file, its number in the knowledge graph, or `None` if it was
            skipped.
    """

    builder: GraphBuilder
    module: tuple[int | None, ...]


@dataclass
class ShardBuilder:
    """Builds shards of a corpus, the same ones in any process.

    Args:
        projects: the projects of the corpus.
        parsed: what is known of their files.
        directory: where the shards are to be.
        identity: decides, with the files, what is in them.
        tokenizer: the tokenizer.
        options: what decides the graphs.
        schema: the relations.
        keep: tells which graphs to keep. (default: all)
        transform: applied to those.
    """

    projects: Sequence[Project]
    parsed: ParsedFiles
    directory: Path
    identity: str
    tokenizer: PreTrainedTokenizerFast
    options: GraphOptions
    schema: Schema
    keep: GraphFilter | None = None
    transform: GraphTransform | None = None
    # What is known of the project that was worked on last.
    _files: tuple[int, list[SourceFile]] = field(default=(-1, []), init=False)
    _digest: tuple[int, str] = field(default=(-1, ""), init=False)
    _linked: tuple[int, LinkedProject] | None = field(default=None, init=False)

    def files(self, project: int) -> list[SourceFile]:
        """Return the files of a project with their module names."""
        if self._files[0] != project:
            found = self.projects[project]
            self._files = (project, name_modules(found.files, found.root))
        return self._files[1]

    def digest(self, project: int) -> str:
        """Return a hash of all that is known of a project that was parsed."""
        if self._digest[0] != project:
            digest = self.parsed.digest(self.files(project))
            self._digest = (project, digest)
        return self._digest[1]

    def parse(self, files: Sequence[SourceFile]) -> int:
        """Parse the files that were changed, and count them."""
        self._digest = (-1, "")
        return sum(map(self.parsed.update, files))

    def kg(self, project: int) -> CodeKG:
        """Link a project whose files were parsed."""
        modules, skipped = [], {}
        with paused_collection():
            for facts in self.parsed.facts(self.files(project)):
                if isinstance(facts, SourceError):
                    skipped[facts.path] = facts.reason
                else:
                    modules.append(facts)
            return CodeKG(modules, skipped, self.schema)

    def link(self, project: int) -> LinkedProject:
        """Link a project, unless it is the one that was linked last."""
        if self._linked is None or self._linked[0] != project:
            self._linked = None  # frees the memory of the other first
            with paused_collection():
                kg = self.kg(project)
                builder = GraphBuilder(kg, self.tokenizer, self.options)
            number = {module.path: n for n, module in enumerate(kg.modules)}
            linked = LinkedProject(
                builder,
                tuple(number.get(file.path) for file in self.files(project)),
            )
            self._linked = (project, linked)
        return self._linked[1]

    def forget(self) -> None:
        """Delete all that earlier builds made."""
        # Without its index, the rest is no dataset.
        (self.directory / INDEX_NAME).unlink(missing_ok=True)
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.parsed.directory, ignore_errors=True)

    def build(self, task: ShardTask) -> ShardReport:
        """Build a shard, unless it is there, whole and of the same input.

        Small projects are parsed first; the files of a large one must have
        been.
        """
        num_parsed = 0
        if task.large is None:
            for piece in task.pieces:
                num_parsed += self.parse(self.files(piece.project))
        report = self.finished(task)
        built = report is None
        if report is None:
            report = self._build(task)
        return {**report, "parsed": num_parsed, "built": built}

    def finished(self, task: ShardTask) -> ShardReport | None:
        """Return the report of a shard that an earlier build finished."""
        path = self.directory / shard_name(task.number)
        if not path.is_file():
            return None
        try:
            header = GraphStore.load(path).header
        except ValueError:
            return None
        if header["input"] != self._input(task):
            return None
        return _report(path, header)

    def _input(self, task: ShardTask) -> list[Any]:
        """Return what decides the bytes of a shard."""
        return [
            self.identity,
            *([self.digest(p.project), p.start, p.stop] for p in task.pieces),
        ]

    def _build(self, task: ShardTask) -> ShardReport:
        pieces = [self._piece(piece) for piece in task.pieces]
        header = {
            "input": self._input(task),
            "files": [file for piece in pieces for file in piece.files],
            "skipped": {k: v for p in pieces for k, v in p.skipped.items()},
            "recovered": [path for p in pieces for path in p.recovered],
            "projects": [[piece.project, piece.counts] for piece in pieces],
        }
        stores = [piece.store for piece in pieces if piece.store is not None]
        path = self.directory / shard_name(task.number)
        if not stores:
            path.unlink(missing_ok=True)
            return {"graphs": 0, **header}
        GraphStore.concatenate(stores).save(path, header)
        return _report(path, header)

    def _piece(self, piece: Piece) -> _BuiltPiece:
        linked = self.link(piece.project)
        kg = linked.builder.kg
        built = _BuiltPiece(self.projects[piece.project].name)
        total, stores, num_files = BuildCounts(), [], 0
        files = self.files(piece.project)
        for number in range(piece.start, piece.stop):
            file, module = files[number], linked.module[number]
            if module is None:
                built.skipped[file.path] = kg.skipped[file.path]
                continue
            num_files += 1
            if kg.modules[module].recovered:
                built.recovered.append(file.path)
            text, roots = self.parsed.text_and_roots(file)
            store, counts = linked.builder.chunks(module, text, roots)
            total += counts
            changed = self._change(store)
            if changed is not None:
                stores.append(changed)
                built.files.append((file.path, built.project, len(changed)))
        if stores:
            built.store = GraphStore.concatenate(stores)
        # What is of the whole project, its first piece counts.
        num_long, num_dropped = linked.builder.tails.num_long, kg.dropped
        if piece.start:
            num_long, num_dropped = 0, {}
        built.counts = {
            "files": num_files,
            "long_tails": num_long,
            "dropped_facts": sum(num_dropped.values()),
            **count_graphs(built.store, total, self.schema.num_edge_types),
        }
        return built

    def _change(self, store: GraphStore) -> GraphStore | None:
        """Filter and transform graphs; return `None` if none is left."""
        if len(store) == 0:
            return None
        if self.keep is None and self.transform is None:
            return store
        graphs = [store.get(index) for index in range(len(store))]
        if self.keep is not None:
            graphs = [graph for graph in graphs if self.keep(graph)]
        if self.transform is not None:
            graphs = [self.transform(graph) for graph in graphs]
            for graph in graphs:
                if not isinstance(graph, ChainGraph):
                    raise ValueError(
                        "'pre_transform' must return a ChainGraph (got"
                        f" {type(graph).__name__})"
                    )
        return GraphStore.from_graphs(graphs) if graphs else None


@dataclass(slots=True)
class _BuiltPiece:
    project: str
    files: list[tuple[str, str, int]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    recovered: list[str] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    store: GraphStore | None = None


def _report(path: Path, header: dict[str, Any]) -> ShardReport:
    """Describe a shard that was written."""
    return {
        "name": path.name,
        "bytes": path.stat().st_size,
        "sha256": file_sha256(path),
        "graphs": sum(graphs for _, _, graphs in header["files"]),
        **{key: header[key] for key in _REPORTED},
    }
