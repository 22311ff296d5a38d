"""Eager, sdpa and flex: the same outputs, and gradients of q, k, v and p."""

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch

from gmert_pyg.nn.attention import (
    eager_attention,
    flex_attention,
    sdpa_attention,
)
from gmert_pyg.nn.attention.arguments import decay_arguments, packed_arguments
from gmert_pyg.nn.attention.encoder_mask import LOCAL, encoder_mask
from gmert_pyg.nn.attention.pair_bias import pad_pairs
from gmert_pyg.nn.dense_batch import DenseBatch
from gmert_pyg.nn.packed_batch import PackedBatch

HEADS, SIZE, WINDOW = 2, 8, 2
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 1e-2}


class Case:
    """Queries, keys, values and an offset over the nodes of a batch."""

    def __init__(self, graphs, config, dtype, device="cpu"):
        generator = torch.Generator().manual_seed(0)
        self.batch = Batch.from_data_list(graphs).to(device)
        self.config, size = config, self.batch.num_nodes

        def draw(*shape, scale=1.0):
            value = torch.randn(*shape, generator=generator) * scale
            return value.to(device, dtype).requires_grad_()

        shape = size, HEADS, SIZE
        self.query, self.key, self.value = (
            draw(*shape),
            draw(*shape),
            draw(*shape),
        )
        full = torch.promote_types(dtype, torch.float32)
        self.offset = torch.tensor(
            [0.7, 1.6], dtype=full, device=device, requires_grad=True
        )
        self.weight = draw(*shape).detach()
        # Pairs inside graphs, a leaf and a node with itself among them.
        self.pairs = torch.tensor(
            [[0, 3, 3, 10, 12, 14], [4, 1, 0, 8, 12, 15]], device=device
        )
        self.pair_bias = draw(HEADS, 6, scale=1.5)

    @property
    def inputs(self):
        return self.query, self.key, self.value, self.offset, self.pair_bias

    def run(self, function, window=None, pairs=True):
        """Return the output of a form, and its gradients."""
        out = self.attend(function, window, pairs)
        loss = (out * self.weight).sum()
        gradients = torch.autograd.grad(loss, self.inputs, allow_unused=True)
        return [out, *gradients]

    def attend(self, function, window=None, pairs=True):
        batch = self.batch
        nodes = torch.stack(
            [batch.anchor, batch.node_type, batch.slot, batch.triple], dim=1
        )
        backbone = self.config.backbone_config
        if window is not None:
            backbone.layer_types = [LOCAL]
            backbone.sliding_window = window - 1
        if function is flex_attention:
            layout = PackedBatch(batch.batch, batch.num_graphs, 256)
            places = layout.to_dense(nodes)
            arguments = packed_arguments(
                self.config, self.offset, places, layout
            )
            mask = arguments.pop("attention_mask")
        else:
            length = int(batch.batch.bincount().max())
            layout = DenseBatch(batch.batch, batch.num_graphs, length)
            places = layout.to_dense(nodes)
            arguments = decay_arguments(
                self.config, self.offset, places, length
            )
            mask = encoder_mask(backbone, layout.mask(), places[..., 0])
            mask = mask if window is None else mask[LOCAL]
        if pairs:
            self.add_pairs(arguments, layout)
        dense = [
            layout.to_dense(value).transpose(1, 2)
            for value in (self.query, self.key, self.value)
        ]
        out, _ = function(
            nn.Identity(), *dense, mask, sliding_window=window, **arguments
        )
        return layout.to_flat(out)

    def add_pairs(self, arguments, layout):
        query, key = layout.index[self.pairs]
        length = layout.length
        index = query * length + key % length
        if isinstance(layout, PackedBatch):
            index, bias = pad_pairs(index, self.pair_bias, 8)
            arguments |= {"pair_index": index, "pair_bias": bias}
            return
        summand = self.pair_bias.new_zeros(
            HEADS, layout.num_graphs * length * length
        ).index_add(1, index, self.pair_bias)
        summand = summand.view(HEADS, -1, length, length).transpose(0, 1)
        arguments["decay_bias"] = summand + arguments.get("decay_bias", 0)


def assert_equal(found, expected, dtype):
    names = ("output", "query", "key", "value", "offset", "pair_bias")
    for name, value, reference in zip(names, found, expected, strict=True):
        if reference is None:
            assert value is None
            continue
        assert value.dtype == reference.dtype, name
        error = (value - reference).double().norm() / reference.double().norm()
        assert error < TOLERANCE[dtype], (name, error)
        if dtype != torch.bfloat16:
            torch.testing.assert_close(value, reference, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(
    ("mode", "window", "pairs"),
    [
        ("multiply", None, True),
        ("multiply", WINDOW, True),
        ("bias", None, True),
        ("bias", None, False),
    ],
)
def test_flex_equals_eager(
    graphs, make_config, flex_gradients, dtype, mode, window, pairs
):
    case = Case(graphs, make_config(decay_mode=mode), dtype)
    expected = case.run(eager_attention, window, pairs)
    assert_equal(case.run(flex_attention, window, pairs), expected, dtype)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("window", [None, WINDOW])
def test_sdpa_equals_eager(graphs, make_config, dtype, window):
    case = Case(graphs, make_config(decay_mode="bias"), dtype)
    expected = case.run(eager_attention, window)
    assert_equal(case.run(sdpa_attention, window), expected, dtype)


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize(
    ("function", "mode"),
    [
        (eager_attention, "multiply"),
        (eager_attention, "bias"),
        (sdpa_attention, "bias"),
        (flex_attention, "multiply"),
        (flex_attention, "bias"),
    ],
)
def test_gradients_are_those_of_finite_differences(
    graphs, make_config, flex_gradients, central_difference, request,
    function, mode, pairs,
):  # fmt: skip
    case = Case(graphs, make_config(decay_mode=mode), torch.float64)
    *_, offset, bias = case.run(function, None, pairs)
    request.getfixturevalue("untraced_flex")

    @torch.no_grad()
    def loss():
        return (case.attend(function, None, pairs) * case.weight).sum().item()

    checks = [(case.offset, offset)] + [(case.pair_bias, bias)] * pairs
    for parameter, gradient in checks:
        values, slopes = parameter.data.view(-1), gradient.reshape(-1)
        assert (slopes.abs() > 1e-4).any()
        for place in range(0, values.numel(), 1 if values.numel() == 2 else 5):
            difference = central_difference(loss, values, place, step=1e-6)
            assert difference == pytest.approx(
                slopes[place].item(), rel=1e-4, abs=1e-7
            )
