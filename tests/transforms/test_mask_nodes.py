"""Masked node modelling: leaves and relations."""

import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.transforms import MaskForPreTraining, MaskLeaves, MaskRelations

MASK, IGNORE = 4, -100


def test_whole_triples_are_masked_at_fifteen_percent(many_graphs):
    masked = MaskLeaves(MASK)(many_graphs)
    is_leaf = masked.node_type == 1
    triple = masked.triple + 100 * masked.batch
    picked = masked.labels != IGNORE
    # All leaves of a triple, or none of them.
    first = masked.slot == 1
    share_by_triple = {}
    for number, flag in zip(
        triple[is_leaf].tolist(), picked[is_leaf].tolist(), strict=True
    ):
        share_by_triple.setdefault(number, set()).add(flag)
    assert all(len(flags) == 1 for flags in share_by_triple.values())
    # 40,000 triples: three standard errors are 0.5 points.
    assert picked[first].float().mean().item() == pytest.approx(0.15, abs=0.006)
    assert bool((masked.input_ids[picked] == MASK).all())
    assert torch.equal(masked.labels[picked], many_graphs.input_ids[picked])
    assert not bool(picked[~is_leaf].any())
    # Nothing else is touched: the relation and the head stay.
    assert torch.equal(
        masked.input_ids[~picked], many_graphs.input_ids[~picked]
    )
    assert torch.equal(masked.edge_type, many_graphs.edge_type)
    assert torch.equal(masked.edge_index, many_graphs.edge_index)


def test_relations_are_masked_80_10_10_and_stay_edges(many_graphs):
    masked = MaskRelations(12)(many_graphs)
    assert torch.equal(masked.edge_index, many_graphs.edge_index)
    picked = masked.edge_label != IGNORE
    assert torch.equal(masked.edge_label[picked], many_graphs.edge_type[picked])
    assert torch.equal(
        masked.edge_type[~picked], many_graphs.edge_type[~picked]
    )
    # By triple, 40,000 of them: three standard errors are 0.5 points.
    by_triple = torch.zeros_like(many_graphs.input_ids, dtype=torch.bool)
    by_triple[masked.edge_index[1, picked]] = True
    share = by_triple[masked.slot == 1].float().mean().item()
    assert share == pytest.approx(0.15, abs=0.006)
    shown = masked.edge_type[picked]
    assert (shown == 12).float().mean().item() == pytest.approx(0.8, abs=0.03)
    # A tenth is kept, and a twelfth of the random tenth happens to be right.
    kept = (shown == masked.edge_label[picked]).float().mean().item()
    assert kept == pytest.approx(0.1 + 0.1 / 12, abs=0.02)
    other = shown[(shown != 12) & (shown != masked.edge_label[picked])]
    assert other.unique().tolist() == list(range(12))
    count = other.bincount(minlength=12) / len(other)
    assert count.tolist() == pytest.approx([1 / 12] * 12, abs=0.04)


def picked_by(transform, graphs):
    """Return which leaves or edges a mask of triples picked, by first leaf."""
    masked = transform(graphs)
    flags = torch.zeros_like(graphs.input_ids, dtype=torch.bool)
    if "labels" in masked:
        flags = masked.labels != IGNORE
    else:
        target = masked.edge_index[1, masked.edge_label != IGNORE]
        flags[target] = True
    return flags[graphs.slot == 1].double()


@pytest.mark.parametrize("make", [MaskLeaves, MaskRelations])
def test_every_seed_and_epoch_draws_anew(many_graphs, make):
    first = picked_by(make(MASK), many_graphs)
    assert torch.equal(first, picked_by(make(MASK), many_graphs))
    later = many_graphs.clone()
    later.epoch = later.epoch + 1
    others = [
        picked_by(make(MASK, seed=1), many_graphs),
        picked_by(make(MASK), later),
    ]
    # As independent as draws of 40,000 triples can be seen to be.
    for other in others:
        both = torch.corrcoef(torch.stack([first, other]))
        assert abs(both[0, 1].item()) < 0.02


def test_relations_and_leaves_are_drawn_apart(many_graphs):
    leaves, relations = (
        picked_by(make(MASK), many_graphs)
        for make in (MaskLeaves, MaskRelations)
    )
    both = torch.corrcoef(torch.stack([leaves, relations]))
    assert abs(both[0, 1].item()) < 0.02


@pytest.mark.parametrize("make", [MaskLeaves, MaskRelations])
def test_draws_depend_on_seed_epoch_and_graph_alone(many_graphs, make):
    graphs = many_graphs.to_data_list()[:20]
    together = make(MASK)(Batch.from_data_list(graphs[::-1])).to_data_list()
    for graph, found in zip(graphs, together[::-1], strict=True):
        alone = make(MASK)(graph)
        for name in ("input_ids", "labels", "edge_type", "edge_label"):
            if name in alone:
                assert torch.equal(found[name], alone[name]), name


def test_the_edges_of_a_triple_show_one_relation(many_graphs):
    masked = MaskRelations(12)(many_graphs)
    target = masked.edge_index[1]
    triple = masked.triple[target] + 100 * masked.batch[target]
    shown: dict[int, set[int]] = {}
    for number, relation in zip(
        triple.tolist(), masked.edge_type.tolist(), strict=True
    ):
        shown.setdefault(number, set()).add(relation)
    # Two triples of a graph never share a number.
    assert all(len(relations) == 1 for relations in shown.values())


def test_all_masks_together_keep_their_labels(called_twice):
    tokenizer = GraphMertTokenizer.default()
    transform = MaskForPreTraining(tokenizer, rate=0.5)
    seen = 0
    for epoch in range(100):
        called_twice.epoch = epoch
        masked = transform(called_twice)
        labelled = masked.labels != IGNORE
        assert torch.equal(
            masked.labels[labelled], called_twice.input_ids[labelled]
        )
        covered_callee = bool(labelled[[0, 4]].any())
        if covered_callee:
            seen += 1
            assert masked.input_ids[5] == tokenizer.mask_token_id
    assert seen > 10


@pytest.mark.parametrize("only", ["spans", "leaves", "relations"])
def test_each_objective_can_be_had_alone(many_graphs, only):
    tokenizer = GraphMertTokenizer.default()
    switches = dict.fromkeys(("spans", "leaves", "relations"), False)
    masked = MaskForPreTraining(tokenizer, **switches | {only: True})(
        many_graphs
    )
    labels = masked.get("labels", torch.full_like(masked.input_ids, IGNORE))
    edges = masked.get("edge_label", torch.tensor([IGNORE]))
    is_root = masked.node_type == 0
    assert bool((labels[is_root] != IGNORE).any()) == (only == "spans")
    assert bool((labels[~is_root] != IGNORE).any()) == (only == "leaves")
    assert bool((edges != IGNORE).any()) == (only == "relations")


def test_the_longest_span_is_what_was_asked_for(many_graphs):
    tokenizer = GraphMertTokenizer.default()
    (spans,) = MaskForPreTraining(
        tokenizer, leaves=False, relations=False, max_span_length=1
    ).masks
    assert spans.max_length == 1
    with pytest.raises(ValueError, match=r"'max_span_length' .* \(got 0\)"):
        MaskForPreTraining(tokenizer, max_span_length=0)


def test_a_tokenizer_without_a_mask_is_refused():
    tokenizer = GraphMertTokenizer.default()
    tokenizer.mask_token = None
    with pytest.raises(ValueError, match="'tokenizer' must have a mask token"):
        MaskForPreTraining(tokenizer)
