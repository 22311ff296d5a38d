"""Flex with compiled kernels, against eager attention on the same device."""

import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertConfig, GraphMertForPreTraining

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="needs a CUDA device"
    ),
]


@pytest.fixture(autouse=True)
def exact_products():
    """Multiply float32 as it is, not as TF32: the kernels follow this too."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    yield
    torch.set_float32_matmul_precision(before)


def make_model(attention, **overrides):
    """Build a model whose heads have 32 channels: kernels need 16."""
    torch.manual_seed(0)
    config = GraphMertConfig.small(
        30,
        num_hidden_layers=2,
        hidden_size=64,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=2050,
        attention=attention,
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
        hgat_dropout=0.0,
        **overrides,
    )
    return GraphMertForPreTraining(config).cuda().train()


def make_batch(sizes):
    generator = torch.Generator().manual_seed(0)
    graphs = []
    for size in sizes:
        tokens = torch.randint(3, 30, (size,), generator=generator).tolist()
        triples = [
            (root, 1 + root % 2, root % 12, [7, 8 + root % 9])
            for root in range(0, size - 2, 3)
        ]
        graph = ChainGraph.from_triples(tokens, triples)
        graph.labels = graph.input_ids.clone()
        graph.edge_label = torch.full_like(graph.edge_type, -100)
        graphs.append(graph)
    return Batch.from_data_list(graphs).cuda()


@pytest.mark.parametrize("mode", ["multiply", "bias"])
@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_training_equals_eager(mode, autocast, whole):
    tolerance = 1e-2 if autocast else 1e-4
    results = []
    for attention in ("eager", "flex"):
        model = make_model(attention, decay_mode=mode, token_budget=512)
        if whole and attention == "flex":
            model.graphmert.backbone.compile(fullgraph=True, dynamic=False)
        batch = make_batch([40, 100, 3, 60])
        with torch.autocast("cuda", torch.bfloat16, enabled=autocast):
            out = model(batch)
        out.loss.backward()
        gradients = [
            parameter.grad
            for parameter in model.parameters()
            if parameter.grad is not None
        ]
        results.append([out.last_hidden_state.detach(), *gradients])
    for eager, flex in zip(*results, strict=True):
        assert flex.isfinite().all()
        error = (flex - eager).float().norm()
        assert error <= tolerance * eager.float().norm().clamp(min=1e-3)


def test_memory_is_linear():
    peaks = []
    for count in (16, 32):
        size = count * 512
        model = make_model("flex", token_budget=size)
        batch = make_batch([296] * count)  # 296 + 2 * 98 = 492 nodes
        for _ in range(2):
            model(batch).loss.backward()
        torch.cuda.synchronize()
        start = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        model(batch).loss.backward()
        peaks.append(torch.cuda.max_memory_allocated() - start)
    # One matrix of scores of one layer would take 2 GiB.
    assert peaks[1] < 2.2 * peaks[0]
    assert peaks[1] < 2**30
