import pickle

import torch

from gmert_pyg.training import GraphCollator
from gmert_pyg.training.batches.indexed_collation import (
    IndexedCollator,
    collator_for,
)
from gmert_pyg.transforms import MaskForPreTraining


def test_only_a_device_that_is_waited_for_gets_indices(tiny_model):
    collate, index_batch = GraphCollator(), tiny_model.graphmert.index_batch
    on_cpu = collator_for(torch.device("cpu"), collate, index_batch)
    on_gpu = collator_for(torch.device("cuda"), collate, index_batch)
    assert on_cpu is collate
    assert isinstance(on_gpu, IndexedCollator)


def test_workers_send_what_they_found(tiny_model, dataset):
    masks = MaskForPreTraining(dataset.tokenizer, dataset.schema)
    collate = IndexedCollator(
        GraphCollator(masks), tiny_model.graphmert.index_batch
    )
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=4, collate_fn=collate, num_workers=1
    )
    batch = next(iter(loader))["batch"]
    labelled = (batch.labels != -100).nonzero().flatten()
    assert batch.indices.targets.node.tolist() == labelled.tolist()
    assert tiny_model(batch).loss.isfinite()
    # Workers that are not forked get the collator as it is pickled.
    again = pickle.loads(pickle.dumps(collate))([dataset[0]])
    assert again["batch"].indices.encoder.length == dataset[0].num_nodes
