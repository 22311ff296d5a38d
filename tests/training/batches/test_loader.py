"""Loaders: the same masks whoever loads, from files that nobody copies."""

import hashlib
import sys
from copy import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate.data_loader import BatchSamplerShard
from torch.utils.data import DataLoader
from torch.utils.data._utils.pin_memory import pin_memory
from torch_geometric.data import Batch

from gmert_pyg import CodeChainGraphs
from gmert_pyg.training import (
    EpochView,
    GraphCollator,
    GraphMertTrainer,
    GraphMertTrainingArguments,
    PlanBatchSampler,
)
from gmert_pyg.training.batches.loader import batch_loader, default_num_workers
from gmert_pyg.transforms import MaskForPreTraining

EPOCHS = 2


@pytest.fixture(scope="module")
def masks(dataset) -> MaskForPreTraining:
    return MaskForPreTraining(dataset.tokenizer, dataset.schema, rate=0.3)


def arguments(output, **changes):
    return GraphMertTrainingArguments(
        str(output),
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
        **changes,
    )


def what_was_drawn(batches):
    """Return by graph and epoch a hash of all that masks decided."""
    drawn = {}
    for inputs in batches:
        for graph in inputs["batch"].to_data_list():
            digest = hashlib.sha256()
            for name in ("input_ids", "labels", "edge_type", "edge_index"):
                digest.update(graph[name].numpy().tobytes())
            key = (int(graph.graph_id), int(graph.epoch))
            assert drawn.setdefault(key, digest.digest()) == digest.digest()
    return drawn


def loader(graphs, masks, output, budget=300, sampler=None, **changes):
    sampler = sampler or PlanBatchSampler(
        graphs.num_nodes_per_graph, budget, num_epochs=EPOCHS
    )
    return batch_loader(
        EpochView(graphs),
        sampler,
        GraphCollator(masks),
        arguments(output, **changes),
    )


@pytest.fixture(scope="module")
def expected(dataset, masks, tmp_path_factory):
    drawn = what_was_drawn(loader(dataset, masks, tmp_path_factory.mktemp("a")))
    assert len(drawn) == EPOCHS * len(dataset)
    return drawn


@pytest.mark.parametrize("num_workers", [1, 2])
def test_draws_do_not_depend_on_workers(
    dataset, masks, expected, tmp_path, num_workers
):
    batches = loader(
        dataset, masks, tmp_path, dataloader_num_workers=num_workers
    )
    assert what_was_drawn(batches) == expected


@pytest.mark.parametrize("budget", [200, 5000])
def test_draws_do_not_depend_on_batches(
    dataset, masks, expected, tmp_path, budget
):
    assert what_was_drawn(loader(dataset, masks, tmp_path, budget)) == expected


def test_draws_do_not_depend_on_the_order(dataset, masks, expected, tmp_path):
    num_draws = EPOCHS * len(dataset)
    order = np.random.default_rng(0).permutation(num_draws).tolist()
    # Batches of both epochs.
    batches = [order[start : start + 3] for start in range(0, num_draws, 3)]
    found = loader(dataset, masks, tmp_path, sampler=batches)
    assert what_was_drawn(found) == expected


def test_draws_do_not_depend_on_the_rank(dataset, masks, expected, tmp_path):
    drawn = {}
    for rank in range(2):
        sampler = PlanBatchSampler(
            dataset.num_nodes_per_graph, 200, num_epochs=EPOCHS
        )
        shard = BatchSamplerShard(sampler, 2, rank)
        own = what_was_drawn(loader(dataset, masks, tmp_path, sampler=shard))
        assert len(own) < len(expected)
        drawn |= own
    assert drawn == expected


def test_draws_of_a_slice_are_those_of_the_dataset(
    dataset, masks, expected, tmp_path
):
    chosen = [5, 1, 3]
    drawn = what_was_drawn(
        loader(dataset.index_select(chosen), masks, tmp_path)
    )
    assert drawn == {k: v for k, v in expected.items() if k[0] in chosen}


def test_graphs_one_by_one_are_masked_alike(dataset, masks, expected):
    view = EpochView(list(dataset))
    draws = list(range(EPOCHS * len(dataset)))
    graphs = view.__getitems__(draws)
    assert isinstance(graphs, list)
    assert what_was_drawn([GraphCollator(masks)(graphs)]) == expected


def test_a_transform_of_the_dataset_is_applied(project, dataset, tmp_path):
    def shift(graph):
        graph.input_ids = graph.input_ids + 1
        return graph

    shifted = CodeChainGraphs(
        dataset.root, source=project, num_workers=0, transform=shift
    )
    found, plain = (
        EpochView(graphs).__getitems__([len(dataset) + 1, 0])
        for graphs in (shifted, dataset)
    )
    assert torch.equal(found.input_ids, plain.input_ids + 1)
    assert found.epoch.tolist() == plain.epoch.tolist() == [1, 0]
    assert "path" not in found
    assert "path" not in plain


def test_a_batch_leads_back_to_the_code(dataset, masks, tmp_path):
    part = dataset.index_select([4, 2, 0])
    for inputs in loader(part, masks, tmp_path):
        batch = inputs["batch"]
        for number, alone in zip(
            batch.graph_id.tolist(), batch.to_data_list(), strict=True
        ):
            assert (
                part.locate(number).qualified_name
                == dataset[number].qualified_name
            )
            assert alone.num_nodes == dataset[number].num_nodes


class Facts:
    """Collates a batch to what the process that loads it looks like."""

    def __call__(self, batch):
        files = Path("/proc/self/maps").read_text()
        return torch.get_num_threads(), "graphs-00000.safetensors" in files


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_map_the_files_and_keep_to_one_thread(dataset, tmp_path):
    sampler = PlanBatchSampler(dataset.num_nodes_per_graph, 300)
    args = arguments(tmp_path, dataloader_num_workers=2)
    found = batch_loader(EpochView(dataset), sampler, Facts(), args)
    assert set(found) == {(1, True)}


def test_workers_are_ahead_and_nobody_is_alone_on_a_cpu(dataset, tmp_path):
    alone = loader(dataset, None, tmp_path)
    assert (alone.num_workers, alone.prefetch_factor) == (0, None)
    assert not alone.pin_memory
    with_workers = loader(
        dataset,
        None,
        tmp_path,
        dataloader_num_workers=2,
        dataloader_persistent_workers=True,
    )
    assert (with_workers.num_workers, with_workers.prefetch_factor) == (2, 4)
    assert with_workers.persistent_workers
    asked = loader(
        dataset,
        None,
        tmp_path,
        dataloader_num_workers=1,
        dataloader_prefetch_factor=7,
    )
    assert asked.prefetch_factor == 7


@pytest.mark.parametrize(
    ("gpu", "use_cpu", "ranks", "expected"),
    [
        (False, False, 1, 0),
        (True, True, 1, 0),
        (True, False, 1, 4),
        (True, False, 8, 1),
        (True, False, 16, 0),
    ],
)
def test_workers_by_default(monkeypatch, gpu, use_cpu, ranks, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(ranks))
    assert default_num_workers(use_cpu) == expected


def test_a_batch_can_be_pinned(dataset, masks, monkeypatch):
    # Without a GPU no memory can be pinned: what a loader does to do so.
    monkeypatch.setattr(
        torch.Tensor, "pin_memory", lambda self, *_: self.clone()
    )
    batch = masks(dataset.batch([0, 1, 2], exclude_keys=["path"]))
    # PyG pins in place.
    pinned = pin_memory({"batch": copy(batch)})["batch"]
    for name, value in batch.to_dict().items():
        if isinstance(value, torch.Tensor) and value.numel():
            assert pinned[name].data_ptr() != value.data_ptr(), name
            assert torch.equal(pinned[name], value)
    assert [graph.num_nodes for graph in pinned.to_data_list()] == [
        graph.num_nodes for graph in batch.to_data_list()
    ]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_batches_for_a_gpu_come_from_pinned_memory(
    tiny_model, dataset, masks, tmp_path
):
    trainer = GraphMertTrainer(
        tiny_model,
        GraphMertTrainingArguments(
            str(tmp_path), report_to="none", dataloader_num_workers=2
        ),
        train_dataset=dataset,
        train_collator=GraphCollator(masks),
    )
    found = trainer.get_train_dataloader()
    assert found.pin_memory
    assert trainer.accelerator.non_blocking
    batch = next(iter(found))["batch"]
    assert batch.input_ids.is_cuda
    assert batch.batch.is_cuda


def test_pyg_takes_what_the_collator_takes(dataset, masks):
    collate = GraphCollator(masks)
    graphs = [dataset[index] for index in range(3)]
    one_by_one = collate(graphs)["batch"]
    at_once = collate(dataset.batch([0, 1, 2]))["batch"]
    assert isinstance(at_once, Batch)
    for name in ("input_ids", "labels", "edge_index", "edge_label", "ptr"):
        assert torch.equal(one_by_one[name], at_once[name])
    (inputs,) = DataLoader(
        EpochView(dataset), batch_sampler=[[0, 1, 2]], collate_fn=collate
    )
    assert torch.equal(inputs["batch"].labels, at_once.labels)
