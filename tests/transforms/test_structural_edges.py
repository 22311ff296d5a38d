import networkx as nx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import Batch
from torch_geometric.utils import to_networkx

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn.distance import chain_distance
from gmert_pyg.schema import DEFAULT_SCHEMA, EXTENDED_SCHEMA
from gmert_pyg.transforms.structural_edges import AddStructuralEdges


@st.composite
def chain_graphs(draw):
    num_roots = draw(st.integers(1, 7))
    triples = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, num_roots - 1))
        length = draw(st.integers(1, num_roots - start))
        tail = draw(st.lists(st.integers(0, 9), min_size=1, max_size=5))
        triples.append((start, length, draw(st.integers(0, 11)), tail))
    return ChainGraph.from_triples(range(num_roots), triples)


@given(chain_graphs())
@settings(max_examples=60, deadline=None)
def test_shortest_paths_are_chain_distances(graph):
    data = AddStructuralEdges(keep_edges=False)(graph)
    network = to_networkx(data, to_undirected=True)
    paths = dict(nx.all_pairs_shortest_path_length(network))
    nodes = range(graph.num_nodes)
    expected = chain_distance(
        graph.anchor, graph.node_type, graph.slot, graph.triple
    )
    assert [[paths[u][v] for v in nodes] for u in nodes] == expected.tolist()


def test_types_by_hand():
    graph = ChainGraph.from_triples([5, 6], [(1, 1, 0, [7, 8])])
    transform = AddStructuralEdges()
    data = transform(graph)
    assert (
        str(transform) == "AddStructuralEdges(schema='code', keep_edges=True)"
    )
    assert graph.num_edges == 2
    first = DEFAULT_SCHEMA.num_edge_types
    edges = zip(*data.edge_index.tolist(), data.edge_type.tolist(), strict=True)
    assert set(edges) == {
        (1, 2, 0),
        (1, 3, 0),
        (0, 1, first),
        (1, 0, first),
        (1, 2, first + 1),
        (2, 1, first + 1),
        (1, 3, first + 1),
        (3, 1, first + 1),
        (2, 3, first + 2),
        (3, 2, first + 2),
    }


def test_batch_equals_graphs():
    graphs = [
        ChainGraph.from_triples([5, 6], [(1, 1, 0, [7, 8])]),
        ChainGraph.from_triples([5], [(0, 1, 3, [9])]),
    ]
    transform = AddStructuralEdges(keep_edges=False)
    single = Batch.from_data_list([transform(graph) for graph in graphs])
    batch = transform(Batch.from_data_list(graphs))
    pairs = [
        sorted(zip(*data.edge_index.tolist(), strict=True))
        for data in (single, batch)
    ]
    assert pairs[0] == pairs[1]
    assert torch.equal(
        single.edge_type.sort().values, batch.edge_type.sort().values
    )


def test_edges_of_another_schema_are_refused():
    first_occurrence = EXTENDED_SCHEMA.num_relations + 1
    graph = ChainGraph.from_triples(
        [5, 6], [], occurrences=[(1, 0, first_occurrence)]
    )
    added = AddStructuralEdges(EXTENDED_SCHEMA)(graph.clone())
    assert int(added.edge_type.max()) == EXTENDED_SCHEMA.num_edge_types
    with pytest.raises(ValueError, match="'schema' must be that of the graphs"):
        AddStructuralEdges()(graph)
    assert "extended" in repr(AddStructuralEdges(EXTENDED_SCHEMA))
