"""What a dataset holds, in numbers that add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from gmert_pyg.data.building import BuildCounts
from gmert_pyg.data.storage.graph_store import GraphStore
from gmert_pyg.schema import Schema

# The counts of every single project are kept up to this many.
_MOST_PROJECTS = 1000
_GRAPH_COUNTS = (
    "graphs",
    "nodes",
    "roots",
    "leaves",
    "edges",
    "triples",
    "local_triples",
)


def count_graphs(
    store: GraphStore | None, built: BuildCounts, num_edge_types: int
) -> dict[str, Any]:
    """Count what is in some graphs.

    Args:
        store: the graphs, or `None` if there are none.
        built: what went into them.
        num_edge_types: the number of edge types of the schema.
    """
    of_text = asdict(built)
    if store is None:
        empty = dict.fromkeys(_GRAPH_COUNTS, 0)
        return {**of_text, **empty, "edge_types": [0] * num_edge_types}
    columns = {
        name: store.columns[name].numpy()
        for name in ("node_type", "slot", "anchor", "local")
    }
    num_leaves = int((columns["node_type"] == 1).sum())
    first = columns["slot"] == 1
    num_edges = np.diff(store.pointers("edge_index").numpy())
    shift = np.repeat(store.pointers("input_ids").numpy()[:-1], num_edges)
    source, target = store.columns["edge_index"].long().numpy() + shift
    # A triple is told by the edge from the root it hangs on to its first leaf;
    # an occurrence edge by itself.
    on_root = columns["anchor"][source] == columns["anchor"][target]
    counted = (first[target] & on_root) | (columns["slot"][target] == 0)
    types = store.columns["edge_type"].numpy()[counted]
    by_type = np.bincount(types, minlength=num_edge_types)
    counts = (
        len(store),
        len(first),
        len(first) - num_leaves,
        num_leaves,
        len(source),
        int(first.sum()),
        int(columns["local"][first].sum()),
    )
    return {
        **of_text,
        **dict(zip(_GRAPH_COUNTS, counts, strict=True)),
        # A transform may have added edges that the schema does not number.
        "edge_types": by_type[:num_edge_types].tolist(),
    }


def corpus_statistics(
    counts: Sequence[tuple[str, dict[str, Any]]], schema: Schema
) -> dict[str, Any]:
    """Add up the counts of a corpus.

    Args:
        counts: names of projects, and counts of some of their graphs.
        schema: names the relations.
    """
    total: dict[str, Any] = {}
    projects: dict[str, dict[str, Any]] = {}
    for name, some in counts:
        _add(total, some)
        _add(projects.setdefault(name, {}), some)
    statistics = _with_shares(total, schema)
    if len(projects) <= _MOST_PROJECTS:
        statistics["projects"] = {
            name: _with_shares(found, schema)
            for name, found in projects.items()
        }
    return statistics


def _add(total: dict[str, Any], counts: dict[str, Any]) -> None:
    for name, value in counts.items():
        known = total.get(name)
        if known is None:
            total[name] = value
        elif isinstance(value, list):
            total[name] = [a + b for a, b in zip(known, value, strict=True)]
        else:
            total[name] = known + value


def _with_shares(counts: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """Return counts with shares, and with relations by name."""
    statistics = {k: v for k, v in counts.items() if k != "edge_types"}
    num_relations = schema.num_relations
    by_type = counts["edge_types"]
    statistics["triples_by_relation"] = dict(
        zip(schema.relation_names, by_type[:num_relations], strict=True)
    )
    statistics["occurrences"] = dict(
        zip(schema.occurrences, by_type[num_relations + 1 :], strict=True)
    )
    for share, part, whole in (
        ("local_share", "local_triples", "triples"),
        ("linked_share", "linked", "mentions"),
    ):
        statistics[share] = counts[part] / max(counts[whole], 1)
    return statistics
