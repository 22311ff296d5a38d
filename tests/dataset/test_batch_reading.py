"""Batches read from columns are those that PyG puts together."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Batch

from gmert_pyg import CodeChainGraphs
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.storage.batch_reading import read_batch, set_numbers
from gmert_pyg.data.storage.graph_store import GraphStore


@pytest.fixture(scope="module")
def sharded(project, tmp_path_factory) -> CodeChainGraphs:
    """The graphs of the project, every file in a shard of its own."""
    root = tmp_path_factory.mktemp("sharded")
    graphs = CodeChainGraphs(
        str(root), source=project, num_workers=0, shard_bytes=1
    )
    assert len(graphs.store.header["shards"]) > 2
    return graphs


def assert_same(found, expected):
    assert type(found) is type(expected)
    assert found.to_dict().keys() == expected.to_dict().keys()
    for name, value in expected.to_dict().items():
        same(found[name], value)
    for which in ("_slice_dict", "_inc_dict"):
        ours, theirs = getattr(found, which), getattr(expected, which)
        assert ours.keys() == theirs.keys()
        for name, value in theirs.items():
            same(ours[name], value)
    assert found.num_graphs == expected.num_graphs


def same(found, expected):
    if isinstance(expected, torch.Tensor):
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        assert torch.equal(found, expected)
    else:
        assert found == expected


@given(st.data())
def test_a_batch_is_what_pyg_makes_of_the_graphs(sharded, data):
    indices = data.draw(
        st.lists(st.integers(0, len(sharded) - 1), min_size=1, max_size=9)
    )
    excluded = data.draw(
        st.lists(st.sampled_from(["path", "root_span", "local", "graph_id"]))
    )
    graphs = [sharded[index] for index in indices]
    batch = sharded.batch(indices, exclude_keys=excluded)
    assert_same(batch, Batch.from_data_list(graphs, exclude_keys=excluded))
    if excluded:
        return
    for graph, alone in zip(batch.to_data_list(), graphs, strict=True):
        assert graph.to_dict().keys() == alone.to_dict().keys()
        for name, value in alone.to_dict().items():
            # PyG makes a tensor of a number when it batches.
            same(graph[name], torch.tensor([value]) if isinstance(value, int)
                 else value)  # fmt: skip
        graph.validate()


@given(st.data())
def test_any_graphs_in_any_stores(data):
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    graphs = [random_graph(random) for _ in range(random.integers(2, 9))]
    # A store narrows its columns by what they hold: these differ in that.
    graphs[0].input_ids[0] = 70_000
    graphs[1].input_ids[0] = 300
    cut = int(random.integers(1, len(graphs)))
    stores = [GraphStore.from_graphs(part) for part in
              (graphs[:cut], graphs[cut:])]  # fmt: skip
    places = [(stores[0], number) for number in range(cut)]
    places += [(stores[1], number) for number in range(len(graphs) - cut)]
    order = random.integers(0, len(graphs), random.integers(1, 12))
    assert_same(
        read_batch([places[i] for i in order]),
        Batch.from_data_list([graphs[i] for i in order]),
    )


def random_graph(random):
    """Return a graph of 1 to 5 roots and 0 to 3 triples."""
    num_roots = int(random.integers(1, 6))
    triples = [
        (
            int(random.integers(0, num_roots)),
            1,
            int(random.integers(0, 12)),
            random.integers(0, 250, random.integers(1, 4)).tolist(),
        )
        for _ in range(random.integers(0, 4))
    ]
    return ChainGraph.from_triples(
        random.integers(0, 250, num_roots),
        triples,
        source_index=torch.zeros((2, int(random.integers(0, 3))), dtype=int),
        weight=torch.rand(num_roots),
        place=torch.rand(num_roots, 2),
        name=f"g{num_roots}",
        root_index=int(random.integers(0, num_roots)),
        number=-1,
    )


def test_a_slice_counts_from_its_own_start(sharded):
    part = sharded.index_select([4, 1, 3])
    batch = part.batch([2, 0])
    assert batch.graph_id.tolist() == [3, 4]
    assert_same(batch, Batch.from_data_list([sharded[3], sharded[4]]))
    with pytest.raises(IndexError):
        part.batch([3])
    with pytest.raises(ValueError, match=r"'indices' .* \(got none\)"):
        part.batch([])


def test_a_transform_is_never_skipped(project, tmp_path):
    def shift(graph):
        graph.input_ids = graph.input_ids + 1
        return graph

    plain, shifted = (
        CodeChainGraphs(
            str(tmp_path), source=project, num_workers=0, transform=transform
        )
        for transform in (None, shift)
    )
    batches = [graphs.batch([2, 0]) for graphs in (plain, shifted)]
    assert torch.equal(batches[0].input_ids + 1, batches[1].input_ids)


def test_paths_are_those_of_today(sharded, monkeypatch):
    monkeypatch.setattr(sharded.store, "_moved", ("/", "/elsewhere/"))
    batch = sharded.batch([0, 1])
    assert batch.path == [sharded[0].path, sharded[1].path]
    assert batch.path[0].startswith("/elsewhere/")
    assert sharded.locate(0).path == batch.path[0]


def test_a_graph_id_leads_back_to_the_code(sharded):
    part = sharded.index_select([5, 2])
    for index in range(2):
        graph = part[index]
        found = part.locate(graph.graph_id)
        assert found.path == graph.path
        assert found.qualified_name == graph.qualified_name
        lines = (found.line_start, found.line_end)
        assert lines == (graph.line_start, graph.line_end)
        assert str(found) == (
            f"{graph.path}:{lines[0]}-{lines[1]} {graph.qualified_name}"
        )
    for number in (-1, len(sharded)):
        with pytest.raises(ValueError, match=rf"'graph_id' .*got {number}"):
            part.locate(number)


def test_graphs_of_other_attributes_are_refused():
    graph = ChainGraph.from_triples([5], [])
    other = ChainGraph.from_triples([5], [], weight=torch.rand(1))
    places = [(GraphStore.from_graphs([g]), 0) for g in (graph, other)]
    with pytest.raises(ValueError, match="the same attributes"):
        read_batch(places)


def test_numbers_come_apart_with_the_graphs():
    store = GraphStore.from_graphs([ChainGraph.from_triples([5, 6], [])] * 2)
    batch = read_batch([(store, 0), (store, 1)])
    set_numbers(batch, "epoch", [3, 4])
    assert [graph.epoch.tolist() for graph in batch.to_data_list()] == [
        [3],
        [4],
    ]
