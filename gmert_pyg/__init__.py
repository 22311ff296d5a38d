"""GraphMERT for source code, on PyTorch Geometric."""

__version__ = "0.1.0"

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.nn import (
    GraphMertConfig,
    GraphMertForPreTraining,
    GraphMertModel,
    HGATConv,
    chain_distance,
    distance_decay,
)
from gmert_pyg.tokenization import GraphMertTokenizer

__all__ = [
    "ChainGraph",
    "CodeChainGraphs",
    "GraphMertConfig",
    "GraphMertForPreTraining",
    "GraphMertModel",
    "GraphMertTokenizer",
    "HGATConv",
    "chain_distance",
    "distance_decay",
]
