"""Models over packed graphs: the same as over padded ones."""

import pytest
import torch
from torch_geometric.data import Batch
from transformers import ModernBertConfig, MPNetConfig

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertConfig, GraphMertModel


@pytest.fixture
def uneven(graphs):
    """Four graphs of 1 to 150 nodes: one crosses the border of a block."""
    long = ChainGraph.from_triples(
        [5 + i % 20 for i in range(36)],
        [(i, 1 + i % 2, i % 12, [7, 8 + i % 9, 9]) for i in range(34)],
    )
    return [*graphs, long, ChainGraph.from_triples([5], [])]


def flex_of(model, **overrides):
    """Return the same model with attention over packed graphs."""
    config = model.config.to_dict() | {"attention": "flex"} | overrides
    flex = type(model)(type(model.config).from_dict(config)).eval()
    flex.load_state_dict(model.state_dict())
    return flex


@pytest.mark.parametrize("hgat", [True, False])
@pytest.mark.parametrize("mode", ["multiply", "bias", "off"])
@torch.no_grad()
def test_equals_the_padded_form(uneven, make_model, untraced_flex, mode, hgat):
    decay = {"decay": False} if mode == "off" else {"decay_mode": mode}
    model = make_model(hgat=hgat, **decay).graphmert
    expected = torch.cat([model(graph).last_hidden_state for graph in uneven])
    batch = Batch.from_data_list(uneven)
    padded = model(batch).last_hidden_state
    torch.testing.assert_close(padded, expected, atol=1e-5, rtol=0)
    packed = flex_of(model)(batch).last_hidden_state
    torch.testing.assert_close(packed, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("position", ["anchor", "none"])
@torch.no_grad()
def test_order_and_padding_change_nothing(
    uneven, make_model, untraced_flex, position
):
    model = make_model(position=position).graphmert
    expected = [model(graph).last_hidden_state for graph in uneven]
    for order, budget in (
        ([0, 1, 2, 3, 4], 256),
        ([4, 2, 3, 1, 0], 256),
        ([3, 1, 0], 640),
    ):
        flex = flex_of(model, token_budget=budget)
        batch = Batch.from_data_list([uneven[place] for place in order])
        torch.testing.assert_close(
            flex(batch).last_hidden_state,
            torch.cat([expected[place] for place in order]),
            atol=1e-5,
            rtol=0,
        )


@torch.no_grad()
def test_choice_is_stored(tmp_path, graphs, make_model, untraced_flex):
    model = flex_of(make_model().graphmert, token_budget=128)
    model.save_pretrained(tmp_path)
    loaded = GraphMertModel.from_pretrained(tmp_path)
    assert loaded.config.attention == "flex"
    assert loaded.config.token_budget == 128
    torch.testing.assert_close(
        loaded(graphs[0]).last_hidden_state, model(graphs[0]).last_hidden_state
    )


@pytest.mark.parametrize("mode", ["multiply", "bias"])
def test_losses_and_gradients_equal(labelled, make_model, flex_gradients, mode):
    model = make_model(decay_mode=mode)
    flex = flex_of(model)
    losses = [form(labelled).loss for form in (model, flex)]
    torch.testing.assert_close(*losses)
    for loss in losses:
        loss.backward()
    for (name, value), other in zip(
        model.named_parameters(), flex.parameters(), strict=True
    ):
        assert (value.grad is None) == (other.grad is None), name
        if value.grad is not None:
            torch.testing.assert_close(
                other.grad, value.grad, atol=1e-5, rtol=1e-4
            )


@pytest.mark.parametrize("mode", ["multiply", "bias"])
def test_offset_gradient_equals_finite_differences(
    labelled, make_model, flex_gradients, central_difference, mode
):
    model = flex_of(make_model(decay_mode=mode)).double()
    offset = model.graphmert.decay_offset
    (gradient,) = torch.autograd.grad(model(labelled).loss, offset)
    for head in range(offset.numel()):
        difference = central_difference(
            lambda: model(labelled).loss.item(), offset, head
        )
        assert difference == pytest.approx(gradient[head].item(), rel=1e-4)


def test_refuses_what_the_kernels_lack(graphs, make_model, flex_gradients):
    model = flex_of(make_model().graphmert)
    with pytest.raises(ValueError, match=r"'attention'.*dropout.*\(got 0.1\)"):
        model.train()(graphs[0])


def test_refuses_gradients_on_the_cpu(graphs, make_model):
    model = flex_of(make_model().graphmert)
    with pytest.raises(ValueError, match=r"'attention'.*CPU.*\(got 'flex'\)"):
        model(graphs[0])


@torch.no_grad()
def test_refuses_bad_budgets(graphs, make_config, make_model):
    for budget in (0, 100, -128):
        with pytest.raises(ValueError, match=rf"'token_budget'.*{budget}"):
            make_config(token_budget=budget)
    graph = ChainGraph.from_triples([5] * 30, [(0, 1, 0, [6] * 99)])
    with pytest.raises(ValueError, match=r"'batch'.* 128 .*\(got 129\)"):
        flex_of(make_model().graphmert, token_budget=128)(graph)


def test_refuses_encoders_that_would_mix_graphs():
    backbone = MPNetConfig(
        vocab_size=20,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
    )
    message = r"'backbone_config'.*'flex'.*'mpnet'"
    with pytest.raises(ValueError, match=message):
        GraphMertModel(
            GraphMertConfig(
                backbone_config=backbone, decay=False, attention="flex"
            )
        )
    model = GraphMertModel(
        GraphMertConfig(backbone_config=backbone, decay=False)
    )
    with pytest.raises(ValueError, match=message):
        model.set_attn_implementation("flex")
    assert model.config.attention == "eager"


@pytest.fixture
def make_modern():
    """Build models with rotary positions and layers that attend locally."""

    def make(**overrides):
        backbone = ModernBertConfig(
            vocab_size=30,
            hidden_size=16,
            num_attention_heads=2,
            num_hidden_layers=4,
            intermediate_size=16,
            local_attention=8,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            cls_token_id=1,
            sep_token_id=2,
        )
        torch.manual_seed(0)
        config = GraphMertConfig(backbone_config=backbone, **overrides)
        model = GraphMertModel(config).eval()
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.normal_(0, 0.2)
        return model

    return make


@pytest.mark.parametrize(
    "overrides",
    [{}, {"decay": False}, {"decay_mode": "bias", "attention": "sdpa"}],
)
@torch.no_grad()
def test_local_layers_equal_in_every_form(
    uneven, make_modern, untraced_flex, overrides
):
    model = make_modern(**overrides)
    expected = torch.cat([model(graph).last_hidden_state for graph in uneven])
    batch = Batch.from_data_list(uneven)
    for form in (model, flex_of(model)):
        torch.testing.assert_close(
            form(batch).last_hidden_state, expected, atol=1e-5, rtol=0
        )


@torch.no_grad()
def test_windows_are_over_chain_positions(make_modern, untraced_flex):
    # 4 positions each way. Leaves stand behind the chain, far from their anchor
    # by index, and still see it; one layer only, so that nothing passes on.
    model = make_modern(hgat=False)
    model.backbone.layers = model.backbone.layers[1:2]
    assert model.backbone.layers[0].attn.sliding_window == 5
    graph = ChainGraph.from_triples(list(range(5, 25)), [(0, 1, 0, [25, 26])])
    for form in (model, flex_of_layers(model)):
        before = form(graph).last_hidden_state
        graph.input_ids[0] += 1
        moved = (form(graph).last_hidden_state - before).abs().amax(dim=1) > 0
        graph.input_ids[0] -= 1
        assert moved.nonzero().flatten().tolist() == [0, 1, 2, 3, 4, 20, 21]


def flex_of_layers(model):
    flex = type(model)(
        type(model.config).from_dict(
            model.config.to_dict() | {"attention": "flex"}
        )
    )
    flex.backbone.layers = flex.backbone.layers[1:2]
    flex.load_state_dict(model.state_dict())
    return flex.eval()


@pytest.mark.parametrize("mode", ["multiply", "bias"])
def test_occurrence_biases_equal(linked, make_model, flex_gradients, mode):
    model = make_model(decay_mode=mode, occurrence="bias").graphmert
    for name, parameter in model.named_parameters():
        if name.endswith("occurrence_bias"):
            parameter.data.normal_()
    batch = Batch.from_data_list(linked)
    outputs, gradients = [], []
    for form in (model, flex_of(model)):
        outputs.append(form(batch).last_hidden_state)
        outputs[-1].pow(3).sum().backward()
        gradients.append(
            [
                value.grad
                for name, value in form.named_parameters()
                if name.endswith(("occurrence_bias", "decay_offset"))
            ]
        )
    torch.testing.assert_close(outputs[1], outputs[0], atol=1e-5, rtol=0)
    assert len(gradients[0]) == 2
    for eager, flex in zip(*gradients, strict=True):
        assert eager.abs().max() > 1e-3
        torch.testing.assert_close(flex, eager, atol=1e-4, rtol=1e-4)
