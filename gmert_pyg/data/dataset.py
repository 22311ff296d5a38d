"""Chain graphs of code as a PyG dataset."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections import Counter
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
from gmert_pyg.data.parallel_building import FileBuilder, build_files
from gmert_pyg.data.sources import Source, find_source
from gmert_pyg.data.splits import Split, split_by_group
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
            interpreter without its tests, or a directory, a file, or a glob.
            (default: :obj:`"stdlib"`)
        tokenizer (PreTrainedTokenizerFast, optional): The tokenizer.
            (default: the one shipped in the package)
        schema (Schema, optional): The relations. (default: the twelve
            relations of code)
        max_roots (int, optional): Longer functions are cut into windows of this
            many roots. (default: :obj:`128`)
        max_triples_per_head (int, optional): The most triples that one
            mention of an entity heads. (default: :obj:`4`)
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
            or if a built file is damaged.

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
        max_roots: int = 128,
        max_triples_per_head: int = 4,
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
            max_roots=max_roots,
            max_triples_per_head=max_triples_per_head,
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
        """Sources are read where they lie."""
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
        """The top-level module or package of every graph."""
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

    def split(self, share: float = 0.1, seed: int = 0) -> Split:
        """Hold out whole top-level modules or packages.

        Where none of them is small enough, as in a corpus of one package, whole
        files are held out. Training graphs that nearly repeat a held-out one
        are left out.

        Args:
            share: the share of graphs to hold out. (default: :obj:`0.1`)
            seed: the seed of the choice. (default: :obj:`0`)

        Raises:
            ValueError: if `share` is not within (0, 1), or if there are too few
                graphs.
        """
        columns, pointers = self.store.columns, self.store.pointers
        is_root = columns["node_type"] == 0
        before = torch.cat([torch.zeros(1), is_root.cumsum(0)]).long()
        groups = self.index_select(range(self.len())).groups
        if min(Counter(groups).values()) > share * self.len():
            groups = self.store.strings["path"]
        return split_by_group(
            groups,
            columns["input_ids"][is_root].long().numpy(),
            before[pointers["input_ids"]].numpy(),
            share=share,
            seed=seed,
        )

    def _download(self) -> None:
        """Fetch nothing: sources are read where they lie."""

    def _process(self) -> None:
        """Build the store unless it is there.

        PyG's own form also writes and unpickles the names of `pre_transform`
        and `pre_filter`: here they are part of the store's name, and a dataset
        from a stranger runs no code.
        """
        if self.force_reload or not Path(self.processed_paths[0]).is_file():
            self.process()
