import torch
from torch_geometric.data import Data

from gmert_pyg.nn.pretraining_output import GraphMertForPreTrainingOutput
from gmert_pyg.training.tracking.training_sums import TrainingSums

# Two roots, of which one is answered right, and three leaves, all but one.
OUTPUT = GraphMertForPreTrainingOutput(
    labels=torch.tensor([0, 1, 2, 0, 1]),
    labelled_nodes=torch.tensor([0, 1, 3, 4, 5]),
    logits=torch.eye(3)[[0, 0, 2, 0, 0]],
    relation_labels=torch.tensor([1, 1, 0, 0]),
    relation_logits=torch.eye(2)[[1, 0, 0, 0]],
)
BATCH = Data(node_type=torch.tensor([0, 0, 0, 1, 1, 1]))
ENTRY = {
    "mlm_accuracy": 1 / 2,
    "leaf_accuracy": 2 / 3,
    "relation_accuracy": 3 / 4,
    "padding": 1 / 4,
}


def test_accuracies_and_padding_by_hand():
    sums = TrainingSums()
    for _ in range(2):
        sums.add(OUTPUT, BATCH, torch.tensor(8))
    assert sums() == ENTRY
    assert sums() == {}


def test_processes_are_added_up():
    # As if another process had answered nothing right among four relations.
    other = torch.tensor([0, 0, 0, 0, 0, 4, 0, 0], dtype=torch.double)
    sums = TrainingSums(over_ranks=lambda values: values + other)
    sums.add(OUTPUT, BATCH, torch.tensor(8))
    assert sums() == {**ENTRY, "relation_accuracy": 3 / 8}


def test_sums_go_on_from_a_checkpoint():
    sums, resumed = TrainingSums(), TrainingSums()
    sums.add(OUTPUT, BATCH, torch.tensor(8))
    resumed.load_state_dict(sums.state_dict())
    assert resumed() == sums() == ENTRY
