import math

import pytest
import torch
from torch_geometric.data import Batch
from transformers import (
    AlbertConfig,
    DistilBertConfig,
    ModernBertConfig,
)

from gmert_pyg.nn import (
    GraphMertConfig,
    GraphMertModel,
    chain_distance,
    distance_decay,
)
from gmert_pyg.nn.attention import SDPA


def nodes_of(graph):
    return graph.anchor, graph.node_type, graph.slot, graph.triple


def layer_weights(model, graph):
    """Recompute the attention weights of all layers, from q and k, by hand."""
    config, backbone = model.config, model.backbone
    hidden = []
    hooks = [
        layer.attention.self.register_forward_hook(
            lambda module, args, kwargs, output: hidden.append(
                args[0] if args else kwargs["hidden_states"]
            ),
            with_kwargs=True,
        )
        for layer in backbone.encoder.layer
    ]
    model(graph)
    for hook in hooks:
        hook.remove()
    heads = config.num_attention_heads
    size = config.hidden_size // heads
    weights = []
    for layer, state in zip(backbone.encoder.layer, hidden, strict=True):
        q, k = (
            projection(state[0]).view(-1, heads, size).transpose(0, 1)
            for projection in (
                layer.attention.self.query,
                layer.attention.self.key,
            )
        )
        logits = q @ k.transpose(1, 2) / math.sqrt(size)
        if model.decay_offset is not None:
            decay = distance_decay(
                chain_distance(*nodes_of(graph)),
                model.decay_offset,
                config.decay_base,
                config.distance_shift,
            )
            if config.decay_mode == "bias":
                logits = logits + decay.log()
            else:
                logits = logits * decay
        weights.append(logits.softmax(-1))
    return torch.stack(weights)


def naive_distances(weights, distance):
    """Sum and average weights pair by pair."""
    layers, heads, size, _ = weights.shape
    mass = torch.zeros(layers, heads, int(distance.max()) + 1)
    pairs = torch.zeros(mass.size(-1))
    for u in range(size):
        for v in range(size):
            mass[..., distance[u, v]] += weights[..., u, v]
            pairs[distance[u, v]] += 1
    return mass / size, mass / pairs, pairs


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"decay_mode": "bias"},
        {"decay": False},
        {"position": "none", "distance_shift": 1},
    ],
    ids=str,
)
@torch.no_grad()
def test_attention_by_distance_equals_a_naive_count(
    graphs, make_model, overrides
):
    if overrides.get("position") == "none":
        model = GraphMertModel(small(**overrides)).eval()
    else:
        model = make_model(**overrides).graphmert
    if model.decay_offset is not None:
        model.decay_offset.data = torch.tensor([0.3, 2.0])
    graph = graphs[0]
    distance = chain_distance(*nodes_of(graph))
    mass, weight, pairs = naive_distances(layer_weights(model, graph), distance)
    found = model.explain(graph).distances
    torch.testing.assert_close(found.mass, mass)
    torch.testing.assert_close(found.weight, weight, equal_nan=True)
    assert found.num_pairs.tolist() == pairs.tolist()
    assert found.num_nodes == 11


def small(**overrides):
    sizes = {"hidden_size": 16, "num_attention_heads": 2}
    sizes |= {"num_hidden_layers": 2, "intermediate_size": 32}
    return GraphMertConfig.small(30, **(sizes | overrides))


def test_mass_is_a_share_and_decay_is_the_model_s(graphs, make_model):
    model = make_model(decay_base=0.5).graphmert
    model.decay_offset.data = torch.tensor([0.5, 1.5])
    found = model.explain(Batch.from_data_list(graphs)).distances
    layers, heads, distances = found.mass.shape
    assert (layers, heads) == (2, 2)
    torch.testing.assert_close(found.mass.sum(-1), torch.ones(2, 2))
    expected = distance_decay(
        torch.arange(distances)[None], torch.tensor([0.5, 1.5]), 0.5
    )
    torch.testing.assert_close(found.decay, expected[:, 0])
    assert found.p.tolist() == [0.5, 1.5]
    assert not found.p.requires_grad
    assert not found.mass.requires_grad


def test_even_attention_has_the_mass_of_the_pairs(graphs, make_model):
    model = make_model().graphmert
    for layer in model.backbone.encoder.layer:
        layer.attention.self.query.weight.data.zero_()
        layer.attention.self.query.bias.data.zero_()
    graph = graphs[0]
    found = model.explain(graph).distances
    size = graph.num_nodes
    share = found.num_pairs / size**2
    torch.testing.assert_close(found.even, share)
    torch.testing.assert_close(found.mass, share.expand_as(found.mass))
    even = found.weight[..., found.num_pairs > 0]
    torch.testing.assert_close(even, torch.full_like(even, 1 / size))


@pytest.mark.parametrize("decay", [True, False])
def test_batching_changes_nothing(graphs, make_model, decay):
    model = make_model(decay=decay)
    alone = [model.explain(graph) for graph in graphs]
    together = model.explain(Batch.from_data_list(graphs))
    torch.testing.assert_close(
        together.triples.alpha,
        torch.cat([one.triples.alpha for one in alone]),
    )
    mass = torch.zeros_like(together.distances.mass)
    pairs = torch.zeros_like(together.distances.num_pairs)
    for one in (one.distances for one in alone):
        known = one.mass.size(-1)
        mass[..., :known] += one.mass * one.num_nodes
        pairs[:known] += one.num_pairs
    torch.testing.assert_close(
        together.distances.mass, mass / together.distances.num_nodes
    )
    assert torch.equal(together.distances.num_pairs, pairs)
    assert together.distances.even.sum() == pytest.approx(1)


def test_alpha_is_the_attention_of_h_gat(graphs, make_model):
    model = make_model().graphmert
    batch = Batch.from_data_list(graphs)
    x = model.get_input_embeddings()(batch.input_ids)
    _, (edge_index, alpha) = model.hgat(
        x, batch.edge_index, batch.edge_type, return_attention_weights=True
    )
    found = model.explain(batch).triples
    assert torch.equal(found.edge_index, edge_index)
    assert torch.equal(found.alpha, alpha)
    sums = torch.zeros(batch.num_nodes).index_add(0, edge_index[1], alpha)
    is_leaf = batch.node_type == 1
    torch.testing.assert_close(sums, is_leaf.float())


def test_attention_of_a_triple_is_a_matrix_of_leaves_and_heads(
    graphs, make_model
):
    found = make_model().explain(Batch.from_data_list(graphs)).triples
    triples = found.by_triple()
    assert [(one.graph, one.triple) for one in triples] == [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 1),
    ]
    assert [one.heads for one in triples] == [[0, 1, 2], [0], [2, 3], [1]]
    assert [tuple(one.alpha.shape) for one in triples] == [
        (2, 3),
        (1, 1),
        (3, 2),
        (2, 1),
    ]
    for one in triples:
        torch.testing.assert_close(
            one.alpha.sum(1), torch.ones(one.alpha.size(0))
        )
    table = found.to_pandas()
    assert list(table.columns) == [
        *("graph", "triple", "relation", "leaf", "head", "alpha")
    ]
    row = table[(table.triple == 3) & (table.leaf == 2) & (table["head"] == 3)]
    assert row.relation.item() == triples[2].relation == "flows_to"
    assert row.alpha.item() == pytest.approx(triples[2].alpha[1, 1].item())


def test_tables_have_a_row_per_head_and_distance(graphs, make_model):
    found = make_model().explain(graphs[0]).distances
    table = found.to_pandas()
    assert len(table) == found.mass.numel()
    row = table[table.layer.eq(1) & table["head"].eq(0) & table.distance.eq(2)]
    assert row.mass.item() == pytest.approx(found.mass[1, 0, 2].item())
    assert row.decay.item() == pytest.approx(found.decay[0, 2].item())
    assert row.num_pairs.item() == found.num_pairs[2]
    undamped = make_model(decay=False).explain(graphs[0]).distances
    assert "decay" not in undamped.to_pandas()


def test_what_a_model_lacks_is_none(graphs, make_model):
    found = make_model(hgat=False, decay=False).explain(graphs[0])
    assert found.triples is None
    assert found.distances.decay is None
    assert found.distances.p is None
    found = make_model().explain(graphs[2])  # a graph without triples
    assert found.triples.by_triple() == []
    assert len(found.triples.to_pandas()) == 0


def test_occurrence_edges_are_no_triples(make_model, graphs):
    graph = graphs[1].clone()
    edges = torch.tensor([[0], [2]])
    graph.edge_index = torch.cat([graph.edge_index, edges], 1)
    graph.edge_type = torch.cat([graph.edge_type, torch.tensor([14])])
    found = make_model().explain(graph).triples
    assert found.edge_index.tolist() == graphs[1].edge_index.tolist()


def test_a_masked_relation_and_a_model_without_a_schema_have_names(
    labelled, make_model
):
    found = make_model().explain(labelled).triples
    assert "[MASK]" in set(found.to_pandas().relation)
    config = small(num_relations=12)
    assert config.schema is None
    found = GraphMertModel(config).explain(labelled).triples
    assert "relation 4" in set(found.to_pandas().relation)


def test_mode_and_choice_of_attention_are_restored(
    graphs, make_model, monkeypatch
):
    model = make_model(decay_mode="bias", attn_implementation=SDPA).graphmert
    assert model.backbone.config._attn_implementation == SDPA
    model.train()
    model.backbone.encoder.layer[0].eval()
    modes = [module.training for module in model.modules()]
    reference = make_model(decay_mode="bias").explain(graphs[0]).distances
    torch.testing.assert_close(
        model.explain(graphs[0]).distances.mass, reference.mass
    )

    def fail(*args, **kwargs):
        raise RuntimeError("inside")

    monkeypatch.setattr(model.backbone.encoder.layer[1], "forward", fail)
    with pytest.raises(RuntimeError, match="inside"):
        model.explain(graphs[0])
    assert model.backbone.config._attn_implementation == SDPA
    assert [module.training for module in model.modules()] == modes
    assert not model.backbone._forward_pre_hooks


@pytest.mark.parametrize("decay", [True, False])
@pytest.mark.parametrize(
    "backbone",
    [
        ModernBertConfig(
            vocab_size=30,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            cls_token_id=1,
            sep_token_id=2,
        ),
        DistilBertConfig(
            vocab_size=30, dim=16, hidden_dim=32, n_layers=2, n_heads=2
        ),
        AlbertConfig(
            vocab_size=30,
            embedding_size=16,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
        ),
    ],
    ids=lambda config: config.model_type,
)
def test_other_encoders_are_explained(graphs, backbone, decay):
    model = GraphMertModel(
        GraphMertConfig(backbone_config=backbone, decay=decay)
    )
    found = model.explain(Batch.from_data_list(graphs)).distances
    torch.testing.assert_close(found.mass.sum(-1), torch.ones(2, 2))


def test_an_encoder_without_readable_weights_is_refused(
    graphs, make_model, monkeypatch
):
    model = make_model(decay=False).graphmert
    backbone = type(model.backbone)
    monkeypatch.setattr(
        backbone, "_can_set_attn_implementation", lambda *args: False
    )
    with pytest.raises(ValueError, match=r"'backbone' must be .*RobertaModel"):
        model.explain(graphs[0])
    monkeypatch.undo()
    # An encoder whose attention is its own.
    model.backbone.set_attn_implementation("sdpa")
    monkeypatch.setattr(
        model.backbone, "set_attn_implementation", lambda name: None
    )
    with pytest.raises(ValueError, match=r"'backbone' must pass .*Roberta"):
        model.explain(graphs[0])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_precisions(graphs, make_model, dtype):
    found = make_model().to(dtype).explain(graphs[0])
    assert found.triples.alpha.dtype == dtype
    assert found.distances.mass.dtype == torch.promote_types(
        dtype, torch.float32
    )
    tolerance = 1e-2 if dtype == torch.bfloat16 else 1e-12
    torch.testing.assert_close(
        found.distances.mass.sum(-1),
        torch.ones(2, 2, dtype=found.distances.mass.dtype),
        atol=tolerance,
        rtol=0,
    )
    assert found.triples.to_pandas().alpha.max() <= 1
    assert len(found.distances.to_pandas()) > 0
