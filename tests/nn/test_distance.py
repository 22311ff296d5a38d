import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn.distance import (
    chain_distance,
    distance_decay,
    lookup_decay,
    pair_distance,
)


def distances(graph):
    return chain_distance(
        graph.anchor, graph.node_type, graph.slot, graph.triple
    )


def test_by_hand():
    graph = ChainGraph.from_triples(
        [5, 6, 7], [(0, 1, 0, [8, 9, 10]), (0, 1, 1, [11])]
    )
    assert distances(graph).tolist() == [
        [0, 1, 2, 1, 1, 1, 1],
        [1, 0, 1, 2, 2, 2, 2],
        [2, 1, 0, 3, 3, 3, 3],
        [1, 2, 3, 0, 1, 2, 2],
        [1, 2, 3, 1, 0, 1, 2],
        [1, 2, 3, 2, 1, 0, 2],
        [1, 2, 3, 2, 2, 2, 0],
    ]


def test_chain_without_leaves_is_a_path():
    graph = ChainGraph.from_triples(range(5), [])
    place = torch.arange(5)
    assert torch.equal(distances(graph), (place[:, None] - place).abs())


def test_leading_dimensions():
    graph = ChainGraph.from_triples([5, 6, 7], [(1, 2, 0, [8, 9])])
    nodes = [graph.anchor, graph.node_type, graph.slot, graph.triple]
    both = chain_distance(*(torch.stack([value] * 2) for value in nodes))
    assert torch.equal(both, distances(graph).expand(2, -1, -1))


def test_decay_closed_forms():
    p = torch.tensor([1.0])
    decay = distance_decay(torch.tensor([[0, 1, 4]]), p, 0.6).flatten()

    def gelu(value):
        return value * 0.5 * (1 + math.erf(value / math.sqrt(2)))

    expected = [0.6 ** gelu(value) for value in (-1.0, 0.0, 1.0)]
    assert decay.tolist() == pytest.approx(expected, abs=1e-6)
    assert decay[0] > 1
    assert decay[1] == 1


def test_shift_moves_distances():
    distance = torch.tensor([[0, 3], [8, 1]])
    p = torch.tensor([0.3, 2.0])
    assert torch.equal(
        distance_decay(distance, p, shift=1), distance_decay(distance + 1, p)
    )


@pytest.mark.parametrize("log", [False, True])
def test_lookup_equals_reference(log):
    distance = torch.randint(0, 9, (3, 5, 5))
    p = torch.tensor([0.5, 1.0], dtype=torch.double, requires_grad=True)
    weight = torch.randn(3, 2, 5, 5, dtype=torch.double)
    outputs, gradients = [], []
    reference = distance_decay(distance, p, 0.7, 1)
    for out in (
        lookup_decay(distance, p, 9, 0.7, 1, log=log),
        reference.log() if log else reference,
    ):
        outputs.append(out)
        gradients.append(torch.autograd.grad((out * weight).sum(), p)[0])
    torch.testing.assert_close(*outputs)
    torch.testing.assert_close(*gradients)
    assert (gradients[0] != 0).all()


def test_lookup_gradcheck():
    distance = torch.randint(0, 4, (2, 3, 3))
    p = torch.tensor([0.5, 1.3], dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: lookup_decay(distance, p, 4), p)


def test_low_precision_output_sums_gradients_in_full():
    distance = torch.zeros(1, 100, 100, dtype=torch.long)
    p = torch.tensor([0.5], requires_grad=True)
    gradients = []
    for dtype in (torch.float32, torch.bfloat16):
        out = lookup_decay(distance, p, 1, dtype=dtype)
        assert out.dtype == dtype
        gradients.append(torch.autograd.grad(out.float().sum(), p)[0])
    torch.testing.assert_close(*gradients)


@given(
    heads=st.lists(st.integers(0, 5), max_size=5),
    sizes=st.lists(st.integers(1, 4), min_size=5, max_size=5),
)
def test_distance_of_pairs_is_the_same(heads, sizes):
    graph = ChainGraph.from_triples(
        range(6),
        [
            (head, 1, 0, [7] * size)
            for head, size in zip(heads, sizes, strict=False)
        ],
    )
    nodes = [graph.anchor, graph.node_type, graph.slot, graph.triple]
    found = pair_distance(
        [value[:, None] for value in nodes], [value[None] for value in nodes]
    )
    assert torch.equal(found, distances(graph))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("log", [False, True])
def test_low_precision_rounds_once(dtype, log):
    distance = torch.arange(500)[None, None]
    p = torch.tensor([0.5, 1.0, 3.0]).to(dtype)
    exact = lookup_decay(distance, p.double(), 500, log=log)
    found = lookup_decay(distance, p, 500, log=log)
    assert found.dtype == dtype
    # Halfway cases of the rounding from float32 aside, the nearest number.
    assert torch.allclose(found.double(), exact.to(dtype).double(), rtol=1e-4)
