import torch
from torch_geometric.data import Batch

from gmert_pyg import ChainGraph
from gmert_pyg.schema import DEFAULT_SCHEMA
from gmert_pyg.transforms import DropLeaves

LAST_USE = DEFAULT_SCHEMA.num_relations + 1


def graphs():
    """A chain with leaves and an edge between roots, and one without."""
    first = ChainGraph.from_triples(
        [5, 6, 7],
        [(1, 1, 0, [8, 9]), (2, 1, 3, [4])],
        occurrences=[(2, 0, LAST_USE)],
    )
    first.source_index = torch.tensor([[1, 2], [3, 5]])
    first.callee_index = torch.tensor([[0], [2]])
    second = ChainGraph.from_triples([3, 2], [(0, 2, 1, [6])])
    second.source_index = torch.zeros(2, 0, dtype=torch.long)
    second.callee_index = torch.zeros(2, 0, dtype=torch.long)
    return [first, second]


def test_what_is_left_is_the_chain_and_its_occurrences():
    chain = DropLeaves()(graphs()[0])
    chain.validate()
    assert chain.input_ids.tolist() == [5, 6, 7]
    assert chain.num_leaves == 0
    assert chain.edge_index.tolist() == [[2], [0]]
    assert chain.edge_type.tolist() == [LAST_USE]
    assert chain.callee_index.tolist() == [[0], [2]]
    assert chain.source_index.shape == (2, 0)


def test_a_batch_is_the_batch_of_its_graphs():
    drop = DropLeaves()
    whole = drop(Batch.from_data_list(graphs()))
    single = [drop(graph) for graph in graphs()]
    expected = Batch.from_data_list(single)
    assert whole.keys() == expected.keys()
    for name in expected.keys():  # noqa: SIM118
        assert torch.equal(whole[name], expected[name]), name
    for taken, graph in zip(whole.to_data_list(), single, strict=True):
        for name in graph.keys():  # noqa: SIM118
            assert torch.equal(taken[name], graph[name]), name


def test_the_graph_that_was_given_stays():
    (graph, _) = graphs()
    DropLeaves()(graph)
    assert graph.num_nodes == 6
