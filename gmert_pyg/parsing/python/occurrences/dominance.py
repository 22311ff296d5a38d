"""Where paths that part come together again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gmert_pyg.parsing.python.occurrences.blocks import Block


class Dominance:
    """The dominance relation among the blocks of a file, by number.

    A block dominates another if every path to the second goes through it. Its
    *frontier* is where that ends: the blocks that it does not dominate
    strictly, but one of the blocks that they may run after (`"Efficiently
    Computing Static Single Assignment Form and the Control Dependence Graph"
    <https://doi.org/10.1145/115372.115320>`_).

    Args:
        blocks: all blocks of a file.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._frontier: list[list[int]] = [[] for _ in blocks]
        below: list[list[int]] = [[] for _ in blocks]
        roots: list[int] = []
        for block in blocks:
            if block.dominator is None:
                roots.append(block.number)
            else:
                below[block.dominator.number].append(block.number)
                if block.interrupted or len(block.before) > 1:
                    self._add_to_frontiers(block)
        self.enter, self.leave = _number(roots, below)

    def above(
        self, block: int, places: Sequence[int], end: int, start: int
    ) -> int:
        """Return the nearest of some blocks that dominate another.

        Args:
            block: the other block.
            places: blocks, ascending.
            end: how many of them to look at.
            start: the lowest number to look at.

        Returns:
            its number, or -1 if none of them does.
        """
        enter, leave = self.enter, self.leave
        inside = enter[block]
        while end:
            end -= 1
            place = places[end]
            if place < start:
                break
            if enter[place] <= inside < leave[place]:
                return place
        return -1

    def joins(self, blocks: Iterable[int]) -> set[int]:
        """Return where paths from several places come together.

        Args:
            blocks: the places.

        Returns:
            their iterated frontier.
        """
        found: set[int] = set()
        frontier = self._frontier
        todo = [block for block in blocks if frontier[block]]
        while todo:
            for block in frontier[todo.pop()]:
                if block not in found:
                    found.add(block)
                    todo.append(block)
        return found

    def _add_to_frontiers(self, block: Block) -> None:
        top = block.dominator
        for start in (*block.before, *block.interrupted):
            above: Block | None = start
            while above is not None and above is not top:
                frontier = self._frontier[above.number]
                if frontier and frontier[-1] == block.number:
                    break
                frontier.append(block.number)
                above = above.dominator


def _number(
    roots: Iterable[int], below: Sequence[Sequence[int]]
) -> tuple[list[int], list[int]]:
    """Return the range of the blocks below each in an order of all blocks."""
    enter, leave = [0] * len(below), [0] * len(below)
    count, todo = 0, list(roots)
    while todo:
        block = todo.pop()
        if block < 0:
            leave[~block] = count
            continue
        enter[block] = count
        count += 1
        if below[block]:
            todo.append(~block)
            todo += below[block]
        else:
            leave[block] = count
    return enter, leave
