import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertForPreTrainingOutput
from gmert_pyg.training import EvaluationSums, shown_targets

MASK = 2


def masked(roots, triples, labels, local=None):
    graph = ChainGraph.from_triples(roots, triples)
    graph.labels = torch.tensor(labels)
    if local is not None:
        graph.local = torch.tensor(local)
    return graph


def test_a_masked_root_is_shown_by_a_root_or_a_leaf():
    graph = masked(
        [MASK, 5, MASK, 5, MASK],
        [(1, 1, 0, [7])],
        [5, -100, 7, -100, 8, -100],
    )
    assert shown_targets(graph).tolist() == [
        True, False, True, False, False, False,
    ]  # fmt: skip


def test_a_root_is_not_shown_by_itself_or_by_what_is_masked_too():
    # The first kept its token, as one masked root in ten does.
    graph = masked([5, MASK, 6], [], [5, 5, -100])
    assert shown_targets(graph).tolist() == [False, False, False]


def test_a_root_is_not_shown_by_another_graph():
    first = masked([MASK, 6], [], [5, -100], [False, False])
    second = masked([5, 6], [], [-100, -100], [False, False])
    batch = Batch.from_data_list([first, second])
    assert not shown_targets(batch).any()


def test_leaves_are_shown_as_the_dataset_says():
    triples = [(0, 1, 0, [MASK, MASK]), (1, 1, 0, [MASK])]
    labels = [-100, -100, 8, 9, 6]
    local = [False, False, False, False, True]
    shown = shown_targets(masked([5, 6], triples, labels, local))
    assert shown.tolist() == local
    # Root 6 repeats leaf 6, but it is the dataset that knows.
    assert not shown_targets(masked([5, 6], triples, labels)).any()


def test_metrics_of_shown_targets_and_of_the_others_make_up_the_whole():
    # Leaf 0: ranked first, local. Leaf 1: second. Root 2: second, repeated.
    output = GraphMertForPreTrainingOutput(
        logits=torch.tensor(
            [[2.0, 0.0, 1.0], [3.0, 1.0, 0.0], [0.0, 1.0, 5.0]]
        ),
        labels=torch.tensor([0, 1, 1]),
        labelled_nodes=torch.tensor([0, 1, 2]),
    )
    sums = EvaluationSums.zeros(2)
    shown = torch.tensor([True, False, True])
    sums.add(output, torch.tensor([1, 1, 0]), shown)
    sums.add(output, torch.tensor([1, 1, 0]), shown)
    metrics = EvaluationSums.from_flat(sums.flat(), 2).metrics(0.6)
    assert metrics["leaf_hits@1_local"] == 1.0
    assert metrics["leaf_hits@1_non_local"] == 0.0
    assert metrics["leaf_hits@10_non_local"] == 1.0
    assert metrics["leaf_hits@1"] == 0.5
    assert metrics["num_leaves_local"] == metrics["num_leaves_non_local"] == 2
    assert metrics["mlm_accuracy_repeated"] == 0.0
    assert metrics["num_roots_repeated"] == 2
    assert metrics["num_roots_unrepeated"] == 0
