import numpy as np
import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.distill.baselines import (
    LookupBaseline,
    MajorityBaseline,
    Targets,
    baseline_metrics,
    baseline_sums,
)
from gmert_pyg.distill.flat_targets import FlatTargets
from gmert_pyg.distill.lookup_tables import LookupTable, back_off

# Roots 1 2 3 twice and 1 9 4 once; head 2 has tail (5, 6) by relation 0.
TRAIN = Batch.from_data_list(
    [
        ChainGraph.from_triples([1, 2, 3], [(1, 1, 0, [5, 6])]),
        ChainGraph.from_triples([1, 2, 3], [(1, 2, 1, [5])]),
        ChainGraph.from_triples([1, 9, 4], [(0, 1, 1, [7])]),
    ]
)
MASK = 99


def masked_batch() -> Batch:
    graph = ChainGraph.from_triples([1, MASK, 4], [(0, 1, 2, [7])])
    graph.labels = torch.tensor([-100, 9, -100, -100])
    graph.edge_label = torch.tensor([1])
    other = ChainGraph.from_triples([1, 2, 8], [(1, 1, 0, [MASK, MASK])])
    other.labels = torch.tensor([-100, -100, -100, 5, 6])
    other.edge_label = torch.tensor([-100, -100])
    return Batch.from_data_list([graph, other])


def test_flat_targets_of_two_graphs():
    flat = FlatTargets.of(TRAIN)
    root = flat.triple == 0
    assert flat.before[root].tolist() == [-1, 1, 2, -1, 1, 2, -1, 1, 9]
    assert flat.after[root].tolist() == [2, 3, -1, 2, 3, -1, 9, 4, -1]
    assert flat.relation.tolist() == [-1, 0, 1, 1]
    # (2), (2, 3) and (1) are three heads; (5, 6), (5) and (7) three tails.
    assert len(set(flat.head[1:].tolist())) == 3
    assert len(set(flat.tail[1:].tolist())) == 3


def test_heads_are_alike_wherever_they_stand():
    moved = Batch.from_data_list(
        [ChainGraph.from_triples([8, 8, 2, 3], [(2, 2, 0, [5])])]
    )
    there = FlatTargets.of(moved).head[1]
    assert there == FlatTargets.of(TRAIN).head[2]


def test_lookup_answers_what_was_seen():
    answers = LookupBaseline(TRAIN).answer(Targets(masked_batch()))
    assert answers.roots[:, 0].tolist() == [9]
    assert answers.leaves[:, 0].tolist() == [5, 6]
    assert answers.relations[:, 0].tolist() == [1]


def test_majority_answers_what_is_most_frequent():
    answers = MajorityBaseline(TRAIN).answer(Targets(masked_batch()))
    assert answers.roots[0, 0] == 1
    assert answers.leaves[0, 0] == 5
    assert answers.relations[0, 0] == 1


def test_metrics_of_the_lookup():
    metrics = baseline_metrics(
        LookupBaseline(TRAIN), Targets(masked_batch()), num_relations=3
    )
    assert metrics["mlm_accuracy"] == 1.0
    assert metrics["leaf_hits@1"] == 1.0
    assert metrics["relation_macro_f1"] == 1.0


def test_back_off_fills_without_repeats():
    first = np.array([[3, -1, -1], [-1, -1, -1]])
    second = np.array([[3, 4, -1], [5, -1, -1]])
    last = np.array([[4, 3, 6], [6, 7, 5]])
    assert back_off([first, second, last]).tolist() == [[3, 4, 6], [5, 6, 7]]


def test_a_table_answers_only_its_own_keys():
    table = LookupTable(np.array([5, 5, 9]), np.array([1, 1, 2]), k=1)
    assert table.answers(np.array([4, 5, 6, 9, 10])).tolist() == [
        [-1], [1], [-1], [2], [-1],
    ]  # fmt: skip


def test_local_leaves_are_reported_apart():
    batch = masked_batch()
    # The tail (5, 6) of the second graph; 6 alone is said to be local.
    batch.local = torch.tensor([False] * 8 + [True])
    lookup = LookupBaseline(TRAIN)
    metrics = baseline_metrics(lookup, Targets(batch), num_relations=3)
    assert metrics["num_leaves_local"] == metrics["num_leaves_non_local"] == 1
    assert metrics["leaf_hits@1_local"] == 1.0
    assert "leaf_loss" not in metrics
    majority = baseline_metrics(
        MajorityBaseline(TRAIN), Targets(batch), num_relations=3
    )
    # 5 is the most frequent leaf, 6 or 7 the second.
    assert majority["leaf_hits@1_local"] == 0.0
    assert majority["leaf_hits@1_non_local"] == 1.0
    assert majority["leaf_hits@10_local"] == 1.0


def test_sums_of_graphs_add_up_to_those_of_their_batch():
    lookup, batch = LookupBaseline(TRAIN), masked_batch()
    together = baseline_sums(lookup, Targets(batch), num_relations=3)
    apart = [
        baseline_sums(lookup, Targets(Batch.from_data_list([graph])), 3)
        for graph in batch.to_data_list()
    ]
    assert torch.equal(apart[0].flat() + apart[1].flat(), together.flat())
