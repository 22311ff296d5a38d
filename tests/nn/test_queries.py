"""Queries of a graph are answered as if each were the only one."""

import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg import ChainGraph, GraphMertConfig, GraphMertModel
from gmert_pyg.nn.attention.block_mask import document_block_mask

ROOTS = [5, 6, 7, 8, 9]
KNOWN = (0, 2, 3, [10, 11])
ASKED = [(1, 1, 2, [4, 4]), (1, 1, 5, [4]), (3, 2, 2, [4, 4, 4])]


def asking(*numbers: int) -> ChainGraph:
    """A graph of one triple, and some of three queries."""
    triples = [KNOWN, *(ASKED[number] for number in numbers)]
    graph = ChainGraph.from_triples(ROOTS, triples)
    graph.query = (graph.triple - 1).clamp(min=0)
    return graph


def states(model, graph):
    with torch.no_grad():
        return model(graph).last_hidden_state


@pytest.fixture(params=["eager", "sdpa", "flex"])
def model(request):
    torch.manual_seed(0)
    mode = "bias" if request.param == "sdpa" else "multiply"
    config = GraphMertConfig.small(
        vocab_size=12,
        num_hidden_layers=2,
        attention=request.param,
        decay_mode=mode,
    )
    return GraphMertModel(config).eval()


def test_each_query_is_answered_as_if_alone(model):
    together = asking(0, 1, 2)
    of_all = states(model, together)
    for number in range(len(ASKED)):
        alone = asking(number)
        expected = states(model, alone)[alone.query == 1]
        found = of_all[together.query == number + 1]
        torch.testing.assert_close(found, expected, atol=2e-6, rtol=1e-5)


def test_the_graph_does_not_see_its_queries(model):
    without = ChainGraph.from_triples(ROOTS, [KNOWN])
    together = asking(0, 1, 2)
    torch.testing.assert_close(
        states(model, together)[together.query == 0],
        states(model, without),
        atol=2e-6,
        rtol=1e-5,
    )


def test_a_query_sees_the_graph(model):
    graph = asking(1)
    before = states(model, graph)[-1]
    graph.input_ids[4] = 10
    assert not torch.allclose(states(model, graph)[-1], before)


def test_queries_of_graphs_of_a_batch_are_apart(model):
    # Both graphs have a query 1, of which neither sees the other's.
    batch = Batch.from_data_list([asking(0), asking(2, 1)])
    found = states(model, batch)
    size = asking(0).num_nodes
    torch.testing.assert_close(
        found[:size], states(model, asking(0)), atol=2e-6, rtol=1e-5
    )


def test_what_tokens_of_a_packed_sequence_see():
    generator = torch.Generator().manual_seed(0)
    document = (torch.arange(512) >= 300).int()
    query = torch.randint(3, (512,), generator=generator)
    query[128:256] = 0
    mask = document_block_mask(document, query=query)
    place = torch.arange(512)
    listed = mask.mask_mod(0, 0, place[:, None], place)
    same = document[:, None] == document
    seen = (query == 0) | (query[:, None] == query)
    assert torch.equal(listed, same & seen)
    # Blocks that the kernel does not look into are seen in full.
    full = torch.zeros(4, 4, dtype=torch.bool)
    for row in range(4):
        count = mask.full_kv_num_blocks[0, 0, row]
        full[row, mask.full_kv_indices[0, 0, row, :count].long()] = True
    blocks = listed.view(4, 128, 4, 128).permute(0, 2, 1, 3)
    assert full.any()
    assert blocks[full].all()


@pytest.mark.parametrize(
    "query", [torch.zeros(3).long(), torch.zeros(7, dtype=torch.int32)]
)
def test_a_query_for_every_node_is_needed(model, query):
    graph = ChainGraph.from_triples(ROOTS, [KNOWN])
    graph.query = query
    with pytest.raises(ValueError, match=r"'query' must be a long .*\(got"):
        model(graph)
