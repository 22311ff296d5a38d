"""The graphs that `train_gpu.py` trains on, in one small file.

A machine with a GPU may have no network: everything else that training needs
is the checkout and the installed packages. The file holds integers only (tokens
and edges, in their narrowest types), no text and no path.

python experiments/gpu_bundle.py --root runs/data --output runs/train_gpu
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset
from torch_geometric.data import Batch

from gmert_pyg import ChainGraph, CodeChainGraphs, GraphMertTokenizer
from gmert_pyg.data.storage.batch_reading import read_batch, set_numbers
from gmert_pyg.data.storage.graph_store import GraphStore
from gmert_pyg.schema import Schema
from gmert_pyg.tokenization import tokenizer_hash

NAME = "bundle.safetensors"
NUM_TRAIN, NUM_HELD_OUT = 10_485, 2_000
# What masks, model and losses read.
KEPT = (
    "input_ids",
    "node_type",
    "anchor",
    "slot",
    "triple",
    "word_start",
    "local",
    "edge_index",
    "edge_type",
    "source_index",
    "callee_index",
)


class BundledGraphs(Dataset[Any]):
    """Some graphs of a file, and batches of them, read from its columns.

    As of :class:`gmert_pyg.training.EpochView`, draw :math:`e n + i` of
    :math:`n` graphs is graph :math:`i` as epoch :math:`e` reads it.
    """

    def __init__(self, store: GraphStore, places: range) -> None:
        self.store, self.places = store, places
        sizes = store.pointers("input_ids").long().diff()
        self.num_nodes_per_graph: NDArray[np.int64] = sizes[
            places.start : places.stop
        ].numpy()

    def __len__(self) -> int:
        return len(self.places)

    def __getitems__(self, draws: Sequence[int]) -> Batch:
        epochs, numbers = np.divmod(np.asarray(draws), len(self))
        numbers = numbers + self.places.start
        batch = read_batch([(self.store, int(number)) for number in numbers])
        set_numbers(batch, "graph_id", numbers)
        set_numbers(batch, "epoch", epochs)
        return batch


def write_bundle(
    corpus: CodeChainGraphs,
    path: Path,
    num_train: int = NUM_TRAIN,
    num_held_out: int = NUM_HELD_OUT,
    seed: int = 0,
    share: float | None = None,
) -> None:
    """Write graphs drawn from the training part, and of held-out projects."""
    split = corpus.split(share, seed)
    random = np.random.default_rng(seed)
    parts = [
        np.sort(random.permutation(part)[:most])
        for part, most in (
            (split.train, num_train),
            (split.held_out, num_held_out),
        )
    ]
    graphs = [
        ChainGraph(**{name: graph[name] for name in KEPT})
        for part in parts
        for graph in (corpus[int(index)] for index in part)
    ]
    groups = np.array(corpus.groups)
    header = {
        "num_train": len(parts[0]),
        "source": Path(corpus.source.name).name,
        "groups": [_distinct(groups[part]) for part in parts],
        "schema": corpus.schema.to_dict(),
        "tokenizer": tokenizer_hash(corpus.tokenizer),
        "seed": seed,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    GraphStore.from_graphs(graphs).save(path, header)


def read_bundle(
    path: Path,
) -> tuple[BundledGraphs, BundledGraphs, Schema, dict[str, Any]]:
    """Return the graphs to train and to evaluate on, their schema, the header.

    Raises:
        ValueError: if the file is damaged, or of another tokenizer than the one
            that this version ships.
    """
    store = GraphStore.load(path)
    header = store.header
    shipped = tokenizer_hash(GraphMertTokenizer.default())
    if header["tokenizer"] != shipped:
        raise ValueError(
            f"'path' must hold tokens of '{shipped}', the tokenizer of this"
            f" version: make it again (got '{header['tokenizer']}')"
        )
    middle = header["num_train"]
    return (
        BundledGraphs(store, range(middle)),
        BundledGraphs(store, range(middle, len(store))),
        Schema.from_dict(header["schema"]),
        header,
    )


def _distinct(names: Sequence[str] | NDArray[np.str_]) -> list[str]:
    return sorted({str(name) for name in names})


def main() -> None:
    """Write the file and say how large it is."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--root", default="runs/data", help="built corpora")
    parser.add_argument("--source", default="python10")
    parser.add_argument("--output", type=Path, default=Path("runs/train_gpu"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    corpus = CodeChainGraphs(arguments.root, source=arguments.source)
    path = arguments.output / NAME
    write_bundle(corpus, path, seed=arguments.seed)
    train, held_out, _, header = read_bundle(path)
    print(
        f"{path}: {path.stat().st_size / 1e6:.1f} MB\n"
        f"{len(train):,} graphs of {train.num_nodes_per_graph.sum():,} nodes to"
        f" train on: {', '.join(header['groups'][0])}\n"
        f"{len(held_out):,} of {held_out.num_nodes_per_graph.sum():,} to"
        f" evaluate on: {', '.join(header['groups'][1])}"
    )


if __name__ == "__main__":
    main()
