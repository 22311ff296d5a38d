"""A plan holds every file once, in order, and large projects apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.data.corpus.build_plan import plan_shards

SIZES = st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=8)


@given(SIZES, st.integers(1, 12))
def test_every_file_is_in_one_shard(sizes, shard_bytes):
    tasks = plan_shards(sizes, shard_bytes)
    assert [task.number for task in tasks] == list(range(len(tasks)))
    files = [
        (piece.project, number)
        for task in tasks
        for piece in task.pieces
        for number in range(piece.start, piece.stop)
    ]
    assert files == [
        (project, number)
        for project, of_files in enumerate(sizes)
        for number in range(len(of_files))
    ]
    assert sum(task.num_files for task in tasks) == len(files)


@given(SIZES, st.integers(1, 12))
def test_a_shard_holds_a_large_project_or_small_ones(sizes, shard_bytes):
    for task in plan_shards(sizes, shard_bytes):
        held = [sum(sizes[piece.project]) for piece in task.pieces]
        if task.large is None:
            assert sum(held) <= shard_bytes
            continue
        (piece,) = task.pieces
        assert piece.project == task.large
        assert held[0] > shard_bytes
        # Without its last file, the shard would not be full.
        own = sizes[piece.project][piece.start : piece.stop - 1]
        assert sum(own) < shard_bytes


def test_a_shard_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"'shard_bytes' .*got 0"):
        plan_shards([[1]], 0)
