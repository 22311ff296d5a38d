import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertConfig, GraphMertForPreTraining

VOCAB = 30


@pytest.fixture
def graphs():
    """Three unequal graphs: two triples on one root, and none at all."""
    return [
        ChainGraph.from_triples(
            [5, 6, 7, 8, 9],
            [
                (0, 3, 2, [10, 11]),
                (0, 1, 0, [12]),
                (2, 2, 11, [13, 14, 15]),
            ],
        ),
        ChainGraph.from_triples([16, 17, 18], [(1, 1, 4, [19, 20])]),
        ChainGraph.from_triples([21, 22], []),
    ]


@pytest.fixture
def labelled(graphs):
    """The same with a span, a leaf and a relation masked."""
    for graph in graphs:
        graph.labels = torch.full_like(graph.input_ids, -100)
        graph.edge_label = torch.full_like(graph.edge_type, -100)
    first = graphs[0]
    first.labels[[1, 2, 5, 6]] = torch.tensor([6, 7, 10, 11])
    first.input_ids[[1, 2, 5, 6]] = 4
    for triple, relation in ((2, 0), (3, 11)):
        edges = first.triple[first.edge_index[1]] == triple
        first.edge_label[edges] = relation
        first.edge_type[edges] = 12
    graphs[1].labels[0] = 16
    return Batch.from_data_list(graphs)


@pytest.fixture
def make_config():
    def make(**overrides):
        sizes = {
            "hidden_size": 16,
            "num_attention_heads": 2,
            "num_hidden_layers": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 40,
        }
        return GraphMertConfig.small(VOCAB, **(sizes | overrides))

    return make


@pytest.fixture
def make_model(make_config):
    def make(**overrides):
        torch.manual_seed(0)
        model = GraphMertForPreTraining(make_config(**overrides)).eval()
        for parameter in model.parameters():
            if parameter.dim() > 1:
                # Larger than the usual 0.02, so that tests see differences.
                parameter.data.normal_(0, 0.2)
        model.graphmert.slot_embedding.weight.data[0] = 0
        return model

    return make
