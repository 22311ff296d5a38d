import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import (
    GraphMertForPreTraining,
    chain_distance,
    distance_decay,
)

GOLDEN = Path(__file__).parent.parent / "data" / "golden"


@pytest.fixture(params=["tiny", "heads4", "base09"])
def golden(request):
    with safe_open(GOLDEN / f"{request.param}.safetensors", "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return tensors, json.loads(file.metadata()["config"])


@pytest.fixture
def graphs(golden):
    tensors, config = golden
    return ChainGraph.from_dense(
        tensors["input_nodes"],
        tensors["attention_mask"],
        tensors["leaf_relationships"],
        tensors["head_lengths"],
        config["root_nodes"],
    )


def weights(tensors, prefix=""):
    return {
        prefix + name.removeprefix("weights."): value
        for name, value in tensors.items()
        if name.startswith("weights.")
    }


def assert_close(ours, golden):
    torch.testing.assert_close(ours, golden, atol=2e-5, rtol=0)


@pytest.mark.parametrize(
    ("prefix", "attention"),
    [("", "eager"), ("weights.", "eager"), ("", "flex")],
)
@torch.no_grad()
def test_parity(golden, graphs, prefix, attention):
    tensors, config = golden
    model = GraphMertForPreTraining.from_authors_state_dict(
        weights(tensors, prefix), config
    )
    model.set_attn_implementation(attention)
    batch = Batch.from_data_list(graphs)
    exists = tensors["attention_mask"].bool()
    assert batch.num_nodes == exists.sum()
    out = model(batch)
    features = model.graphmert.embed(batch)
    assert_close(features, tensors["out.node_feature"][exists])
    hidden = tensors["out.encoder_last_hidden"][exists]
    assert_close(out.last_hidden_state, hidden)
    assert_close(out.logits, tensors["out.logits"][exists])


def everything(model, batch):
    """Node features, encoder states and logits of a batch."""
    out = model(batch)
    features = model.graphmert.embed(batch)
    return torch.cat([features, out.last_hidden_state, out.logits], dim=1)


@pytest.mark.parametrize(
    ("mode", "attention"),
    [
        ("multiply", "eager"),
        ("multiply", "flex"),
        ("bias", "eager"),
        ("bias", "sdpa"),
        ("bias", "flex"),
    ],
)
@torch.no_grad()
def test_invariances(golden, graphs, mode, attention):
    tensors, config = golden
    model = GraphMertForPreTraining.from_authors_state_dict(
        weights(tensors), config
    )
    model.config.decay_mode = mode
    model.set_attn_implementation(attention)
    expected = [everything(model, graph) for graph in graphs]
    relation = int(graphs[0].edge_type.max())
    longer = ChainGraph.from_triples(
        list(range(5, 8)) * 9, [(0, 2, relation, [6, 7])]
    )
    count = len(graphs)
    for order in (
        list(range(count)),
        list(range(count))[::-1],
        [count - 1, 0, 0],
        [*range(count), count],  # beside a longer graph: more padding
        [count, *range(count)],
    ):
        every = [*graphs, longer]
        batch = Batch.from_data_list([every[index] for index in order])
        found = everything(model, batch).split(batch.ptr.diff().tolist())
        for index, ours in zip(order, found, strict=True):
            if index < count:
                torch.testing.assert_close(
                    ours, expected[index], atol=1e-5, rtol=0
                )


@torch.no_grad()
def test_there_and_back_through_the_layouts(golden, graphs):
    tensors, config = golden
    model = GraphMertForPreTraining.from_authors_state_dict(
        weights(tensors), config
    )
    expected = everything(model, Batch.from_data_list(graphs))
    num_roots, leaves = config["root_nodes"] + 3, config["leaves_per_root"] + 2
    dense = ChainGraph.to_dense(graphs, num_roots, leaves)
    # Slots that hold nothing change nothing.
    assert dense[0].shape == (len(graphs), num_roots * (1 + leaves))
    back = ChainGraph.from_dense(*dense[:4], num_roots)
    found = everything(model, Batch.from_data_list(back))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@torch.no_grad()
def test_distance_and_decay(golden, graphs):
    tensors, config = golden
    p = tensors["weights.graphmert.graph_encoder.sp"].flatten()
    for row, graph in enumerate(graphs):
        exists = tensors["attention_mask"][row].bool()
        distance = chain_distance(
            graph.anchor, graph.node_type, graph.slot, graph.triple
        )
        expected = tensors["out.spatial_pos"][exists][:, exists]
        assert torch.equal(distance + 1, expected)
        assert_close(
            distance_decay(distance, p, config["exp_mask_base"], shift=1),
            tensors["out.decay"][:, exists][:, :, exists],
        )


def test_bad_checkpoints(golden):
    tensors, config = golden
    read = GraphMertForPreTraining.from_authors_state_dict
    with pytest.raises(ValueError, match="'config' must have 'hidden_size'"):
        read(weights(tensors), {"vocab_size": 3})
    with pytest.raises(ValueError, match=r"'state_dict'.*atom_encoder"):
        read({}, config)
    with pytest.raises(ValueError, match="'state_dict' must have"):
        read(weights(tensors), config | {"vocab_size": 7})
