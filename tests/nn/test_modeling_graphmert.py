import pytest
import torch
from torch_geometric.data import Batch
from transformers import AutoModel

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertModel
from gmert_pyg.nn.attention import EAGER


@pytest.mark.parametrize("decay", [True, False])
def test_batching_and_padding_change_nothing(graphs, make_model, decay):
    model = make_model(decay=decay).graphmert
    alone = [model(graph).last_hidden_state for graph in graphs]
    for order in ([0, 1, 2], [2, 0, 1]):
        out = model(
            Batch.from_data_list([graphs[index] for index in order])
        ).last_hidden_state
        expected = torch.cat([alone[index] for index in order])
        torch.testing.assert_close(out, expected, atol=1e-5, rtol=0)


def test_relation_zero_differs_from_no_edge(make_model):
    model = make_model().graphmert
    graph = ChainGraph.from_triples([5, 6], [(0, 1, 0, [7])])
    absent = graph.clone()
    absent.edge_index, absent.edge_type = (
        absent.edge_index[:, :0],
        absent.edge_type[:0],
    )
    assert (
        model(graph).last_hidden_state - model(absent).last_hidden_state
    ).abs().max() > 1e-3
    assert torch.equal(
        model.embed(absent), model.get_input_embeddings()(absent.input_ids)
    )


def test_occurrence_edges_are_off(make_model):
    model = make_model().graphmert
    plain, linked = (
        ChainGraph.from_triples([5, 6], [(0, 1, 0, [7])], occurrences=edges)
        for edges in ([], [(1, 0, 13)])
    )
    assert torch.equal(
        model(plain).last_hidden_state, model(linked).last_hidden_state
    )


def test_embeddings_by_hand(make_model):
    model = make_model(hgat=False).graphmert
    graph = ChainGraph.from_triples([5, 6, 7], [(1, 2, 0, [8, 9])])
    seen = []
    table = model.backbone.embeddings
    table.register_forward_hook(lambda module, args, out: seen.append(out))
    model(graph)
    word, slot = table.word_embeddings.weight, model.slot_embedding.weight
    position = table.position_embeddings.weight
    root, leaf = table.token_type_embeddings.weight
    # Padding is token 0: RoBERTa's position 0 is row 1. Both leaves are at 1.
    sums = torch.stack(
        [
            word[5] + position[1] + root,
            word[6] + position[2] + root,
            word[7] + position[3] + root,
            word[8] + position[2] + leaf + slot[1],
            word[9] + position[2] + leaf + slot[2],
        ]
    )
    torch.testing.assert_close(seen[0][0], table.LayerNorm(sums))
    assert not slot[0].any()


def test_without_positions_the_encoder_sees_words_alone(make_config):
    model = GraphMertModel(make_config(position="none", hgat=False)).eval()
    graph = ChainGraph.from_triples([5, 6, 7], [(1, 2, 0, [8, 9])])
    seen = []
    model.backbone.encoder.register_forward_pre_hook(
        lambda module, args: seen.append(args[0])
    )
    model(graph)
    words = model.get_input_embeddings().weight[[5, 6, 7, 8, 9]]
    torch.testing.assert_close(seen[0][0], words)
    assert model.slot_embedding is model.type_embedding is None


@torch.no_grad()
def test_there_and_back_through_the_padded_layout(make_model):
    model = make_model().graphmert
    graphs = [
        ChainGraph.from_triples(
            [5, 6, 7], [(0, 1, 3, [8, 9]), (2, 1, 0, [10])]
        ),
        ChainGraph.from_triples([11, 12], [(1, 1, 5, [13])]),
    ]
    back = ChainGraph.from_padded(*ChainGraph.to_padded(graphs, 6, 4))
    expected, found = (
        model(Batch.from_data_list(some)).last_hidden_state
        for some in (graphs, back)
    )
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_later_slots_share_an_embedding(make_model):
    model = make_model(max_slots=2).graphmert
    graph = ChainGraph.from_triples([5], [(0, 1, 0, [6, 7, 8, 9])])
    assert model(graph).last_hidden_state.isfinite().all()


def test_error_inside_the_layer_propagates(graphs, make_model, monkeypatch):
    model = make_model().graphmert

    def fail(*args, **kwargs):
        raise RuntimeError("inside")

    monkeypatch.setattr(model.hgat, "message", fail)
    monkeypatch.setattr(model.hgat, "edge_update", fail)
    with pytest.raises(RuntimeError, match="inside"):
        model(graphs[0])


def test_autocast(graphs, make_model):
    model = make_model().graphmert
    expected = model(graphs[0]).last_hidden_state
    with torch.autocast("cpu", torch.bfloat16):
        out = model(graphs[0]).last_hidden_state
    assert (out - expected).abs().mean() < 0.05


def test_save_and_load(tmp_path, graphs, make_model):
    model = make_model().graphmert
    model.save_pretrained(tmp_path)
    loaded, report = AutoModel.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not any(report.values())
    assert loaded.backbone.config._attn_implementation == EAGER
    torch.testing.assert_close(
        loaded(graphs[0]).last_hidden_state, model(graphs[0]).last_hidden_state
    )
