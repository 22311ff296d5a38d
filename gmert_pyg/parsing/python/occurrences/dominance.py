"""Where paths that part come together again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gmert_pyg.parsing.python.occurrences.blocks import Block


class Dominance:
    """The dominance relation among the blocks of a file.

    A block dominates another if every path to the second goes through it. Its
    *frontier* is where that ends: the blocks that it does not dominate
    strictly, but one of the blocks that they may run after (`"Efficiently
    Computing Static Single Assignment Form and the Control Dependence Graph"
    <https://doi.org/10.1145/115372.115320>`_).

    Args:
        blocks: all blocks of a file, by number.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.frontier: list[list[Block]] = [[] for _ in blocks]
        self._enter = [0] * len(blocks)
        self._leave = [0] * len(blocks)
        below: list[list[Block]] = [[] for _ in blocks]
        roots = []
        for block in blocks:
            if block.dominator is None:
                roots.append(block)
            else:
                below[block.dominator.number].append(block)
            if block.interrupted or len(block.before) > 1:
                self._add_to_frontiers(block)
        self._number(roots, below)

    def dominates(self, first: Block, second: Block) -> bool:
        """Tell whether every path to the second block goes through the first.

        A block dominates itself.
        """
        place = self._enter[second.number]
        return self._enter[first.number] <= place < self._leave[first.number]

    def joins(self, blocks: Iterable[Block]) -> set[Block]:
        """Return the blocks at which paths from several places come together.

        Args:
            blocks: the places.

        Returns:
            their iterated frontier.
        """
        found: set[Block] = set()
        todo = list(blocks)
        frontier = self.frontier
        while todo:
            for block in frontier[todo.pop().number]:
                if block not in found:
                    found.add(block)
                    todo.append(block)
        return found

    def _add_to_frontiers(self, block: Block) -> None:
        for start in (*block.before, *block.interrupted):
            above: Block | None = start
            while above is not None and above is not block.dominator:
                frontier = self.frontier[above.number]
                if frontier and frontier[-1] is block:
                    break
                frontier.append(block)
                above = above.dominator

    def _number(self, roots: list[Block], below: list[list[Block]]) -> None:
        """Number the blocks so that each comes right before those below it."""
        count, todo = 0, roots
        while todo:
            block = todo.pop()
            self._enter[block.number] = count
            count += 1
            todo.extend(below[block.number])
        for number in range(len(below) - 1, -1, -1):
            self._leave[number] = max(
                (self._leave[b.number] for b in below[number]),
                default=self._enter[number] + 1,
            )
