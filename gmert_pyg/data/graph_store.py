"""Many graphs in one file, without pickle."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.whole_output import whole_file

FORMAT_VERSION = 1
_NARROW = (torch.uint8, torch.int16, torch.int32)


class GraphStore:
    r"""Graphs as columns: every attribute of all graphs in one tensor.

    Graph :math:`i` owns the entries :math:`p_i, \ldots, p_{i+1} - 1` of a
    column with pointers :math:`p`. Integers are kept in the narrowest type that
    holds them and widened when a graph is read. On disk a store is a
    safetensors file whose metadata is a JSON header.

    Args:
        columns (dict[str, Tensor]): The values of each tensor attribute.
        pointers (dict[str, Tensor]): The pointers of each, [number of graphs
            + 1].
        strings (dict[str, list[str]]): The attributes that are strings.
        header (dict): JSON-serialisable data about the graphs.
        numbers (dict[str, list[int]], optional): The attributes that are
            integers. (default: :obj:`None`)
    """

    def __init__(
        self,
        columns: dict[str, Tensor],
        pointers: dict[str, Tensor],
        strings: dict[str, list[str]],
        header: dict[str, Any],
        numbers: dict[str, list[int]] | None = None,
    ) -> None:
        self.columns = columns
        self.pointers = pointers
        self.strings = strings
        self.header = header
        self.numbers = numbers or {}
        # Reading a Python list is many times faster than indexing a tensor.
        self._bounds = {name: p.tolist() for name, p in pointers.items()}

    def __len__(self) -> int:
        return len(self.pointers["input_ids"]) - 1

    def get(self, index: int) -> ChainGraph:
        """Return one graph."""
        graph = ChainGraph()
        # The mapping behind a Data object is written directly: going through
        # attribute access takes three times as long.
        mapping = graph._store._mapping
        for name, column in self.columns.items():
            bounds = self._bounds[name]
            start, end = bounds[index], bounds[index + 1]
            value = column[..., start:end]
            if value.dtype in _NARROW:
                value = value.long()
            mapping[name] = value.t() if name == "root_span" else value
        for of_graphs in (self.strings, self.numbers):
            for name, values in of_graphs.items():
                mapping[name] = values[index]
        mapping["graph_id"] = index
        return graph

    @classmethod
    def from_graphs(cls, graphs: Sequence[ChainGraph]) -> GraphStore:
        """Gather graphs that have the same attributes.

        Raises:
            ValueError: if there is no graph, or if a value is neither a tensor,
                nor a string, nor an integer.
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
                continue
            if isinstance(example, int):
                numbers[name] = values
                continue
            if name == "root_span":
                values = [value.t() for value in values]
            elif not isinstance(example, Tensor):
                raise ValueError(
                    "'graphs' must hold tensors, strings and integers (got"
                    f" {type(example).__name__} as '{name}')"
                )
            columns[name] = torch.cat(values, dim=-1)
            all_sizes[name] = torch.tensor([v.size(-1) for v in values])
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
        return cls(
            {name: narrow(column) for name, column in columns.items()},
            {k: torch.cat([zero, size]).cumsum(0) for k, size in sizes.items()},
            strings,
            {},
            numbers,
        )

    @classmethod
    def concatenate(cls, stores: Sequence[GraphStore]) -> GraphStore:
        """Put the graphs of stores with the same attributes into one.

        The header is that of the first store.
        """
        columns, pointers = {}, {}
        for name in stores[0].columns:
            parts = [store.columns[name] for store in stores]
            # Narrow types may differ from store to store; widen, then narrow.
            widest = max((part.dtype for part in parts), key=_width)
            columns[name] = narrow(
                torch.cat([part.to(widest) for part in parts], dim=-1)
            )
            sizes = [store.pointers[name].diff() for store in stores]
            pointers[name] = torch.cat(
                [torch.zeros(1, dtype=torch.long), *sizes]
            ).cumsum(0)
        strings = {
            name: [text for store in stores for text in store.strings[name]]
            for name in stores[0].strings
        }
        numbers = {
            name: [value for store in stores for value in store.numbers[name]]
            for name in stores[0].numbers
        }
        return cls(columns, pointers, strings, stores[0].header, numbers)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the store; a reader sees all of it or nothing."""
        tensors = {f"column.{k}": v for k, v in self.columns.items()}
        tensors |= {f"pointer.{k}": v for k, v in self.pointers.items()}
        for name, numbers in self.numbers.items():
            tensors[f"number.{name}"] = narrow(torch.tensor(numbers).long())
        for name, values in self.strings.items():
            encoded = json.dumps(values).encode()
            tensors[f"string.{name}"] = torch.frombuffer(
                bytearray(encoded), dtype=torch.uint8
            )
        header = {"format": FORMAT_VERSION, **self.header}
        with whole_file(path) as temporary:
            save_file(
                {name: value.contiguous() for name, value in tensors.items()},
                temporary,
                metadata={"header": json.dumps(header)},
            )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GraphStore:
        """Read a store.

        Raises:
            ValueError: if the file is cut short, is none of ours, or was
                written by another version.
        """
        columns, pointers, strings, numbers = {}, {}, {}, {}
        try:
            with safe_open(path, framework="pt") as file:
                header = json.loads((file.metadata() or {})["header"])
                for key in file.keys():  # noqa: SIM118
                    kind, name = key.split(".", 1)
                    value = file.get_tensor(key)
                    if kind == "column":
                        columns[name] = value
                    elif kind == "pointer":
                        pointers[name] = value
                    elif kind == "number":
                        numbers[name] = value.tolist()
                    else:
                        strings[name] = json.loads(bytes(value.numpy()))
        except (SafetensorError, KeyError, json.JSONDecodeError) as error:
            raise ValueError(
                f"'path' must be a whole dataset file: delete '{path}' and"
                f" build it again (got {error})"
            ) from error
        if header["format"] != FORMAT_VERSION:
            raise ValueError(
                f"'path' must have format {FORMAT_VERSION}: delete '{path}' and"
                f" build it again (got {header['format']})"
            )
        return cls(columns, pointers, strings, header, numbers)


def _width(dtype: torch.dtype) -> int:
    return dtype.itemsize


def narrow(values: Tensor) -> Tensor:
    """Return integers in the narrowest type that holds them all."""
    if values.dtype not in (torch.long, *_NARROW):
        return values
    low, high = (
        (int(values.min()), int(values.max())) if values.numel() else (0, 0)
    )
    for dtype in _NARROW:
        info = torch.iinfo(dtype)
        if info.min <= low and high <= info.max:
            return values.to(dtype)
    return values
