import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph


@pytest.fixture(scope="session")
def many_graphs() -> Batch:
    """2,000 graphs of 60 roots and 20 triples of one to three leaves."""
    random = np.random.default_rng(0)
    graphs = []
    for number in range(2000):
        triples = [
            (
                int(random.integers(0, 58)),
                int(random.integers(1, 3)),
                int(random.integers(0, 12)),
                random.integers(100, 200, random.integers(1, 4)).tolist(),
            )
            for _ in range(20)
        ]
        starts = random.random(60) < 0.7
        starts[0] = True
        graphs.append(
            ChainGraph.from_triples(
                random.integers(10, 90, 60),
                triples,
                word_start=starts.tolist(),
                graph_id=number,
                epoch=0,
            )
        )
    return Batch.from_data_list(graphs)


@pytest.fixture
def called_twice() -> ChainGraph:
    """`g ( a ) g`, with a leaf `g` that was derived from both roots `g`."""
    return ChainGraph.from_triples(
        [50, 51, 52, 53, 50],
        [(2, 1, 0, [50]), (2, 1, 3, [60, 61])],
        source_index=torch.tensor([[0, 4], [5, 5]]),
        graph_id=0,
        epoch=0,
    )
