"""The encoder compiles as one graph, once, and its memory is linear."""

import pytest
import torch
from functorch.compile import make_boxed_func
from torch._dynamo.backends.common import aot_autograd
from torch._dynamo.testing import CompileCounterWithBackend
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn.packed_batch import packed_length


@pytest.fixture(autouse=True)
def fresh_compiler():
    torch.compiler.reset()
    yield
    torch.compiler.reset()


def compiled(model, backend):
    model.backbone = torch.compile(
        model.backbone, fullgraph=True, dynamic=False, backend=backend
    )
    return model


@torch.no_grad()
def test_flex_compiles_once_for_all_batches(graphs, make_model):
    model = make_model(attention="flex", token_budget=128).graphmert
    batches = [
        Batch.from_data_list([graphs[place] for place in order])
        for order in ([0, 1, 2], [2, 0], [1, 1])
    ]
    expected = [model(batch).last_hidden_state for batch in batches]
    counter = CompileCounterWithBackend("aot_eager")
    compiled(model, counter)
    for batch, reference in zip(batches, expected, strict=True):
        torch.testing.assert_close(
            model(batch).last_hidden_state, reference, atol=1e-5, rtol=0
        )
    assert counter.frame_count == 1


def test_eager_trains_compiled(graphs, make_model):
    batch = Batch.from_data_list(graphs)
    model = make_model().graphmert
    model(batch).last_hidden_state.pow(3).sum().backward()
    expected = model.decay_offset.grad.clone()
    model.zero_grad()
    compiled(model, "aot_eager")
    model(batch).last_hidden_state.pow(3).sum().backward()
    torch.testing.assert_close(model.decay_offset.grad, expected)
    # With dropout, on the first call of a model: its check of the function
    # that is called compiles too.
    torch.compiler.reset()
    model = compiled(make_model().graphmert.train(), "aot_eager")
    model(batch).last_hidden_state.pow(3).sum().backward()
    assert model.decay_offset.grad.isfinite().all()


class SavedTensors:
    """A backend that measures the shapes of a compiled forward pass."""

    def __init__(self):
        self.largest = self.saved = 0
        self.backend = aot_autograd(
            fw_compiler=self.measure,
            bw_compiler=lambda graph, inputs: make_boxed_func(graph.forward),
        )

    def measure(self, graph, inputs):
        sizes = {
            node: value.numel() * value.element_size()
            for node in graph.graph.nodes
            if isinstance(value := node.meta.get("val"), torch.Tensor)
        }
        self.largest = max(sizes.values())
        (output,) = graph.graph.find_nodes(op="output")
        computed = {
            node
            for node in output.all_input_nodes
            if node.op != "placeholder" and node in sizes
        }
        self.saved = sum(sizes[node] for node in computed)
        return make_boxed_func(graph.forward)


@pytest.mark.parametrize(
    ("attention", "is_linear"), [("flex", True), ("eager", False)]
)
def test_memory_of_a_training_step(
    make_model, flex_gradients, attention, is_linear
):
    # Shapes of fake tensors, whatever the operator does inside on the CPU.
    measured = []
    for size in (512, 1024):
        torch.compiler.reset()
        assert packed_length(size, None) == size
        model = make_model(
            attention=attention,
            attention_probs_dropout_prob=0.0,
            max_position_embeddings=1100,
        ).graphmert.train()
        backend = SavedTensors()
        compiled(model, backend.backend)
        model(ChainGraph.from_triples([5] * size, []))
        measured.append(backend)
    small, large = measured
    assert (large.saved / small.saved < 2.05) == is_linear
    assert (large.largest / small.largest < 2.05) == is_linear
    layers_of_scores = 2 * 2 * 1024 * 1024 * 4
    assert (large.saved < layers_of_scores / 2) == is_linear
