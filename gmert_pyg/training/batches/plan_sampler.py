"""Batches of a constant token budget, planned for a whole run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset, Sampler
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.storage.batch_reading import set_numbers
from gmert_pyg.training.batches.bin_filling import IntArray, fill_bins
from gmert_pyg.training.batches.chains import Chains
from gmert_pyg.training.batches.collation import PROVENANCE

# A pool of this many batches is sorted by length before it is cut, so that the
# graphs of a batch are about as long as each other.
_POOL_BATCHES = 50


class PlanBatchSampler(Sampler[list[int]]):
    r"""Yields all batches of a run, epoch after epoch, in one stream.

    Every epoch visits each graph exactly once, in an order that depends on
    `seed` and the epoch alone. A batch holds graphs of similar length; padded
    to the longest of them it takes at most `token_budget` nodes. With `packed`
    it holds graphs of any length, whose nodes are at most `token_budget`
    together: for attention over one sequence of packed graphs
    (:obj:`attention="flex"`), which is padded once and not graph by graph. What
    is yielded for graph :math:`i` of :math:`n` in epoch :math:`e` is the draw
    :math:`e n + i`, which :class:`EpochView` reads.

    One stream for the run, instead of a sampler that is told the epoch, is
    what keeps several processes and a resume in mid-epoch exact: the batches
    are dealt to the ranks in turn, and those done before are skipped.

    Args:
        lengths (Sequence[int]): The number of nodes of every graph.
        token_budget (int): The most nodes of a padded batch.
        seed (int, optional): The seed. (default: :obj:`0`)
        num_batches (int, optional): The length of the stream; the plan goes
            on over as many epochs as that takes. (default: :obj:`None`, the
            batches of `num_epochs`)
        num_epochs (int, optional): The number of epochs if `num_batches` is
            not given. (default: :obj:`1`)
        shuffle (bool, optional): Whether to shuffle. (default: :obj:`True`)
        packed (bool, optional): Whether the graphs of a batch are packed, and
            not padded to the longest. (default: :obj:`False`)

    Raises:
        ValueError: if there is no graph, or if `token_budget` is too small for
            the longest one.

    Example:
        >>> sampler = PlanBatchSampler([4, 2, 3, 2], 6, shuffle=False)
        >>> list(sampler)
        [[0], [2, 1], [3]]
        >>> list(PlanBatchSampler([4, 2, 3, 2], 6, shuffle=False, packed=True))
        [[0, 1], [2, 3]]
    """

    # accelerate drops batches of another length if it is told a batch size.
    batch_size = None
    drop_last = False

    def __init__(
        self,
        lengths: Sequence[int] | NDArray[np.int64],
        token_budget: int,
        *,
        seed: int = 0,
        num_batches: int | None = None,
        num_epochs: int = 1,
        shuffle: bool = True,
        packed: bool = False,
    ) -> None:
        self.lengths = np.asarray(lengths, np.int64)
        if len(self.lengths) == 0:
            raise ValueError("'lengths' must not be empty (got none)")
        if token_budget < self.lengths.max():
            raise ValueError(
                "'token_budget' must hold the longest graph of"
                f" {self.lengths.max()} nodes (got {token_budget})"
            )
        self.token_budget = token_budget
        self.seed = seed
        self.shuffle = shuffle
        self.packed = packed
        self._epoch_sizes: list[int] = []
        if num_batches is None:
            num_batches = sum(
                len(self._epoch(epoch)) for epoch in range(num_epochs)
            )
        self.num_batches = num_batches

    def __len__(self) -> int:
        return self.num_batches

    def __iter__(self) -> Iterator[list[int]]:
        done, epoch = 0, 0
        while done < self.num_batches:
            batches = self._epoch(epoch)[: self.num_batches - done]
            offset = epoch * len(self.lengths)
            for batch in batches:
                yield (batch + offset).tolist()
            done += len(batches)
            epoch += 1

    def epochs_after(self, num_batches: int) -> float:
        """Return how many epochs the first batches of the stream go through,
        with the share of the last one, in batches.

        Args:
            num_batches: their number.

        Example:
            >>> sampler = PlanBatchSampler([4, 2, 3, 2], 6, shuffle=False)
            >>> sampler.epochs_after(2), sampler.epochs_after(3)
            (0.6666666666666666, 1.0)
        """
        for epoch in itertools.count():
            if epoch == len(self._epoch_sizes):
                self._epoch_sizes.append(len(self._epoch(epoch)))
            size = self._epoch_sizes[epoch]
            if num_batches <= size:
                return epoch + num_batches / size
            num_batches -= size
        raise AssertionError  # the count has no end

    def _epoch(self, epoch: int) -> list[IntArray]:
        """Cut all graphs into batches."""
        random = np.random.default_rng((self.seed, epoch))
        order = np.arange(len(self.lengths))
        if self.shuffle:
            random.shuffle(order)
        if self.packed:
            batches = fill_bins(self.lengths, order, self.token_budget)
        else:
            batches = self._cut_pools(order)
        if self.shuffle:
            batches = [batches[i] for i in random.permutation(len(batches))]
        return batches

    def _cut_pools(self, order: IntArray) -> list[IntArray]:
        graphs_per_batch = self.token_budget / self.lengths.mean()
        pool_size = max(1, int(_POOL_BATCHES * graphs_per_batch))
        batches = []
        for start in range(0, len(order), pool_size):
            batches += self._cut(order[start : start + pool_size])
        return batches

    def _cut(self, pool: IntArray) -> list[IntArray]:
        """Cut a pool into batches, the longest graphs first."""
        pool = pool[np.argsort(-self.lengths[pool], kind="stable")]
        batches, start = [], 0
        while start < len(pool):
            longest = self.lengths[pool[start]]
            size = self.token_budget // max(int(longest), 1)
            batches.append(pool[start : start + size])
            start += size
        return batches


class SizedGraphs(Protocol):
    """Graphs whose sizes are known without reading them."""

    @property
    def num_nodes_per_graph(self) -> NDArray[np.int64]:
        """The number of nodes of every graph."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> ChainGraph: ...


class EpochView(Dataset[ChainGraph]):
    r"""Graphs by draw: draw :math:`e n + i` of :math:`n` graphs is graph
    :math:`i` as epoch :math:`e` reads it.

    A loader gets all graphs of a batch at once: as one batch, where the graphs
    can be had so, as those of :meth:`CodeChainGraphs.batch`, or else one by
    one. Its `graph_id` leads back to the code: see
    :meth:`CodeChainGraphs.locate`.

    Args:
        graphs (Dataset): The graphs; each gets an attribute `epoch`.

    Example:
        >>> graph = ChainGraph.from_triples([5, 6], [(1, 1, 0, [7])])
        >>> view = EpochView([graph, graph])
        >>> len(view), view[3].epoch
        (2, 1)
    """

    def __init__(self, graphs: SizedGraphs) -> None:
        self.graphs = graphs

    def __len__(self) -> int:
        return len(self.graphs)

    def __getitem__(self, draw: int) -> ChainGraph:
        epoch, index = divmod(draw, len(self.graphs))
        # Graphs in memory are the same objects in every epoch.
        graph = copy(self.graphs[index])
        graph.epoch = epoch
        return graph

    def __getitems__(self, draws: Sequence[int]) -> Batch | list[ChainGraph]:
        graphs = self.graphs
        if isinstance(graphs, Chains):
            graphs = graphs.graphs
        read = getattr(graphs, "batch", None)
        if not callable(read):
            return [self[draw] for draw in draws]
        epochs, indices = np.divmod(np.asarray(draws), len(self.graphs))
        batch: Batch = read(indices.tolist(), exclude_keys=PROVENANCE)
        set_numbers(batch, "epoch", epochs)
        return batch
