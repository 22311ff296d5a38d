"""Occurrence edges that tell what was masked."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.schema import Schema
from gmert_pyg.tokenization.identifier_parts import GOES_ON, NONE
from gmert_pyg.transforms.ragged import BoolArray, IntArray, RaggedNodes

# Where data flows is a matter of syntax: these link names of any spelling.
_BY_SYNTAX = ("computed_from", "returns_to")
_BINDING = "argument_of"


def telling_edges(
    data: ChainGraph,
    nodes: RaggedNodes,
    covered: BoolArray,
    schema: Schema,
    identifier_parts: NDArray[np.int8] | None = None,
) -> BoolArray:
    r"""Find the occurrence edges that a masked name can be read off.

    What an edge tells is what it was derived from:

    * `last_use` and `last_write` link what is spelled alike: they tell as soon
      as any token of the identifier at either end is masked. So do kinds of
      occurrences of a schema of your own.
    * `argument_of` leads from an argument to its keyword and to the parameter,
      found by the name of what is called (`callee_index`). Keyword and
      parameter are spelled alike, and so are the name at the call and that at
      the definition: if any token of one of these is masked, all `argument_of`
      edges of the argument tell. The argument itself may have any name: masking
      it alone changes nothing.
    * `computed_from` and `returns_to` follow from the syntax, and tell no
      spelling.

    Args:
        data (ChainGraph): the graph or batch.
        nodes (RaggedNodes): its nodes.
        covered (NDArray): whether a root is masked.
        schema (Schema): the schema of the edge types.
        identifier_parts (NDArray, optional): what every token can be of an
            identifier, for tokenizers that cut identifiers into several words.

    Raises:
        ValueError: if an edge between roots is of no kind of the schema.

    Shapes:
        - **output:** :math:`(E)`
    """
    edge_type = data.edge_type.numpy()
    source, target = data.edge_index.numpy()
    telling = np.zeros(len(edge_type), bool)
    between = np.flatnonzero(nodes.is_root[target])
    if len(between) == 0:
        return telling
    kind = edge_type[between] - schema.num_relations - 1
    _check_kinds(kind, schema)
    source, target = source[between], target[between]
    masked = _masked_identifiers(data, nodes, covered, identifier_parts)
    binding = np.zeros(len(kind), bool)
    names = schema.occurrences
    if _BINDING in names:
        binding = kind == names.index(_BINDING)
    by_name = np.array([name not in _BY_SYNTAX for name in names])
    told = (masked[source] | masked[target]) & by_name[kind]
    argument = np.zeros(len(masked), bool)
    argument[source[binding & masked[target]]] = True
    callee_index = getattr(data, "callee_index", None)
    if callee_index is not None:
        callee, bound = callee_index.numpy()
        argument[bound[covered[callee]]] = True
    telling[between] = np.where(binding, argument[source], told)
    return telling


def _masked_identifiers(
    data: ChainGraph,
    nodes: RaggedNodes,
    covered: BoolArray,
    identifier_parts: NDArray[np.int8] | None,
) -> BoolArray:
    """Tell for every root whether a token of its identifier is masked."""
    opens = data.word_start.numpy() | ~nodes.is_root
    if identifier_parts is not None:
        part = identifier_parts[data.input_ids.numpy()]
        opens[1:] &= (part[1:] != GOES_ON) | (part[:-1] == NONE)
    opens[nodes.start] = True
    word = np.cumsum(opens) - 1
    masked = np.zeros(word[-1] + 1, bool)
    masked[word[covered]] = True
    of_root: BoolArray = masked[word] & nodes.is_root
    return of_root


def _check_kinds(kind: IntArray, schema: Schema) -> None:
    low, high = int(kind.min()), int(kind.max())
    if low < 0 or high >= len(schema.occurrences):
        first = schema.num_relations + 1
        raise ValueError(
            f"'schema' must be that of the graphs, whose edges between roots"
            f" have types {first + low} to {first + high} (got '{schema.name}'"
            f" of {schema.num_edge_types} edge types)"
        )


def drop_edges(data: ChainGraph, dropped: BoolArray) -> None:
    """Drop edges of a graph or a batch, in place, with all that is theirs."""
    if not dropped.any():
        return
    kept = torch.from_numpy(np.flatnonzero(~dropped))
    names = [name for name in data.keys() if name.startswith("edge_")]  # noqa: SIM118
    for name in names:
        data[name] = data[name].index_select(
            data.__cat_dim__(name, data[name]), kept
        )
    if isinstance(data, Batch):
        # Where the edges of each graph start: for taking the batch apart.
        before = torch.from_numpy(np.concatenate([[0], np.cumsum(~dropped)]))
        slices = data._slice_dict
        data._slice_dict = slices | {
            name: before[slices[name]] for name in names if name in slices
        }
