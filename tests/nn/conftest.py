import copy

import pytest
import torch
from torch_geometric.data import Batch
from transformers import AutoConfig

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
def linked():
    """Unequal graphs: two kinds on a pair, an edge to itself, no edge."""
    return [
        ChainGraph.from_triples(
            [5, 6, 7, 8],
            [(0, 2, 3, [10, 11])],
            occurrences=[(3, 1, 13), (3, 1, 15), (1, 3, 14)],
        ),
        ChainGraph.from_triples([16, 17], []),
        ChainGraph.from_triples(
            [5, 6, 9],
            [(1, 1, 0, [7])],
            occurrences=[(2, 2, 13), (2, 0, 17)],
        ),
    ]


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
        if model.graphmert.slot_embedding is not None:
            model.graphmert.slot_embedding.weight.data[0] = 0
        return model

    return make


TINY = {
    "vocab_size": VOCAB,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}
ROTARY = {"bos_token_id": None, "eos_token_id": None}
BACKBONES = {
    "roberta": {"type_vocab_size": 2},
    "bert": {},
    "xlm-roberta": {},
    "modernbert": ROTARY
    | {
        "cls_token_id": None,
        "sep_token_id": None,
        # One layer attends to all, one to chain positions up to 2 away.
        "local_attention": 4,
        "layer_types": ["full_attention", "sliding_attention"],
    },
    "distilbert": {},
    "electra": {"embedding_size": 12},
    "albert": {"embedding_size": 12},
    "camembert": {},
    "eurobert": ROTARY | {"num_key_value_heads": 2, "mask_token_id": 2},
    "nomic_bert": {"head_dim": 8},
}


@pytest.fixture(params=BACKBONES)
def backbone(request):
    """Tiny configurations of every encoder that is tested."""
    return tiny_backbone(request.param)


def tiny_backbone(name):
    return AutoConfig.for_model(name, **(TINY | BACKBONES[name]))


PADDED = ("slot_embedding.weight", "type_embedding.weight")


@pytest.fixture
def make_over():
    """Make a model over an encoder, with weights that tests see the work of."""

    def make(backbone, **overrides):
        torch.manual_seed(0)
        config = GraphMertConfig(
            backbone_config=copy.deepcopy(backbone), **overrides
        )
        model = GraphMertForPreTraining(config).eval()
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.data.normal_(0, 0.2)
            if name.endswith(PADDED):
                parameter.data[0] = 0
        return model

    return make


@pytest.fixture
def central_difference():
    """Estimate the slope of a loss along one element of a parameter."""

    def estimate(loss, parameter, place, step=1e-5):
        start = parameter.data[place].item()
        values = []
        for sign in (1, -1):
            parameter.data[place] = start + sign * step
            values.append(loss())
        parameter.data[place] = start
        return (values[0] - values[1]) / (2 * step)

    return estimate
