import pytest
import torch

from gmert_pyg.nn.packed_batch import PackedBatch, packed_length


def test_round_trip():
    layout = PackedBatch(torch.tensor([0, 0, 2]), 3, 128)
    value = torch.randn(3, 4)
    dense = layout.to_dense(value)
    assert dense.shape == (1, 128, 4)
    assert (dense[:, 3:] == 0).all()
    assert torch.equal(layout.to_flat(dense), value)
    assert layout.index.tolist() == [0, 1, 2]


def test_padding_is_no_graph_and_ends_with_its_block():
    layout = PackedBatch(torch.tensor([0, 0, 1]), 2, 256)
    document = layout.document.tolist()
    assert document[:3] == [0, 0, 1]
    assert len(set(document[3:128])) == len(set(document[128:])) == 1
    assert sorted(document) == document
    assert len(set(document)) == 4


def test_full():
    layout = PackedBatch(torch.zeros(128, dtype=torch.long), 1, 128)
    value = torch.randn(128, 2)
    assert torch.equal(layout.to_dense(value)[0], value)


def test_length():
    assert [packed_length(n, None) for n in (1, 128, 129)] == [128, 128, 256]
    assert packed_length(1, 512) == packed_length(512, 512) == 512
    with pytest.raises(ValueError, match=r"'batch'.* 512 .*\(got 513\)"):
        packed_length(513, 512)
