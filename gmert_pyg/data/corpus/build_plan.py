"""Cutting the work of a build into shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """Some files of a project.

    Args:
        project: the number of the project.
        start: its first file.
        stop: the file after its last one.
    """

    project: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What one shard is built of.

    Args:
        number: the number of the shard.
        pieces: files of one large project, or small projects as a whole.
        large: the project, if it fills several shards.
    """

    number: int
    pieces: tuple[Piece, ...]
    large: int | None = None

    @property
    def num_files(self) -> int:
        """The number of files."""
        return sum(piece.stop - piece.start for piece in self.pieces)


def plan_shards(
    sizes: Sequence[Sequence[int]], shard_bytes: int
) -> list[ShardTask]:
    """Cut a corpus into shards by the sizes of its files alone.

    Nothing else counts: neither the number of processes nor their speed can
    change a shard.

    Args:
        sizes: for every project, the bytes of each file.
        shard_bytes: a shard ends with the file that reaches this many. A
            project that is larger shares no shard with others.

    Raises:
        ValueError: if `shard_bytes` is not positive.

    Example:
        >>> [task.pieces for task in plan_shards([[3], [1], [4, 2, 3]], 5)]
        [(Piece(project=0, start=0, stop=1), Piece(project=1, start=0, \
stop=1)), (Piece(project=2, start=0, stop=2),), (Piece(project=2, start=2, \
stop=3),)]
    """
    if shard_bytes < 1:
        raise ValueError(f"'shard_bytes' must be positive (got {shard_bytes})")
    tasks: list[ShardTask] = []
    small: list[Piece] = []
    small_bytes = 0
    for project, of_files in enumerate(sizes):
        total = sum(of_files)
        is_large = total > shard_bytes
        if small and (is_large or small_bytes + total > shard_bytes):
            tasks.append(ShardTask(len(tasks), tuple(small)))
            small, small_bytes = [], 0
        if is_large:
            for start, stop in _cut(of_files, shard_bytes):
                piece = Piece(project, start, stop)
                tasks.append(ShardTask(len(tasks), (piece,), project))
        elif of_files:
            small.append(Piece(project, 0, len(of_files)))
            small_bytes += total
    if small:
        tasks.append(ShardTask(len(tasks), tuple(small)))
    return tasks


def _cut(sizes: Sequence[int], shard_bytes: int) -> list[tuple[int, int]]:
    """Cut files into stretches that end where they reach enough bytes."""
    cuts, start, total = [], 0, 0
    for number, size in enumerate(sizes, 1):
        total += size
        if total >= shard_bytes or number == len(sizes):
            cuts.append((start, number))
            start, total = number, 0
    return cuts
