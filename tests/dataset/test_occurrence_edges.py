"""Occurrence edges of graphs, and everything that meets them on its way."""

import asyncio.tasks
import json.decoder

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.utils import to_networkx

from gmert_pyg import ChainGraph, GraphMertTokenizer
from gmert_pyg.data.building import GraphOptions
from gmert_pyg.data.from_source import graphs_of_file
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.data.occurrences import OccurrenceEdges
from gmert_pyg.data.root_tokens import root_tokens
from gmert_pyg.data.windows import Windows
from gmert_pyg.distill.baselines import Targets
from gmert_pyg.distill.hidden_triples import hide_triples
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import parse_module, read_source
from gmert_pyg.schema import DEFAULT_SCHEMA
from gmert_pyg.transforms import (
    AddStructuralEdges,
    MaskForPreTraining,
    MaskRelations,
)

FIRST = DEFAULT_SCHEMA.num_relations + 1
CODE = """def scaled(values, some_very_long_factor_name):
    total = 0
    for value in values:
        total += value * some_very_long_factor_name
    return total
"""


def occurrence_edges(graph):
    """Return the edges as (source, relation, target), in their order."""
    table = torch.cat([graph.edge_index, graph.edge_type[None]]).T
    return [
        (source, DEFAULT_SCHEMA.occurrences[kind - FIRST], target)
        for source, target, kind in table.tolist()
        if kind >= FIRST
    ]


@pytest.fixture(scope="module")
def graph():
    return ChainGraph.from_source(CODE)


@pytest.fixture(scope="module")
def without():
    return ChainGraph.from_source(CODE, occurrences=False)


@pytest.fixture
def masking():
    tokenizer = GraphMertTokenizer.default()
    return MaskForPreTraining(tokenizer, DEFAULT_SCHEMA)


def test_edges_lead_from_first_root_to_first_root(graph):
    span = graph.root_span.tolist()
    found = {
        (span[source][0], kind, span[target][0])
        for source, kind, target in occurrence_edges(graph)
    }
    facts = parse_module(CODE, "<string>", "snippet")
    table = facts.occurrences
    assert found == {
        (source, DEFAULT_SCHEMA.occurrences[kind], target)
        for source, target, kind in zip(
            table.source, table.target, table.kind, strict=True
        )
    }
    name = CODE.rindex("some_very")
    assert (name, "last_write", CODE.index("some_very")) in found
    assert (name, "last_use", name) in found
    assert (CODE.index("total +="), "computed_from", name) in found
    assert (CODE.rindex("total"), "returns_to", CODE.index("scaled")) in found
    # The name has several roots; only the first of each is linked.
    inner = {n for n, (a, _) in enumerate(span) if name < a < name + 20}
    assert inner
    assert not inner & {
        end for s, _, t in occurrence_edges(graph) for end in (s, t)
    }


def test_they_follow_the_edges_of_the_knowledge_graph(graph, without):
    graph.validate(DEFAULT_SCHEMA.num_relations)
    count = without.edge_type.numel()
    assert torch.equal(graph.edge_index[:, :count], without.edge_index)
    assert torch.equal(graph.edge_type[:count], without.edge_type)
    assert bool((graph.edge_type[count:] >= FIRST).all())
    for name, value in without:
        if name not in ("edge_index", "edge_type"):
            same = graph[name] == value
            assert same.all() if torch.is_tensor(same) else same, name


@pytest.mark.parametrize("module", [json.decoder, asyncio.tasks])
def test_windows_hold_the_edges_whose_both_ends_they_hold(module):
    text = read_source(module.__file__)
    table = parse_module(text, "m.py", "m").occurrences
    stated = set(zip(table.source, table.target, table.kind, strict=True))
    graphs = graphs_of_file(module.__file__, options=GraphOptions(max_roots=48))
    assert len(graphs) > 10
    for graph in graphs:
        graph.validate(DEFAULT_SCHEMA.num_relations)
        starts = graph.root_span[:, 0].tolist()
        place = {start: root for root, start in enumerate(starts)}
        expected = {
            (place[source], DEFAULT_SCHEMA.occurrences[kind], place[target])
            for source, target, kind in stated
            if source in place and target in place
        }
        found = occurrence_edges(graph)
        assert set(found) == expected
        assert len(found) == len(expected)


def test_windows_may_repeat_what_edges_lead_to():
    kg = CodeKG.from_modules([parse_module(CODE, "m.py", "m")])
    roots = root_tokens(CODE, GraphMertTokenizer.default())
    (header,) = roots.spans(np.array([CODE.index("\n")]), np.array([47]))[0]
    last = len(roots) - 4
    windows = Windows.take(
        roots,
        np.array([0, 0, last]),
        np.array([last, header, len(roots) - last]),
        np.array([0, 1, 1]),
    )
    edges = OccurrenceEdges.find(kg, 0, windows)
    inside = edges.window == 1
    found = {
        tuple(windows.roots.start[ends].tolist())
        for ends in np.stack([edges.source, edges.target]).T[inside]
    }
    # Of the repeated header and the last line, `return total` is linked.
    assert (CODE.rindex("total"), CODE.index("scaled")) in found
    bounds = windows.pointers
    for ends in (edges.source, edges.target):
        assert bool((ends >= bounds[edges.window]).all())
        assert bool((ends < bounds[edges.window + 1]).all())


def test_relations_are_masked_alike_with_and_without(graph, without):
    masked, bare = (
        MaskRelations(12, rate=1.0)(g.clone()) for g in (graph, without)
    )
    count = without.edge_type.numel()
    assert torch.equal(masked.edge_type[:count], bare.edge_type)
    assert torch.equal(masked.edge_label[:count], bare.edge_label)
    assert torch.equal(masked.edge_type[count:], graph.edge_type[count:])
    assert bool((masked.edge_label[count:] == -100).all())


def test_batches_are_masked_alike_with_and_without(graph, without, masking):
    masked, bare = (
        masking(Batch.from_data_list([g.clone(), g.clone()]))
        for g in (graph, without)
    )
    assert torch.equal(masked.input_ids, bare.input_ids)
    assert torch.equal(masked.labels, bare.labels)
    between = masked.edge_type >= FIRST
    assert torch.equal(masked.edge_label[~between], bare.edge_label)
    # Edges stay inside their graphs.
    ends = masked.batch[masked.edge_index[:, between]]
    assert torch.equal(ends[0], ends[1])
    targets, plain = Targets(masked), Targets(bare)
    for name in ("root", "leaf", "relation_of", "true_relation"):
        assert np.array_equal(getattr(targets, name), getattr(plain, name))
    assert np.array_equal(targets.flat.head, plain.flat.head)
    assert np.array_equal(targets.flat.relation, plain.flat.relation)


def test_a_model_that_ignores_them_gives_the_same(graph, without, tiny_model):
    tiny_model.eval()
    with torch.no_grad():
        first, second = (
            tiny_model(Batch.from_data_list([g])).logits
            for g in (graph, without)
        )
    assert torch.equal(first, second)


def test_layouts_leave_them_out(graph, without):
    first, second = (
        ChainGraph.to_dense([g], g.num_roots, 64)
        for g in (one_triple_per_root(graph), one_triple_per_root(without))
    )
    for name in first._fields:
        assert torch.equal(getattr(first, name), getattr(second, name)), name


def one_triple_per_root(graph):
    """Return the graph with the first triple of every root."""
    by_root = {t.first_root: t for t in reversed(grafted_triples(graph))}
    return ChainGraph.from_triples(
        graph.input_ids[: graph.num_roots],
        [
            (t.first_root, t.num_roots, t.relation, t.tail)
            for _, t in sorted(by_root.items())
        ],
        occurrences=[
            (source, target, DEFAULT_SCHEMA.relation_id(kind))
            for source, kind, target in occurrence_edges(graph)
        ],
    )


def test_distances_do_not_change(graph, without):
    first, second = (
        to_networkx(AddStructuralEdges(keep_edges=False)(g.clone()))
        for g in (graph, without)
    )
    assert set(first.edges) == set(second.edges)
    kept = AddStructuralEdges()(graph.clone())
    assert occurrence_edges(graph) == [
        (s, DEFAULT_SCHEMA.occurrences[k - FIRST], t)
        for (s, t), k in zip(
            kept.edge_index.T.tolist(), kept.edge_type.tolist(), strict=True
        )
        if FIRST <= k < DEFAULT_SCHEMA.num_edge_types
    ]


def test_a_hidden_triple_keeps_them(graph):
    hidden, _ = hide_triples(graph, [1])
    assert occurrence_edges(hidden) == occurrence_edges(graph)
    hidden.validate(DEFAULT_SCHEMA.num_relations)
