"""The operators that HGATConv is made of."""

from itertools import accumulate

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.library import opcheck
from torch.profiler import ProfilerActivity, profile

from gmert_pyg.nn import HGATConv
from gmert_pyg.nn.conv import basis_matmul as basis_module
from gmert_pyg.nn.conv import grouped_matmul as grouped_module
from gmert_pyg.nn.conv.basis_matmul import basis_matmul
from gmert_pyg.nn.conv.edge_groups import group_edges
from gmert_pyg.nn.conv.grouped_matmul import grouped_matmul
from gmert_pyg.nn.conv.sparse_product import sddmm, spmm


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_groups(data):
    node, relation = st.integers(0, 3), st.integers(0, 2)
    edges = data.draw(st.lists(st.tuples(node, node, relation), max_size=12))
    table = torch.tensor(edges, dtype=torch.long).view(-1, 3)
    groups = group_edges(table[:, :2].t(), table[:, 2], 4, 4, 3)
    relation = groups.present[groups.position]
    found = list(zip(relation.tolist(), groups.target.tolist(), strict=True))
    assert found == sorted({(kind, target) for _, target, kind in edges})
    assert groups.present.tolist() == sorted({kind for *_, kind in edges})
    assert sorted(groups.order.tolist()) == list(range(len(edges)))
    for position, edge in enumerate(groups.order.tolist()):
        number = int(groups.group[position])
        assert found[number] == (edges[edge][2], edges[edge][1])
        assert groups.ptr[number] <= position < groups.ptr[number + 1]


@pytest.fixture
def sparse():
    torch.manual_seed(0)
    row, col = torch.randint(0, 4, (12,)), torch.randint(0, 6, (12,))
    return row, col, torch.randn(12).double(), torch.randn(6, 3).double()


def test_spmm_is_a_matrix_product(sparse):
    row, col, value, x = sparse
    matrix = torch.zeros(5, 6).double()
    matrix.index_put_((row, col), value, accumulate=True)
    torch.testing.assert_close(spmm(row, col, value, x, 5), matrix @ x)


def test_sddmm_takes_entries_of_a_product(sparse):
    row, col, _, b = sparse
    a = torch.randn(4, 3).double()
    torch.testing.assert_close(sddmm(row, col, a, b), (a @ b.t())[row, col])


@pytest.fixture
def rows():
    torch.manual_seed(0)
    group = torch.tensor([0, 0, 2, 3, 3, 3])
    return torch.randn(6, 3).double(), torch.randn(5, 4, 3).double(), group


@pytest.mark.parametrize("transpose", [False, True])
def test_grouped_matmul(rows, transpose):
    x, weight, group = rows
    if transpose:
        weight = weight.transpose(1, 2).contiguous()
    expected = torch.einsum("nf,ngf->ng", x, rows[1][group])
    out = grouped_matmul(x, weight, group, transpose)
    torch.testing.assert_close(out, expected)


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("chunk", [1, 2**24])
def test_basis_matmul(rows, transpose, chunk, monkeypatch):
    monkeypatch.setattr(basis_module, "CHUNK_BYTES", chunk)
    x, _, group = rows
    x = torch.randn(6, 4).double() if transpose else x
    basis, comp = torch.randn(2, 4, 3).double(), torch.randn(5, 2).double()
    inputs = [value.requires_grad_() for value in (x, basis, comp)]
    out = basis_matmul(*inputs, group, transpose)
    weight = torch.einsum("gb,bij->gij", comp, basis)
    expected = grouped_matmul(x, weight, group, transpose)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(
        torch.autograd.grad(out.square().sum(), inputs),
        torch.autograd.grad(expected.square().sum(), inputs),
    )


def test_the_kernel_for_all_groups(rows, monkeypatch):
    """It exists for bfloat16 only; on the CPU torch emulates it."""
    torch.manual_seed(0)
    x, weight = torch.randn(6, 8).bfloat16(), torch.randn(5, 16, 8).bfloat16()
    inputs = [value.requires_grad_() for value in (x, weight)]
    results = []
    for has_kernel in (False, True):
        monkeypatch.setattr(
            grouped_module, "_has_kernel", lambda x, y, has=has_kernel: has
        )
        out = grouped_matmul(*inputs, rows[2])
        grads = torch.autograd.grad(out.float().square().sum(), inputs)
        back = grouped_matmul(out.detach(), weight, rows[2], True)
        results.append((out, *grads, back))
    torch.testing.assert_close(*results, rtol=0.02, atol=0.1)


def test_operators_keep_torchs_rules(sparse, rows):
    ops = torch.ops.gmert_pyg
    row, col, value, x = sparse
    value, x = value.requires_grad_(), x.requires_grad_()
    opcheck(ops.spmm, (row, col, value, x, 5))
    opcheck(ops.sddmm, (row % 6, col, x, x.detach()))
    left, weight, group = rows
    opcheck(ops.grouped_matmul, (left.requires_grad_(), weight, group, False))
    basis, comp = torch.randn(2, 4, 3).double(), torch.randn(5, 2).double()
    basis, comp = basis.requires_grad_(), comp.requires_grad_()
    opcheck(ops.basis_matmul, (left, basis, comp, group, False))
    edge_index = torch.stack([row, col])
    opcheck(ops.group_edges, (edge_index, row, 4, 6, 4))
    groups = group_edges(edge_index, row, 4, 6, 4)
    vectors = torch.randn(2, groups.present.size(0), 3).double()
    weight = torch.randn(4, 3, 3).double()
    tensors = [
        value.detach().clone().requires_grad_()
        for value in (x, *vectors, weight)
    ]
    edges = (
        groups.present[groups.position],
        row[groups.order],
        groups.group,
        groups.ptr,
        groups.target,
        groups.position,
    )
    opcheck(ops.fused_attention, (*tensors, *edges, 0.01))


def allocations(run):
    """Return the bytes of every allocation, those inside operators too."""
    with profile(
        activities=[ProfilerActivity.CPU], profile_memory=True
    ) as profiled:
        run()
    events = profiled.profiler.kineto_results.events()
    events = [event for event in events if event.name() == "[memory]"]
    events.sort(key=lambda event: event.start_ns())
    return [event.nbytes() for event in events]


@pytest.mark.parametrize(("num_bases", "dropout"), [(8, 0.0), (5, 0.3)])
def test_thousand_relations_stay_below_100_megabytes(num_bases, dropout):
    torch.manual_seed(0)
    conv = HGATConv(768, 1000, num_bases=num_bases, dropout=dropout)
    parameters = 4 * sum(value.numel() for value in conv.parameters())
    x = torch.randn(200, 768, requires_grad=True)
    edge_index = torch.randint(0, 200, (2, 1000))
    changes = allocations(
        lambda: conv(x, edge_index, torch.arange(1000)).sum().backward()
    )
    assert max(changes) <= 8 * 768 * 768 * 4
    assert parameters + max(accumulate(changes)) < 100e6
    # Dropout takes all coefficients of a relation, rarely.
    assert conv.comp.grad.any(dim=1).sum() > 990
