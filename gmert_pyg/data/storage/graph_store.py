"""Many graphs as columns, in memory or in one file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.storage.column_file import (
    narrow,
    read_columns,
    write_columns,
)
from gmert_pyg.data.storage.string_table import StringTable, encode_strings

_KIND = "graphs"


class GraphStore:
    r"""Graphs as columns: every attribute of all graphs in one tensor.

    Graph :math:`i` owns the entries :math:`p_i, \ldots, p_{i+1} - 1` of a
    column with pointers :math:`p`; the dimension that PyG would concatenate
    comes last. Integers are kept in the narrowest type that holds them and
    widened when a graph is read. What `load` returns reads from the file, which
    is mapped into memory, only the graphs that are asked for.

    Args:
        columns (dict[str, Tensor]): The values of each tensor attribute.
        bounds (Tensor): The distinct pointers, [number of graphs + 1, number of
            distinct pointers].
        kind (dict[str, int]): Which of them each attribute has.
        strings (dict[str, Sequence[str]]): The attributes that are strings.
        numbers (dict[str, Sequence[int]]): The attributes that are integers.
        header (dict, optional): JSON-serialisable data about the graphs.
            (default: :obj:`None`)
    """

    def __init__(
        self,
        columns: dict[str, Tensor],
        bounds: Tensor,
        kind: dict[str, int],
        strings: dict[str, Sequence[str]],
        numbers: dict[str, Sequence[int] | NDArray[np.integer]],
        header: dict[str, Any] | None = None,
    ) -> None:
        self.columns = columns
        self.bounds = bounds
        self.kind = kind
        self.strings = strings
        self.numbers = numbers
        self.header = header or {}
        self._bounds = bounds.numpy()
        # Slicing an array takes a third of the time of slicing a tensor.
        self.arrays = {name: col.numpy() for name, col in columns.items()}
        self.wide_types = {
            name: _wide(column.dtype) for name, column in columns.items()
        }
        self._kinds = np.array([kind[name] for name in columns])
        self._readers = [
            (name, array, kind[name], self.wide_types[name])
            for name, array in self.arrays.items()
        ]
        self._entries_first = [
            name
            for name, column in columns.items()
            if column.dim() > 1 and _concatenates_first(name)
        ]

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def pointers(self, name: str) -> Tensor:
        """Return the pointers of an attribute, [number of graphs + 1]."""
        return self.bounds[:, self.kind[name]]

    def bounds_of(self, indices: Sequence[int]) -> NDArray[np.int64]:
        """Return where the entries of graphs start and end: by graph, start or
        end, and column.
        """
        rows = np.add.outer(indices, (0, 1))
        return self._bounds[rows].take(self._kinds, axis=2).astype(np.int64)

    def get(self, index: int) -> ChainGraph:
        """Return one graph, which shares no memory with the store."""
        graph = ChainGraph()
        # The mapping behind a Data object is written directly: going through
        # attribute access takes three times as long.
        mapping = graph._store._mapping
        starts, stops = self._bounds[index : index + 2].tolist()
        for name, column, kind, dtype in self._readers:
            value = column[..., starts[kind] : stops[kind]].astype(dtype)
            mapping[name] = torch.from_numpy(value)
        for name in self._entries_first:
            mapping[name] = mapping[name].movedim(-1, 0)
        for name, strings in self.strings.items():
            mapping[name] = strings[index]
        for name, numbers in self.numbers.items():
            mapping[name] = int(numbers[index])
        mapping["graph_id"] = index
        return graph

    @classmethod
    def from_graphs(cls, graphs: Sequence[ChainGraph]) -> GraphStore:
        """Gather graphs that have the same attributes.

        Raises:
            ValueError: if there is no graph, or if a value is neither a tensor
                with a dimension, nor a string, nor an integer.
        """
        if not graphs:
            raise ValueError("'graphs' must not be empty (got none)")
        columns, all_sizes, strings, numbers = {}, {}, {}, {}
        for name, example in graphs[0].to_dict().items():
            if name == "graph_id":  # a graph's number in this very store
                continue
            values = [graph[name] for graph in graphs]
            if isinstance(example, str):
                strings[name] = values
            elif isinstance(example, int):
                numbers[name] = values
            elif isinstance(example, Tensor) and example.dim():
                if _concatenates_first(name):
                    values = [value.movedim(0, -1) for value in values]
                columns[name] = torch.cat(values, dim=-1)
                all_sizes[name] = torch.tensor([v.size(-1) for v in values])
            else:
                raise ValueError(
                    "'graphs' must hold tensors, strings and integers (got"
                    f" {type(example).__name__} as '{name}')"
                )
        return cls.from_columns(columns, all_sizes, strings, numbers)

    @classmethod
    def from_columns(
        cls,
        columns: dict[str, Tensor],
        sizes: dict[str, Tensor],
        strings: dict[str, list[str]],
        numbers: dict[str, list[int]],
    ) -> GraphStore:
        """Make a store of columns and the number of entries of each graph."""
        zero = torch.zeros(1, dtype=torch.long)
        pointers = {
            name: torch.cat([zero, size]).cumsum(0)
            for name, size in sizes.items()
        }
        return cls(
            {name: narrow(column) for name, column in columns.items()},
            *_distinct(pointers),
            dict(strings),
            dict(numbers),
        )

    @classmethod
    def concatenate(cls, stores: Sequence[GraphStore]) -> GraphStore:
        """Put the graphs of stores with the same attributes into one."""
        columns, sizes = {}, {}
        for name in stores[0].columns:
            parts = [store.columns[name] for store in stores]
            # Narrow types may differ from store to store; widen, then narrow.
            widest = max((part.dtype for part in parts), key=_width)
            columns[name] = torch.cat(
                [part.to(widest) for part in parts], dim=-1
            )
            sizes[name] = torch.cat(
                [store.pointers(name).diff() for store in stores]
            )
        strings = {
            name: [text for store in stores for text in store.strings[name]]
            for name in stores[0].strings
        }
        numbers = {
            name: [value for store in stores for value in store.numbers[name]]
            for name in stores[0].numbers
        }
        return cls.from_columns(columns, sizes, strings, numbers)

    def save(
        self, path: str | os.PathLike[str], header: dict[str, Any]
    ) -> None:
        """Write the store; a reader sees all of it or nothing.

        Args:
            path: the file.
            header: JSON-serialisable data about the graphs.
        """
        columns = {f"column.{k}": v for k, v in self.columns.items()}
        columns["bounds"] = narrow(self.bounds)
        for name, numbers in self.numbers.items():
            columns[f"number.{name}"] = narrow(torch.tensor(numbers).long())
        for name, strings in self.strings.items():
            columns |= encode_strings(list(strings), f"string.{name}.")
        layout = {
            "kind": self.kind,
            "numbers": list(self.numbers),
            "strings": list(self.strings),
        }
        write_columns(path, _KIND, {"layout": layout, **header}, columns)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GraphStore:
        """Map a file into memory.

        Raises:
            ValueError: if the file is cut short, is none of ours, or was
                written by another version.
        """
        header, columns = read_columns(path, _KIND)
        layout = header["layout"]
        return cls(
            {name: columns[f"column.{name}"] for name in layout["kind"]},
            columns["bounds"],
            layout["kind"],
            {
                name: StringTable.from_columns(columns, f"string.{name}.")
                for name in layout["strings"]
            },
            {
                name: columns[f"number.{name}"].numpy()
                for name in layout["numbers"]
            },
            header,
        )


def _distinct(
    pointers: dict[str, Tensor],
) -> tuple[Tensor, dict[str, int]]:
    """Return the distinct pointers, side by side, and which each name has."""
    kinds: list[Tensor] = []
    kind: dict[str, int] = {}
    for name, values in pointers.items():
        same = (
            k for k, known in enumerate(kinds) if torch.equal(known, values)
        )
        kind[name] = next(same, len(kinds))
        if kind[name] == len(kinds):
            kinds.append(values)
    return torch.stack(kinds, dim=1), kind


def _concatenates_first(name: str) -> bool:
    return ChainGraph().__cat_dim__(name, None) == 0


def _wide(dtype: torch.dtype) -> Any:
    """Return the type of array in which a graph gets the values of a column."""
    empty = torch.empty(0, dtype=dtype)
    integers = not (dtype.is_floating_point or dtype == torch.bool)
    return (empty.long() if integers else empty).numpy().dtype


def _width(dtype: torch.dtype) -> int:
    return dtype.itemsize
