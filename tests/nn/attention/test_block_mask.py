import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention.flex_attention import create_mask

from gmert_pyg.nn.attention.block_mask import document_block_mask
from gmert_pyg.nn.packed_batch import PackedBatch


def blocks(mask):
    return mask.view(-1, 128, mask.size(0) // 128, 128).transpose(1, 2)


def listed(count, columns, size):
    out = torch.zeros(size, size, dtype=torch.bool)
    for row in range(size):
        out[row, columns[0, 0, row, : count[0, 0, row]].long()] = True
    return out


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 200), min_size=1, max_size=6),
    extra=st.integers(0, 2),
    window=st.sampled_from([None, 1, 30, 500]),
    seed=st.integers(0, 9),
)
def test_equals_the_dense_mask(sizes, extra, window, seed):
    graph = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    length = -(-graph.numel() // 128 + -extra) * 128
    document = PackedBatch(graph, len(sizes), length).document.int()
    generator = torch.Generator().manual_seed(seed)
    position = torch.randint(0, 100, (length,), generator=generator)
    found = document_block_mask(document, position, window)

    dense = document[:, None] == document
    if window is not None:
        dense &= (position[:, None] - position).abs() < window
    assert torch.equal(
        create_mask(found.mask_mod, 1, 1, length, length, "cpu")[0, 0], dense
    )
    every, size = blocks(dense), length // 128
    some = every.flatten(2).any(dim=2)
    full = every.flatten(2).all(dim=2)
    inside = listed(found.full_kv_num_blocks, found.full_kv_indices, size)
    partial = listed(found.kv_num_blocks, found.kv_indices, size)
    assert torch.equal(inside, full)
    # A block may be listed for nothing only where a window cuts it out.
    assert (partial | inside)[some].all()
    assert not (partial & inside).any()
    if window is None:
        assert torch.equal(partial | inside, some)
    # No row is without a key: it would become NaN.
    assert dense.any(dim=1).all()
