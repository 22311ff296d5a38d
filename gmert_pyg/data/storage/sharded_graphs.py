"""The graphs of a corpus: shards, and the index that makes them a dataset."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.storage.batch_reading import read_batch, set_numbers
from gmert_pyg.data.storage.column_file import (
    file_sha256,
    narrow,
    read_columns,
    write_columns,
)
from gmert_pyg.data.storage.graph_store import GraphStore
from gmert_pyg.data.storage.string_table import StringTable, encode_strings

_KIND = "index"
INDEX_NAME = "index.safetensors"


def shard_name(number: int) -> str:
    """Return the name of a shard's file."""
    return f"graphs-{number:05}.safetensors"


@dataclass(frozen=True, slots=True)
class GraphLocation:
    """Where the code of a graph is.

    Args:
        path: the file.
        qualified_name: the function, class or module.
        line_start: the first line.
        line_end: the last line.
    """

    path: str
    qualified_name: str
    line_start: int
    line_end: int

    def __str__(self) -> str:
        lines = f"{self.line_start}-{self.line_end}"
        return f"{self.path}:{lines} {self.qualified_name}"


class ShardedGraphs:
    """Graphs in several files, each mapped into memory when it is needed.

    Args:
        path: the index, which lies beside the shards.
        root: the folder of the first project, if it may have been moved, with
            all others, since the graphs were built. (default: :obj:`None`)

    Attributes:
        header: what the index says about the dataset.
        num_nodes: by graph, the number of its nodes.
        num_edges: by graph, the number of its edges.
        paths: by graph, the file it was made of, where it was then.
        projects: by graph, the project.

    Raises:
        ValueError: if the index or a shard is missing, cut short, or was not
            written for the other.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        root: str | os.PathLike[str] | None = None,
    ) -> None:
        self.path = Path(path)
        self.header, columns = read_columns(path, _KIND)
        self.num_nodes: NDArray[np.integer] = columns["num_nodes"].numpy()
        self.num_edges: NDArray[np.integer] = columns["num_edges"].numpy()
        self.paths = StringTable.from_columns(columns, "path.")
        self.projects = StringTable.from_columns(columns, "project.")
        self._shards = self.header["shards"]
        sizes = [shard["graphs"] for shard in self._shards]
        self._first = [0, *np.cumsum(sizes).tolist()]
        self._open: dict[int, GraphStore] = {}
        self._root = root
        self._moved = _moved(self.header.get("root"), root)
        for shard in self._shards:
            self._check_size(shard)

    def __len__(self) -> int:
        return len(self.num_nodes)

    def __reduce__(self) -> tuple[type[ShardedGraphs], tuple[Any, ...]]:
        # Another process maps the same files.
        return type(self), (self.path, self._root)

    @property
    def distinct_paths(self) -> list[str]:
        """Where the files are today, by their number in `paths`."""
        return [self._today(path) for path in self.paths.distinct]

    def get(self, index: int) -> ChainGraph:
        """Return one graph."""
        store, number = self._place(index)
        graph = store.get(number)
        mapping = graph._store._mapping
        mapping["graph_id"] = index
        if self._moved is not None and "path" in mapping:
            mapping["path"] = self._today(mapping["path"])
        return graph

    def batch(
        self, indices: Sequence[int], exclude_keys: Collection[str] = ()
    ) -> Batch:
        """Return graphs in one batch, read straight from the columns.

        Args:
            indices: the graphs, in any order.
            exclude_keys: the attributes to leave out. (default: :obj:`()`)

        Raises:
            ValueError: if there is no graph.
        """
        batch = read_batch([self._place(i) for i in indices], exclude_keys)
        if "graph_id" not in exclude_keys:
            set_numbers(batch, "graph_id", indices)
        if self._moved is not None and "path" in batch:
            batch.path = [self._today(path) for path in batch.path]
        return batch

    def locate(self, index: int) -> GraphLocation:
        """Return where the code of a graph is, without reading the graph."""
        store, number = self._place(index)
        return GraphLocation(
            self._today(store.strings["path"][number]),
            store.strings["qualified_name"][number],
            int(store.numbers["line_start"][number]),
            int(store.numbers["line_end"][number]),
        )

    def stores(self) -> Iterator[tuple[int, GraphStore]]:
        """Yield the number of each shard's first graph, and the shard."""
        for number, first in enumerate(self._first[:-1]):
            yield first, self._shard(number)

    def verify(self) -> None:
        """Read every byte of every shard, and compare its hash.

        Raises:
            ValueError: naming the first file that was changed.
        """
        for shard in self._shards:
            found = file_sha256(self.path.with_name(shard["name"]))
            if found != shard["sha256"]:
                raise self._damaged(shard, f"hash {shard['sha256']}", found)

    def _place(self, index: int) -> tuple[GraphStore, int]:
        """Return the shard of a graph, and its number there."""
        number = bisect_right(self._first, index) - 1
        return self._shard(number), index - self._first[number]

    def _today(self, path: str) -> str:
        if self._moved is None:
            return path
        before, after = self._moved
        return f"{after}{path.removeprefix(before)}"

    def _shard(self, number: int) -> GraphStore:
        if number not in self._open:
            path = self.path.with_name(self._shards[number]["name"])
            self._open[number] = GraphStore.load(path)
        return self._open[number]

    def _check_size(self, shard: dict[str, Any]) -> None:
        try:
            size = os.stat(self.path.with_name(shard["name"])).st_size
        except OSError as error:
            raise self._damaged(
                shard, f"{shard['bytes']} bytes", error.strerror
            ) from error
        if size != shard["bytes"]:
            raise self._damaged(shard, f"{shard['bytes']} bytes", size)

    def _damaged(
        self, shard: dict[str, Any], wanted: str, found: object
    ) -> ValueError:
        path = self.path.with_name(shard["name"])
        return ValueError(
            f"'root' must hold whole shards: '{path}' should have {wanted};"
            f" delete '{self.path}' and build the dataset again (got {found})"
        )


def _moved(
    before: str | None, after: str | os.PathLike[str] | None
) -> tuple[str, str] | None:
    """Return which beginning of paths became which other one.

    Example:
        >>> _moved("/old/data/raw/pkg-1", "/new/raw/pkg-1")
        ('/old/data/', '/new/')
    """
    if before is None or after is None or before == os.fspath(after):
        return None
    old, new = list(Path(before).parts), list(Path(after).parts)
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return os.path.join(*old, ""), os.path.join(*new, "")


def write_index(
    directory: Path,
    header: dict[str, Any],
    shards: Sequence[dict[str, Any]],
) -> None:
    """Make a dataset of shards that were built.

    Args:
        directory: where the shards are.
        header: JSON-serialisable data about the dataset.
        shards: by shard, `name`, `bytes`, `sha256`, `graphs` and `files`: the
            path, the project and the number of graphs of each file.
    """
    num_nodes, num_edges = [], []
    for shard in shards:
        store = GraphStore.load(directory / shard["name"])
        num_nodes.append(store.pointers("input_ids").long().diff())
        num_edges.append(store.pointers("edge_index").long().diff())
    files = [file for shard in shards for file in shard["files"]]
    count = torch.tensor([graphs for _, _, graphs in files])
    columns = {
        "num_nodes": narrow(torch.cat(num_nodes)),
        "num_edges": narrow(torch.cat(num_edges)),
        **encode_strings([path for path, _, _ in files], "path."),
        **encode_strings([project for _, project, _ in files], "project."),
    }
    for name in ("path.codes", "project.codes"):
        columns[name] = columns[name].repeat_interleave(count)
    kept = [
        {key: shard[key] for key in ("name", "bytes", "sha256", "graphs")}
        for shard in shards
    ]
    write_columns(
        directory / INDEX_NAME, _KIND, {**header, "shards": kept}, columns
    )
