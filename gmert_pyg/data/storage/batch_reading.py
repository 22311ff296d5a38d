"""Batches of graphs straight from the columns of stores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.storage.graph_store import GraphStore

IntArray = NDArray[np.int64]
Place = tuple[GraphStore, int]


def read_batch(
    places: Sequence[Place], exclude_keys: Collection[str] = ()
) -> Batch:
    """Read graphs into one batch, without making a graph of each.

    It is what PyG's `Batch.from_data_list` makes of the same graphs, and comes
    apart in the same way.

    Args:
        places: the store of every graph, and its number there.
        exclude_keys: the attributes to leave out. (default: :obj:`()`)

    Raises:
        ValueError: if there is no graph, or one has other attributes.
    """
    if not places:
        raise ValueError("'indices' must not be empty (got none)")
    _check_attributes(places)
    builder = _BatchBuilder(places)
    excluded = {"graph_id", *exclude_keys}
    store = places[0][0]
    for name in store.columns:
        if name not in excluded:
            builder.add_column(name)
    for name in store.strings:
        if name not in excluded:
            builder.add(name, [s.strings[name][i] for s, i in places])
    for name in store.numbers:
        if name not in excluded:
            builder.add_numbers(name, [s.numbers[name][i] for s, i in places])
    return builder.batch


def set_numbers(
    batch: Batch, name: str, values: Sequence[int] | IntArray
) -> None:
    """Give every graph of a batch an integer, in place.

    Args:
        batch: the batch.
        name: the attribute that becomes :math:`[B]`.
        values: one integer per graph.
    """
    value = torch.from_numpy(np.array(values, np.int64))
    batch._store._mapping[name] = value
    batch._slice_dict[name] = torch.arange(len(value) + 1)
    batch._inc_dict[name] = torch.zeros_like(value)


def _check_attributes(places: Sequence[Place]) -> None:
    names = list(places[0][0].columns)
    for store in {id(store): store for store, _ in places}.values():
        if list(store.columns) != names:
            raise ValueError(
                "'indices' must be of graphs with the same attributes (got"
                f" {names} and {list(store.columns)})"
            )


class _BatchBuilder:
    """Gathers the attributes of a batch, and how to take them apart."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        # By graph, start or stop, and attribute.
        bounds = _bounds(places)
        # By attribute and graph.
        self.sizes = np.ascontiguousarray((bounds[:, 1] - bounds[:, 0]).T)
        self.starts, self.stops = bounds.transpose(1, 2, 0).tolist()
        self.number = {name: i for i, name in enumerate(places[0][0].columns)}
        num_nodes = self.sizes[self.number["input_ids"]]
        # What several attributes share is one tensor: each that a worker
        # process sends costs a file descriptor.
        self.ptr = _pointers(num_nodes)
        self.first_node = self.ptr[:-1]
        self.one_each = torch.arange(len(places) + 1)
        self.unshifted = torch.zeros(len(places), dtype=torch.long)
        self._slices: dict[bytes, Tensor] = {num_nodes.tobytes(): self.ptr}
        self.batch = copy(_empty_batch())
        self.batch._num_graphs = len(places)
        self.batch._slice_dict = {}
        self.batch._inc_dict = {}
        graph = np.repeat(np.arange(len(places)), num_nodes)
        mapping = self.batch._store._mapping
        mapping["batch"] = torch.from_numpy(graph)
        mapping["ptr"] = self.ptr

    def add(self, name: str, values: list[str]) -> None:
        """Add a string of every graph."""
        self._add(name, values, self.one_each, None)

    def add_numbers(self, name: str, numbers: Sequence[int]) -> None:
        """Add an integer of every graph."""
        increments = self._increments(name)
        value = torch.from_numpy(np.array(numbers, np.int64)) + increments
        self._add(name, value, self.one_each, increments)

    def add_column(self, name: str) -> None:
        """Add an attribute whose entries the graphs have any number of."""
        number = self.number[name]
        sizes = self.sizes[number]
        bounds = zip(
            self.places, self.starts[number], self.stops[number], strict=True
        )
        # Most columns have one dimension, and cutting those is faster.
        if self.places[0][0].arrays[name].ndim == 1:
            pieces = [
                store.arrays[name][start:stop]
                for (store, _), start, stop in bounds
            ]
        else:
            pieces = [
                store.arrays[name][..., start:stop]
                for (store, _), start, stop in bounds
            ]
        # Widened at one go: a conversion for each piece takes longer.
        value = np.concatenate(pieces, axis=-1)
        value = value.astype(self.places[0][0].wide_types[name], copy=False)
        if _is_shifted(name):
            value += np.repeat(self.first_node.numpy(), sizes)
        tensor = torch.from_numpy(value)
        if tensor.dim() > 1 and _concatenates_first(name):
            tensor = tensor.movedim(-1, 0).contiguous()
        key = sizes.tobytes()
        if key not in self._slices:
            self._slices[key] = _pointers(sizes)
        self._add(name, tensor, self._slices[key], self._increments(name))

    def _add(
        self, name: str, value: Any, slices: Tensor, increments: Tensor | None
    ) -> None:
        self.batch._store._mapping[name] = value
        self.batch._slice_dict[name] = slices
        self.batch._inc_dict[name] = increments

    def _increments(self, name: str) -> Tensor:
        return self.first_node if _is_shifted(name) else self.unshifted


def _bounds(places: Sequence[Place]) -> IntArray:
    """Return where the entries of graphs start and end, by graph, start or
    end, and column.
    """
    stores: dict[int, tuple[GraphStore, list[int], list[int]]] = {}
    for place, (store, number) in enumerate(places):
        _, numbers, found = stores.setdefault(id(store), (store, [], []))
        numbers.append(number)
        found.append(place)
    bounds = np.empty((len(places), 2, len(places[0][0].columns)), np.int64)
    for store, numbers, found in stores.values():
        bounds[found] = store.bounds_of(numbers)
    return bounds


def _pointers(sizes: IntArray) -> Tensor:
    pointers = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=pointers[1:])
    return torch.from_numpy(pointers)


@lru_cache
def _empty_batch() -> Batch:
    """Return a batch to copy: making one of its class takes far longer."""
    return Batch(_base_cls=ChainGraph)


@lru_cache
def _concatenates_first(name: str) -> bool:
    return bool(ChainGraph().__cat_dim__(name, None) == 0)


@lru_cache
def _is_shifted(name: str) -> bool:
    return bool(ChainGraph(num_nodes=1).__inc__(name, None) != 0)
