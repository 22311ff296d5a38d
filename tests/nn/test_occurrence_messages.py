"""Occurrence edges as messages of H-GAT."""

import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import HGATConv
from gmert_pyg.nn.occurrence import both_directions


def test_both_directions_by_hand(make_config):
    edge_index = torch.tensor([[0, 1, 2], [3, 0, 1]])
    edge_type = torch.tensor([12, 13, 17])
    index, kind = both_directions(edge_index, edge_type, make_config())
    assert index.tolist() == [[0, 1, 2, 0, 1], [3, 0, 1, 1, 2]]
    assert kind.tolist() == [12, 13, 17, 18, 22]


def test_messages_pass_both_ways(make_model):
    model = make_model(occurrence="hgat").graphmert
    # 12 relations, MASK, and five kinds in two directions.
    assert model.hgat.num_relations == 12 + 1 + 2 * 5
    graph = ChainGraph.from_triples(
        [5, 6, 7], [(0, 1, 2, [8])], occurrences=[(2, 0, 15)]
    )
    raw = model.get_input_embeddings()(graph.input_ids)
    weight = model.hgat.weight
    fused = model.embed(graph)
    # One neighbour each: all attention is on it. Kind 2 is relation 15, and
    # reversed 20.
    torch.testing.assert_close(fused[0], raw[0] + weight[15] @ raw[2])
    torch.testing.assert_close(fused[2], raw[2] + weight[20] @ raw[0])
    torch.testing.assert_close(fused[3], raw[3] + weight[2] @ raw[0])
    assert torch.equal(fused[1], raw[1])


def test_without_edges_it_is_off(graphs, make_model):
    hgat = make_model(occurrence="hgat").graphmert
    off = make_model().graphmert
    count = off.hgat.num_relations
    own = off.state_dict()
    for name, value in hgat.state_dict().items():
        own[name].copy_(value[:count] if name.startswith("hgat.") else value)
    batch = Batch.from_data_list(graphs)
    assert torch.equal(
        hgat(batch).last_hidden_state, off(batch).last_hidden_state
    )
    graphs[0].edge_type[-1] = 12
    assert torch.equal(hgat.embed(graphs[0]), off.embed(graphs[0]))


def test_batching_and_padding_change_nothing(linked, make_model):
    model = make_model(occurrence="hgat").graphmert
    alone = torch.cat([model(graph).last_hidden_state for graph in linked])
    out = model(Batch.from_data_list(linked)).last_hidden_state
    torch.testing.assert_close(out, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("occurrence", ["off", "bias"])
def test_otherwise_no_message_comes_from_them(linked, make_model, occurrence):
    model = make_model(occurrence=occurrence).graphmert
    assert model.hgat.num_relations == 13
    roots = linked[0].node_type == 0
    assert torch.equal(
        model.embed(linked[0])[roots],
        model.get_input_embeddings()(linked[0].input_ids)[roots],
    )


def test_types_beyond_the_schema_are_refused(linked, make_model):
    model = make_model(occurrence="hgat").graphmert
    assert isinstance(model.hgat, HGATConv)
    linked[0].edge_type[-1] = 18
    with pytest.raises(ValueError, match="'edge_type' must be below 18"):
        model(linked[0])
