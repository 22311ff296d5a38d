"""What a step asks of a batch, ahead of the model; and what it waits for."""

from types import SimpleNamespace

import pytest
import torch
import torch_geometric.typing
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch_geometric.data import Batch

from gmert_pyg import HGATConv
from gmert_pyg.nn.attention import flex

SIZE_DEPENDS_ON_VALUES = (
    "aten._local_scalar_dense",
    "aten._unique",
    "aten.equal.",
    "aten.is_nonzero",
    "aten.masked_select",
    "aten.nonzero",
    "aten.unique_",
    "gmert_pyg.group_edges",
)
WAITS = ("__bool__", "__float__", "__int__", "cpu", "item", "numpy", "tolist")


class WaitsForDevice(TorchDispatchMode):
    """Lists the operators for which a GPU would have to be waited for."""

    supports_higher_order_operators = True

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = str(func)
        if name.startswith(SIZE_DEPENDS_ON_VALUES) or _by_mask(name, args):
            self.found.append(name)
        return func(*args, **(kwargs or {}))


class StaysOn(TorchDispatchMode):
    """Lists the operators that read or make something on another device."""

    supports_higher_order_operators = True

    def __init__(self, device):
        super().__init__()
        self.device = device
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        devices = {
            leaf.device.type
            for leaf in tree_leaves([args, kwargs, out])
            if isinstance(leaf, torch.Tensor)
        }
        if devices - {self.device}:
            self.found.append((str(func), devices))
        return out


class AsksForValues(TorchFunctionMode):
    """Lists the methods that give Python the values of a tensor."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if getattr(func, "__name__", "") in WAITS:
            self.found.append(func.__name__)
        return func(*args, **(kwargs or {}))


def _by_mask(name, args):
    if not name.startswith(("aten.index.", "aten.index_put")):
        return False
    return any(
        index is not None and index.dtype == torch.bool for index in args[1]
    )


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """Take the ways of a GPU on the CPU; of flex, only the arguments."""

    def kernel(query, key, value, score_mod, mask, scale, return_aux=None):
        out = query + key + value
        if return_aux is None:
            return out
        return out, SimpleNamespace(lse=query.sum(dim=-1))

    monkeypatch.setattr(flex, "_kernel", lambda device: kernel)
    monkeypatch.setattr(flex, "check_device", lambda *tensors: None)
    monkeypatch.setattr(HGATConv, "_is_fused", lambda self, x: False)


def make_batch(graphs, linked):
    """Label the first roots, the last node and the first triple of graphs."""
    graphs = [*graphs, *linked]
    for graph in graphs:
        graph.labels = torch.full_like(graph.input_ids, -100)
        graph.edge_label = torch.full_like(graph.edge_type, -100)
        graph.labels[:2] = graph.input_ids[:2]
        graph.labels[-1] = graph.input_ids[-1]
        leaf = graph.edge_index[1]
        is_first = graph.triple[leaf] == 1
        graph.edge_label[is_first] = graph.edge_type[is_first]
    return Batch.from_data_list(graphs)


OCCURRENCES = pytest.mark.parametrize("occurrence", ["off", "bias", "hgat"])


@OCCURRENCES
def test_found_ahead_equals_found_by_the_model(
    graphs, linked, make_model, occurrence
):
    model = make_model(occurrence=occurrence, hgat_dropout=0.0)
    batch = make_batch(graphs, linked)
    expected = model(batch)
    expected.loss.backward()
    gradients = {n: p.grad for n, p in model.named_parameters()}
    model.zero_grad()
    out = model(model.graphmert.index_batch(batch))
    assert torch.equal(out.loss, expected.loss)
    assert torch.equal(out.logits, expected.logits)
    assert torch.equal(out.relation_logits, expected.relation_logits)
    out.loss.backward()
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(parameter.grad, gradients[name])


@OCCURRENCES
def test_a_step_waits_for_nothing(
    graphs, linked, make_model, as_on_a_gpu, occurrence
):
    model = make_model(
        occurrence=occurrence,
        attention="flex",
        token_budget=128,
        attention_probs_dropout_prob=0.0,
    ).train()
    batch = make_batch(graphs, linked)
    found = []
    for ahead in (False, True):
        if ahead:
            batch = model.graphmert.index_batch(batch)
        with WaitsForDevice() as waits, AsksForValues() as asks:
            model(batch).loss.backward()
        found.append(waits.found + asks.found)
    by_itself, ahead = found
    # The product of H-GAT is one kernel on a GPU, a loop here: inside of an
    # operator, where neither list looks.
    assert ahead == []
    # A mask of edges, and one of each of: two checks, H-GAT's groups, labelled
    # nodes, spans, masked edges, their triples; with biases two more.
    assert len(by_itself) <= 11, by_itself


@OCCURRENCES
def test_a_step_stays_on_its_device(
    graphs, linked, make_model, as_on_a_gpu, monkeypatch, occurrence
):
    # The device "meta" has sizes and no values, and no CPU to fall back to.
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda device=None: False)
    monkeypatch.setattr(torch_geometric.typing, "WITH_TORCH_SCATTER", False)
    model = make_model(
        occurrence=occurrence,
        attention="flex",
        token_budget=128,
        attention_probs_dropout_prob=0.0,
    ).train()
    batch = model.graphmert.index_batch(make_batch(graphs, linked))
    model, batch = model.to("meta"), batch.to("meta")
    with StaysOn("meta") as stays:
        model(batch).loss.backward()
    assert stays.found == []


def test_indices_move_with_the_batch(graphs, linked, make_model):
    model = make_model(occurrence="bias")
    batch = model.graphmert.index_batch(make_batch(graphs, linked))
    moved = batch.to("meta")
    indices = moved.indices
    assert indices.encoder.length == batch.indices.encoder.length
    tensors = [
        indices.targets.node,
        *indices.targets.spans,
        *indices.targets.triples,
        *indices.encoder.pairs,
        *indices.encoder.edges[:2],
        *indices.encoder.edges.groups,
    ]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_a_batch_that_does_not_fit_is_refused_ahead(graphs, make_model):
    model = make_model()
    batch = Batch.from_data_list(graphs)
    batch.input_ids[0] = 30
    with pytest.raises(ValueError, match=r"'input_ids'.* 30, vocab_size"):
        model.graphmert.index_batch(batch)
