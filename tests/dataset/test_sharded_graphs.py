"""Reading shards: whole ones only, from any process, without copying all."""

import pickle
import shutil
import sysconfig
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_geometric.data.summary import Summary
from torch_geometric.loader import DataLoader

from gmert_pyg import ChainGraph, CodeChainGraphs
from gmert_pyg.data.storage.corpus_columns import token_counts
from gmert_pyg.data.storage.graph_store import GraphStore

JSON = Path(sysconfig.get_path("stdlib"), "json")


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> CodeChainGraphs:
    root = tmp_path_factory.mktemp("root")
    return reopen(root)


@pytest.fixture
def copied(shards, tmp_path) -> Path:
    """The root of a dataset that a test may damage."""
    return Path(shutil.copytree(shards.root, tmp_path / "copy"))


def reopen(root: Path, **options) -> CodeChainGraphs:
    return CodeChainGraphs(
        str(root), source=JSON, num_workers=0, shard_bytes=10_000, **options
    )


def shard_of(root: Path, number: int = 1) -> Path:
    (path,) = root.glob(f"processed/*/graphs-{number:05}.safetensors")
    return path


def assert_equal(first: ChainGraph, second: ChainGraph) -> None:
    assert set(first.keys()) == set(second.keys())
    for name, value in first:
        if torch.is_tensor(value):
            assert torch.equal(value, second[name]), name
            assert value.dtype == second[name].dtype, name
        else:
            assert value == second[name], name


def test_graphs_are_numbered_through_the_shards(shards):
    assert len(list(shards.store.stores())) > 3
    assert [graph.graph_id for graph in shards] == list(range(len(shards)))
    for first, store in shards.store.stores():
        graph = shards[first]
        graph.graph_id = 0
        assert_equal(graph, store.get(0))
    with pytest.raises(IndexError):
        shards[len(shards)]


def test_changing_a_graph_changes_no_other_and_no_file(shards):
    graph = shards[3]
    before = graph.clone()
    for _, value in graph:
        if torch.is_tensor(value):
            value.zero_()
    assert_equal(shards[3], before)
    shards.verify()


@pytest.mark.parametrize("size", [0, 4, 100, -100, -1])
def test_a_shard_cut_short_is_named_at_opening(copied, size):
    path = shard_of(copied)
    whole = path.read_bytes()
    path.write_bytes(whole[:size])
    with pytest.raises(ValueError, match=rf"{path}.* build .* again \(got"):
        reopen(copied)
    path.unlink()
    with pytest.raises(ValueError, match=rf"{path}.*No such file"):
        reopen(copied)
    assert len(reopen(copied, force_reload=True)) > 0


def test_a_changed_byte_is_found_by_verify(copied):
    path = shard_of(copied)
    whole = bytearray(path.read_bytes())
    whole[-10] ^= 1
    path.write_bytes(whole)
    dataset = reopen(copied)
    with pytest.raises(ValueError, match=f"{path}.*hash"):
        dataset.verify()


def test_an_index_that_is_none_is_named(copied):
    (path,) = copied.glob("processed/*/index.safetensors")
    whole = path.read_bytes()
    for bad in (b"", b"text", whole[:-1], shard_of(copied).read_bytes()):
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=str(path)):
            reopen(copied)


def test_a_dataset_of_other_options_is_refused(copied):
    other = reopen(copied, max_roots=64)
    folder = Path(other.processed_paths[0]).parent
    mine = next(p for p in folder.parent.glob("*/index*") if p.parent != folder)
    shutil.rmtree(folder)
    mine.parent.rename(folder)
    with pytest.raises(ValueError, match="'root' must hold what was asked for"):
        reopen(copied, max_roots=64)


def test_loader_workers_read_the_same_graphs(shards):
    loader = DataLoader(shards[::2], batch_size=8, num_workers=2)
    ids = [i for batch in loader for i in batch.graph_id.tolist()]
    assert ids == list(range(0, len(shards), 2))


def test_a_pickled_dataset_holds_no_graphs(shards):
    _ = shards.kg
    directory = Path(shards.processed_paths[0]).parent
    stored = sum(path.stat().st_size for path in directory.iterdir())
    pickled = pickle.dumps(shards.store)
    assert len(pickled) < 1_000 < stored
    again = pickle.loads(pickle.dumps(shards))
    assert_equal(again[5], shards[5])


def test_summary_and_counts_are_those_of_the_graphs(shards):
    chosen = shards[3:40:2]
    assert chosen.get_summary() == Summary.from_dataset(chosen)
    tokens = torch.cat([graph.input_ids for graph in chosen])
    size = len(shards.tokenizer)
    counted = token_counts(shards.store, chosen.indices(), size)
    assert counted.tolist() == tokens.bincount(minlength=size).tolist()
    paths = [shards.store.paths[i] for i in range(len(shards))]
    assert paths == [graph.path for graph in shards]


def test_attributes_of_any_shape_are_kept(tmp_path):
    graphs = [
        ChainGraph.from_triples(
            range(n),
            [(0, 1, 2, [9] * n)],
            x=torch.rand(2 * n, 3),
            y=torch.rand(1),
            name=f"näme {n}\udcff",
            number=-n,
            other_index=torch.arange(2 * n).view(2, n),
        )
        for n in (3, 1, 2)
    ]
    store = GraphStore.from_graphs(graphs)
    path = tmp_path / "graphs.safetensors"
    store.save(path, {"told": [1, "two"]})
    loaded = GraphStore.load(path)
    assert loaded.header["told"] == [1, "two"]
    for index, graph in enumerate(graphs):
        graph.graph_id = index
        assert_equal(store.get(index), graph)
        assert_equal(loaded.get(index), graph)
    two = GraphStore.concatenate([loaded, store])
    assert_equal(two.get(4), store.get(1).update({"graph_id": 4}))


def test_large_numbers_keep_their_type_and_value(tmp_path):
    big = torch.tensor([2**40, -5])
    graph = ChainGraph.from_triples([1, 2], [])
    graph.update({"big": big, "flag": big > 0})
    path = tmp_path / "graphs.safetensors"
    GraphStore.from_graphs([graph]).save(path, {})
    loaded = GraphStore.load(path).get(0)
    assert loaded.big.tolist() == [2**40, -5]
    assert loaded.flag.dtype == torch.bool
    assert np.array_equal(loaded.input_ids, [1, 2])
