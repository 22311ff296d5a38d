"""Chain graphs of code as a PyG dataset."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import Dataset
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.building import (
    BuildCounts,
    GraphBuilder,
    GraphOptions,
)
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.graph_store import GraphStore
from gmert_pyg.data.injection import Scorer
from gmert_pyg.data.near_duplicates import Sketches
from gmert_pyg.data.parallel_building import FileBuilder, build_files
from gmert_pyg.data.sources import Source, find_source
from gmert_pyg.data.splits import Split, SplitBy, split_corpus
from gmert_pyg.kg import CodeKG
from gmert_pyg.schema import DEFAULT_SCHEMA, Schema
from gmert_pyg.tokenization import GraphMertTokenizer, tokenizer_hash

Transform = Callable[[ChainGraph], ChainGraph]


class CodeChainGraphs(Dataset):
    r"""The leafy chain graphs of all functions of a code corpus.

    Nothing of the corpus is imported or run. A file that cannot be read or
    parsed is skipped and named in `statistics["skipped"]`. What is built is
    kept in `root/processed`, in a file whose name tells the sources, the
    tokenizer, the schema and the options apart: when one of them changes, the
    dataset is built again.

    Args:
        root (str): Where to keep the dataset.
        source (str, optional): `"stdlib"`, the standard library of the running
            interpreter without its tests; `"python10"`, ten pinned projects;
            `"pypi:flask==3.1.3,click"`, wheels that pip downloads; a `.jsonl`
            or `.jsonl.gz` file whose records have `code`; or a directory, a
            file, or a glob. What is fetched is kept in `root/raw`.
            (default: :obj:`"stdlib"`)
        tokenizer (PreTrainedTokenizerFast, optional): The tokenizer.
            (default: the one shipped in the package)
        schema (Schema, optional): The relations. (default: the twelve
            relations of code)
        unit (str, optional): What becomes chains: `"function"`, `"class"` or
            `"file"`. (default: :obj:`"function"`)
        max_roots (int, optional): Longer units are cut into windows of this
            many roots. (default: :obj:`128`)
        repeat_signature (bool, optional): Whether windows that start inside a
            definition open with its signature. (default: :obj:`False`)
        max_triples_per_head (int, optional): The most triples that one
            mention of an entity heads. (default: :obj:`4`)
        alpha (float, optional): Triples that the scorer rates lower are left
            out. (default: :obj:`0.05`)
        scorer (str or callable, optional): What rates triples:
            `"relevance"`, `"structural"`, `"lexical"`, or a function of
            :class:`~gmert_pyg.data.injection.Candidates`.
            (default: :obj:`"relevance"`)
        unique (str, optional): Within what a triple is grafted only once, where
            it scores best: `"chunk"` or `"file"`. (default: :obj:`"chunk"`)
        local_only (bool, optional): Whether to leave out triples that the chunk
            does not show. (default: :obj:`False`)
        non_local_only (bool, optional): Whether to leave out those that it
            shows. (default: :obj:`False`)
        max_tail_length (int, optional): Triples with longer tails, in tokens,
            are left out. (default: :obj:`16`)
        transform (callable, optional): Applied whenever a graph is read.
        pre_transform (callable, optional): Applied before graphs are saved.
        pre_filter (callable, optional): Tells which graphs to save.
        num_workers (int, optional): The number of processes that parse.
            (default: the number of processors)
        force_reload (bool, optional): Whether to build in any case.
            (default: :obj:`False`)
        progress (bool, optional): Whether to show progress bars.
            (default: :obj:`False`)

    Raises:
        ValueError: if the source does not exist or holds no Python function,
            if a built file is damaged, or if an option is out of its range.

    Example:
        >>> import tempfile, json.tool
        >>> with tempfile.TemporaryDirectory() as root:
        ...     dataset = CodeChainGraphs(root, source=json.tool.__file__)
        >>> dataset[0].qualified_name, dataset.groups[0]
        ('json.tool.main', 'tool')
    """

    def __init__(
        self,
        root: str,
        source: str | os.PathLike[str] = "stdlib",
        *,
        tokenizer: PreTrainedTokenizerFast | None = None,
        schema: Schema = DEFAULT_SCHEMA,
        unit: str = "function",
        max_roots: int = 128,
        repeat_signature: bool = False,
        max_triples_per_head: int = 4,
        alpha: float = 0.05,
        scorer: str | Scorer = "relevance",
        unique: str = "chunk",
        local_only: bool = False,
        non_local_only: bool = False,
        max_tail_length: int = 16,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Callable[[ChainGraph], bool] | None = None,
        num_workers: int | None = None,
        force_reload: bool = False,
        progress: bool = False,
    ) -> None:
        self.source: Source = find_source(source, Path(root, "raw"))
        self.tokenizer = tokenizer or GraphMertTokenizer.default()
        self.schema = schema
        self.options = GraphOptions(
            unit=unit,
            max_roots=max_roots,
            repeat_signature=repeat_signature,
            max_triples_per_head=max_triples_per_head,
            alpha=alpha,
            scorer=scorer,
            unique=unique,
            local_only=local_only,
            non_local_only=non_local_only,
            max_tail_length=max_tail_length,
        )
        self.num_workers = (
            os.cpu_count() or 1 if num_workers is None else num_workers
        )
        self.progress = progress
        self._kg: CodeKG | None = None
        super().__init__(
            root,
            transform,
            pre_transform,
            pre_filter,
            log=False,
            force_reload=force_reload,
        )
        self.store = GraphStore.load(self.processed_paths[0])

    @property
    def raw_file_names(self) -> list[str]:
        """None: the source is found, or fetched, before."""
        return []

    @property
    def processed_file_names(self) -> list[str]:
        """The store, named after all that decides what is in it."""
        # Addresses in memory would make a function another one in each run.
        changes = [
            re.sub(r" at 0x[0-9a-f]+", "", repr(change))
            for change in (self.pre_transform, self.pre_filter)
        ]
        key = json.dumps([self.identity, self.source.fingerprint(), changes])
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        return [f"graphs-{digest}.safetensors"]

    @property
    def identity(self) -> dict[str, Any]:
        """What a model must agree with, as JSON-serialisable data."""
        return {
            "schema": self.schema.to_dict(),
            "tokenizer": tokenizer_hash(self.tokenizer),
            "options": self.options.to_dict(),
        }

    @property
    def statistics(self) -> dict[str, Any]:
        """Counts of the build: files, functions, nodes, relations, skipped."""
        statistics: dict[str, Any] = self.store.header["statistics"]
        return statistics

    @property
    def kg(self) -> CodeKG:
        """The static knowledge graph of the corpus, read anew if need be."""
        if self._kg is None:
            (project,) = self.source.projects
            self._kg = CodeKG.from_source(
                project.files,
                root=project.root,
                schema=self.schema,
                progress=self.progress,
                num_workers=self.num_workers,
            )
        return self._kg

    @property
    def groups(self) -> list[str]:
        """The project of every graph, or of one project, the module."""
        of_path: dict[str, str] = {}
        groups = []
        for index in self.indices():
            path = self.store.strings["path"][index]
            if path not in of_path:
                of_path[path] = self.source.group(path)
            groups.append(of_path[path])
        return groups

    @property
    def num_nodes_per_graph(self) -> NDArray[np.int64]:
        """The number of nodes of every graph, without reading any."""
        sizes = np.diff(self.store.pointers["input_ids"].numpy())
        chosen: NDArray[np.int64] = sizes[np.asarray(self.indices())]
        return chosen

    def process(self) -> None:
        """Build all graphs, and write them at once."""
        started = time.perf_counter()
        builder = GraphBuilder(self.kg, self.tokenizer, self.options)
        store, counts = build_files(
            FileBuilder(builder, self.pre_filter, self.pre_transform),
            self.num_workers,
            self.progress,
        )
        if store is None:
            skipped = "; ".join(
                f"{path}: {reason}" for path, reason in self.kg.skipped.items()
            )
            raise ValueError(
                "'source' must hold a Python function (got none in"
                f" '{self.source.name}'{'; ' + skipped if skipped else ''})"
            )
        statistics = self._statistics(store, counts)
        statistics["long_tails"] = builder.tails.num_long
        statistics["seconds"] = round(time.perf_counter() - started, 1)
        store.header = {"identity": self.identity, "statistics": statistics}
        store.save(self.processed_paths[0])

    def _statistics(
        self, store: GraphStore, counts: BuildCounts
    ) -> dict[str, Any]:
        columns = store.columns
        is_leaf = columns["node_type"] == 1
        first = columns["slot"] == 1
        relation = self.kg.triples.relation[columns["kg_triple"].long().numpy()]
        triples = np.bincount(relation, minlength=self.schema.num_relations)
        return {
            "source": self.source.description,
            "files": len(self.kg.modules),
            "skipped": {**self.source.skipped, **self.kg.skipped},
            "functions": counts.functions,
            "graphs": len(store),
            "roots": int((~is_leaf).sum()),
            "leaves": int(is_leaf.sum()),
            "triples": int(first.sum()),
            "triples_by_relation": dict(
                zip(self.schema.relation_names, triples.tolist(), strict=True)
            ),
            "local_share": float(columns["local"][first].float().mean()),
            "linked_share": counts.linked / max(counts.mentions, 1),
        }

    def len(self) -> int:
        """Return the number of graphs."""
        return len(self.store)

    def get(self, idx: int) -> ChainGraph:
        """Return one graph, before any transform."""
        return self.store.get(idx)

    def split(
        self,
        share: float | None = None,
        seed: int = 0,
        *,
        test_share: float = 0.0,
        by: SplitBy | None = None,
    ) -> Split:
        """Hold out whole projects, top-level modules or packages, or files.

        Graphs that exactly or nearly repeat a graph of a later part are left
        out: training graphs that repeat a validation or test graph, and
        validation graphs that repeat a test graph.

        Args:
            share: the share of graphs to validate on. (default: the parts that
                a named corpus pins, or else a tenth)
            seed: the seed of the choice. (default: :obj:`0`)
            test_share: the share of graphs to test on. (default: :obj:`0.0`)
            by: `"project"`, `"module"` or `"file"`. (default: projects if there
                are several, or else modules, or else, where none is small
                enough, files)

        Raises:
            ValueError: if a share is not within (0, 1), or if there are too few
                graphs.
        """
        columns, pointers = self.store.columns, self.store.pointers
        is_root = columns["node_type"] == 0
        before = torch.cat([torch.zeros(1), is_root.cumsum(0)]).long()
        sketches = Sketches.of(
            columns["input_ids"][is_root].numpy(),
            before[pointers["input_ids"]].numpy(),
        )
        numbers: dict[str, int] = {}
        path_of = [
            numbers.setdefault(path, len(numbers))
            for path in self.store.strings["path"]
        ]
        return split_corpus(
            self.source,
            list(numbers),
            np.array(path_of),
            sketches,
            share=share,
            test_share=test_share,
            by=by,
            seed=seed,
        )

    def _download(self) -> None:
        """Fetch nothing: the source was found, or fetched, before."""

    def _process(self) -> None:
        """Build the store unless it is there.

        PyG's own form also writes and unpickles the names of `pre_transform`
        and `pre_filter`: here they are part of the store's name, and a dataset
        from a stranger runs no code.
        """
        if self.force_reload or not Path(self.processed_paths[0]).is_file():
            self.process()
