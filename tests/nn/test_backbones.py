"""Every encoder as a backbone, and those that are refused."""

import pytest
import torch
from torch_geometric.data import Batch
from transformers import AutoConfig

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import (
    GraphMertConfig,
    GraphMertForPreTraining,
    GraphMertModel,
    parameter_groups,
)

MODES = ["multiply", "bias"]


@pytest.mark.parametrize("mode", MODES)
@torch.no_grad()
def test_batching_changes_nothing(graphs, backbone, make_over, mode):
    model = make_over(backbone, decay_mode=mode).graphmert
    alone = [model(graph).last_hidden_state for graph in graphs]
    for order in ([0, 1, 2], [2, 0, 1], [1], [0, 0]):
        out = model(
            Batch.from_data_list([graphs[index] for index in order])
        ).last_hidden_state
        expected = torch.cat([alone[index] for index in order])
        torch.testing.assert_close(out, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("mode", MODES)
def test_decay_reaches_attention(graphs, backbone, make_over, mode):
    model = make_over(backbone, decay_mode=mode).graphmert
    assert model.attention_is_ours
    before = model(graphs[0]).last_hidden_state
    weight = torch.randn_like(before)
    (before * weight).sum().backward()
    assert (model.decay_offset.grad.abs() > 1e-6).all()
    model.decay_offset.data += 1
    after = model(graphs[0]).last_hidden_state
    assert (after - before).abs().max() > 1e-3


def test_padding_is_not_attended_to(graphs, backbone, make_over):
    model = make_over(backbone, decay=False).graphmert
    batch = Batch.from_data_list(graphs)
    before = model(batch).last_hidden_state
    # The second graph pads with what no node of the first may see.
    batch.input_ids[batch.batch == 0] = 7
    after = model(batch).last_hidden_state
    torch.testing.assert_close(
        after[batch.batch > 0], before[batch.batch > 0], atol=1e-6, rtol=0
    )


def test_leaves_take_the_position_of_their_anchor(graphs, backbone, make_over):
    model = make_over(backbone).graphmert
    seen = []
    model.backbone.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs["position_ids"]),
        with_kwargs=True,
    )
    model(graphs[0])
    anchor = torch.tensor([0, 1, 2, 3, 4, 0, 0, 0, 2, 2, 2])
    assert torch.equal(seen[0], anchor[None] + model.position_offset)
    starts_after_padding = backbone.model_type in (
        "roberta",
        "xlm-roberta",
        "camembert",
    )
    assert model.position_offset == int(starts_after_padding)


def test_anchors_change_the_output(graphs, backbone, make_over):
    # Without decay, positions are the only way in which anchors matter.
    model = make_over(backbone, decay=False).graphmert
    moved = graphs[1].clone()
    moved.anchor = torch.tensor([0, 1, 2, 2, 2])
    change = model(moved).last_hidden_state - model(graphs[1]).last_hidden_state
    assert change.abs().max() > 1e-3


def test_pre_training_steps(labelled, backbone, make_over):
    model = make_over(backbone)
    groups = parameter_groups(model, lr=1e-3, weight_decay=0.0)
    before = {name: p.clone() for name, p in model.named_parameters()}
    labelled.labels[13] = 18
    first = model(labelled).loss
    first.backward()
    torch.optim.AdamW(groups).step()
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().max() > 0, name
        assert not torch.equal(parameter, before[name]), name
    assert model(labelled).loss < first


def test_save_and_load(tmp_path, graphs, backbone, make_over):
    model = make_over(backbone, decay_mode="bias", attention="sdpa")
    model.save_pretrained(tmp_path)
    loaded, report = GraphMertForPreTraining.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not any(report.values())
    assert type(loaded.graphmert.backbone) is type(model.graphmert.backbone)
    assert loaded.config.attention == "sdpa"
    torch.testing.assert_close(
        loaded(graphs[0]).logits, model(graphs[0]).logits
    )


def test_fused_kernels_equal_the_reference(labelled, backbone, make_over):
    eager, fused = (
        make_over(backbone, decay_mode="bias", attention=name)
        for name in ("eager", "sdpa")
    )
    torch.testing.assert_close(
        eager(labelled).loss, fused(labelled).loss, atol=1e-5, rtol=0
    )


ROTARY = ["modernbert", "eurobert", "nomic_bert"]


@pytest.mark.parametrize("backbone", ROTARY, indirect=True)
def test_rotary_positions_are_relative(graphs, backbone, make_over):
    model = make_over(backbone).graphmert
    shifted = graphs[0].clone()
    shifted.anchor += 6
    torch.testing.assert_close(
        model(shifted).last_hidden_state,
        model(graphs[0]).last_hidden_state,
        atol=1e-5,
        rtol=0,
    )


@pytest.mark.parametrize("backbone", ["modernbert"], indirect=True)
def test_local_layers_count_chain_positions(backbone, make_over):
    backbone.layer_types = ["sliding_attention"] * 2
    model = make_over(backbone, hgat=False, num_transform_layers=0).graphmert
    # Root 0 and its leaf, 9 places later: 2 x 2 chain positions reach root 4.
    graph = ChainGraph.from_triples(list(range(5, 14)), [(0, 1, 0, [14])])
    before = model(graph).last_hidden_state
    for changed, sees in ((0, True), (4, True), (5, False), (8, False)):
        other = graph.clone()
        other.input_ids[changed] = 20
        change = (model(other).last_hidden_state - before)[9].abs().max()
        assert (change > 1e-6) == sees, changed


@pytest.mark.parametrize(
    ("backbone", "own"),
    [
        ("roberta", False),
        ("bert", False),
        ("nomic_bert", False),
        ("xlm-roberta", False),
        ("modernbert", True),
        ("distilbert", True),
        ("eurobert", True),
    ],
    indirect=["backbone"],
)
def test_the_leaf_type_is_never_lost(graphs, backbone, own, make_over):
    model = make_over(backbone).graphmert
    assert (model.type_embedding is not None) == own
    seen = []
    model.backbone.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs), with_kwargs=True
    )
    model(graphs[1])
    x = model.embed(graphs[1])
    slots = model.slot_embedding.weight[[0, 0, 0, 1, 2]]
    types = torch.tensor([[0, 0, 0, 1, 1]])
    if own:
        leaf = model.type_embedding.weight[1]
        torch.testing.assert_close(
            seen[0]["inputs_embeds"][0], x + slots + types.T * leaf
        )
        assert "token_type_ids" not in seen[0]
    else:
        torch.testing.assert_close(seen[0]["inputs_embeds"][0], x + slots)
        assert torch.equal(seen[0]["token_type_ids"], types)


def test_one_token_type_is_not_enough(graphs, make_over):
    backbone = AutoConfig.for_model(
        "roberta",
        vocab_size=30,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        type_vocab_size=1,
    )
    model = make_over(backbone).graphmert
    assert model.type_embedding.weight.shape == (2, 16)
    assert model(graphs[0]).last_hidden_state.isfinite().all()


SILENT = ["mpnet", "megatron-bert", "roformer", "convbert", "nystromformer"]
SILENT += ["big_bird", "deberta-v2", "longformer", "layoutlm"]
DECODERS = ["gpt2", "llama", "t5", "bart"]


def small_config(name):
    extra = {"attention_window": 4} if name == "longformer" else {}
    extra |= {"n_embd": 16, "n_head": 2} if name == "gpt2" else {}
    sizes = {
        "vocab_size": 30,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
    }
    return AutoConfig.for_model(name, **sizes | extra)


# ESM reads positions only with token ids; RoFormer counts places.
@pytest.mark.parametrize("name", ["esm", "roformer"])
def test_refuses_what_would_ignore_anchors(name):
    config = GraphMertConfig(
        backbone_config=small_config(name), decay=name == "esm"
    )
    with pytest.raises(
        ValueError, match=rf"'backbone_config'.*'position_ids'.*'{name}'"
    ):
        GraphMertModel(config)


@pytest.mark.parametrize("name", SILENT + DECODERS)
def test_refuses_what_would_ignore_the_decay(name):
    state = torch.get_rng_state()
    with pytest.raises(
        ValueError, match=rf"'backbone_config' must be .*\(got '{name}'\)"
    ):
        GraphMertModel(GraphMertConfig(backbone_config=small_config(name)))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", ["gpt2", "llama", "t5"])
def test_a_decoder_is_refused_without_decay_too(name):
    config = GraphMertConfig(backbone_config=small_config(name), decay=False)
    with pytest.raises(
        ValueError, match=r"'backbone_config'.*(causal|decoder)"
    ):
        GraphMertModel(config)


@pytest.mark.parametrize("backbone", ["bert", "roberta"], indirect=True)
def test_a_bert_decoder_is_causal(backbone):
    backbone.is_decoder = True
    with pytest.raises(ValueError, match="its attention is causal"):
        GraphMertModel(GraphMertConfig(backbone_config=backbone))


def test_any_encoder_does_without_decay(graphs):
    config = GraphMertConfig(backbone_config=small_config("mpnet"), decay=False)
    model = GraphMertModel(config).eval()
    assert not model.attention_is_ours
    alone = torch.cat([model(graph).last_hidden_state for graph in graphs])
    out = model(Batch.from_data_list(graphs)).last_hidden_state
    torch.testing.assert_close(out, alone, atol=1e-5, rtol=0)
