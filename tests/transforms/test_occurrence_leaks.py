"""No occurrence edge tells what was masked."""

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.schema import DEFAULT_SCHEMA, EXTENDED_SCHEMA, Relation, Schema
from gmert_pyg.tokenization.identifier_parts import GOES_ON, NONE, OPENS
from gmert_pyg.transforms import MaskForPreTraining, MaskRelations, MaskSpans
from gmert_pyg.transforms.labels import IGNORE_INDEX
from gmert_pyg.transforms.occurrence_leaks import telling_edges
from gmert_pyg.transforms.ragged import RaggedNodes

MASK, VOCAB = 4, 200
LAST_USE, LAST_WRITE, COMPUTED_FROM, ARGUMENT_OF, RETURNS_TO = range(13, 18)


@pytest.fixture
def named():
    """`long name = 1 ; y = long name ; return y`, names of two roots.

    A name's edges are at its first root: 0 and 5.
    """
    return ChainGraph.from_triples(
        [20, 21, 30, 31, 40, 20, 21, 32, 40],
        [(0, 2, 1, [60]), (4, 1, 2, [61, 62])],
        occurrences=[
            (5, 0, LAST_WRITE),
            (5, 0, LAST_USE),
            (4, 5, COMPUTED_FROM),
            (8, 4, LAST_WRITE),
            (8, 3, RETURNS_TO),
        ],
        word_start=[True, False, True, True, True, True, False, True, True],
        graph_id=3,
        epoch=0,
    )


@pytest.fixture
def called():
    """`def f(p): ... f(k=v) ... f(w)`: roots f, p, f, k, v, f, w."""
    return ChainGraph.from_triples(
        [50, 51, 50, 51, 53, 50, 54],
        [],
        occurrences=[
            (4, 3, ARGUMENT_OF),
            (4, 1, ARGUMENT_OF),
            (6, 1, ARGUMENT_OF),
        ],
        callee_index=torch.tensor([[0, 2, 5, 0, 2, 5], [4, 4, 4, 6, 6, 6]]),
    )


def told(graph, *roots, schema=DEFAULT_SCHEMA, parts=None):
    """Return the edges that tell, as (source, target, type)."""
    covered = np.zeros(graph.num_nodes, bool)
    covered[list(roots)] = True
    telling = telling_edges(
        graph, RaggedNodes.of(graph), covered, schema, parts
    )
    return edges(graph, torch.from_numpy(telling))


def edges(graph, which=slice(None)):
    table = torch.cat([graph.edge_index, graph.edge_type[None]])
    return {tuple(edge) for edge in table[:, which].T.tolist()}


@pytest.mark.parametrize("root", [0, 1, 5, 6])
def test_any_token_of_a_name_hides_its_other_places(named, root):
    same_name = {(5, 0, LAST_WRITE), (5, 0, LAST_USE)}
    assert told(named, root) == same_name


def test_edges_elsewhere_and_edges_of_syntax_stay(named):
    assert told(named, 2, 7) == set()
    assert told(named, 8) == told(named, 4) == {(8, 4, LAST_WRITE)}
    assert told(named, 3) == set()
    # No relation of the knowledge graph is ever among them.
    everything = told(named, *range(9))
    assert everything == {
        (5, 0, LAST_WRITE),
        (5, 0, LAST_USE),
        (8, 4, LAST_WRITE),
    }


@pytest.mark.parametrize(
    ("root", "arguments"),
    [
        (0, {4, 6}),  # the definition tells the calls
        (2, {4, 6}),  # a call tells the definition
        (1, {4, 6}),  # the keyword tells the parameter
        (3, {4}),  # and the other way round
        (4, set()),  # an argument may have any name
        (6, set()),
    ],
)
def test_arguments_are_bound_by_names(called, root, arguments):
    assert told(called, root) == {
        edge for edge in edges(called) if edge[0] in arguments
    }


def test_without_names_of_callees_nothing_is_known_of_them(called):
    del called.callee_index
    assert told(called, 0) == set()
    assert told(called, 3) == {(4, 3, ARGUMENT_OF), (4, 1, ARGUMENT_OF)}


def test_identifiers_of_several_words(named):
    # The same graph by a tokenizer whose words are pieces of names.
    named.word_start[:9] = True
    assert told(named, 1) == set()
    parts = np.full(VOCAB, NONE, np.int8)
    parts[[20, 40]] = OPENS
    parts[21] = GOES_ON
    for root in (0, 1, 5, 6):
        assert (5, 0, LAST_USE) in told(named, root, parts=parts)
    assert told(named, 2, parts=parts) == set()


def test_names_do_not_run_on_into_the_next_graph():
    first = ChainGraph.from_triples([20, 21], [])
    second = ChainGraph.from_triples(
        [20, 30, 20], [], occurrences=[(2, 0, LAST_USE)]
    )
    second.word_start[0] = False
    batch = Batch.from_data_list([first, second])
    assert told(batch, 1) == set()
    assert told(batch, 2) == {(4, 2, LAST_USE)}


def test_the_label_cannot_be_read_off_an_edge(named):
    labels, copies = 0, 0
    for epoch in range(200):
        named.epoch = epoch
        for occurrences in ("drop", "keep"):
            masked = MaskSpans(MASK, VOCAB, rate=0.2, occurrences=occurrences)(
                named
            )
            covered = masked.labels != IGNORE_INDEX
            readable = {
                named.input_ids[other].item()
                for source, target, kind in edges(masked)
                if kind in (LAST_USE, LAST_WRITE)
                for end, other in ((source, target), (target, source))
                if covered[end] and not covered[other]
            }
            true = set(masked.labels[covered].tolist())
            if occurrences == "keep":
                copies += len(true & readable)
                assert edges(masked) == edges(named)
            else:
                assert not true & readable
                labels += len(true)
    assert labels > 200
    assert copies > 50


def test_kept_and_random_spans_hide_them_too(named):
    shown = set()
    for epoch in range(300):
        named.epoch = epoch
        masked = MaskSpans(MASK, VOCAB, rate=0.1)(named)
        (root,) = (masked.labels != IGNORE_INDEX).nonzero().flatten().tolist()
        if root in (0, 5):
            token = masked.input_ids[root].item()
            shown.add({MASK: "mask", 20: "kept"}.get(token, "random"))
            assert not {(5, 0, LAST_WRITE)} & edges(masked)
    assert shown == {"mask", "kept", "random"}


def test_a_batch_is_masked_as_its_graphs_are(named, called):
    called.graph_id, called.epoch = 8, 0
    graphs = [named.clone(), called.clone(), named.clone()]
    graphs[2].graph_id = 5
    for graph in (graphs[0], graphs[2]):
        graph.callee_index = torch.zeros(2, 0, dtype=torch.long)
    masking = MaskSpans(MASK, VOCAB, rate=0.4)
    relations = MaskRelations(12, rate=0.9)
    batch = Batch.from_data_list(graphs)
    sizes = [graph.edge_type.numel() for graph in graphs]
    before = batch.edge_index.clone()
    masked = masking(relations(batch))
    assert torch.equal(batch.edge_index, before)
    assert [g.edge_type.numel() for g in batch.to_data_list()] == sizes
    assert masked.num_edges < sum(sizes)
    assert masked.edge_label.shape == masked.edge_type.shape
    for graph, taken in zip(graphs, masked.to_data_list(), strict=True):
        alone = masking(relations(graph))
        for name in ("input_ids", "edge_index", "edge_type", "callee_index"):
            assert torch.equal(taken[name], alone[name]), name
        taken.validate(12)
    index = torch.cat([masking(relations(g)).edge_label for g in graphs])
    assert torch.equal(masked.edge_label, index)
    # Labels of relations are still those of edges to leaves.
    leaf = masked.node_type[masked.edge_index[1]] == 1
    assert bool((masked.edge_label[~leaf] == IGNORE_INDEX).all())
    assert bool((masked.edge_label != IGNORE_INDEX).any())


def test_dropping_draws_nothing(named):
    drop, keep = (
        MaskSpans(MASK, VOCAB, occurrences=name)(named)
        for name in ("drop", "keep")
    )
    assert torch.equal(drop.input_ids, keep.input_ids)
    assert torch.equal(drop.labels, keep.labels)
    again = MaskSpans(MASK, VOCAB)(named)
    assert torch.equal(again.edge_index, drop.edge_index)


def test_own_kinds_count_as_names(named):
    schema = Schema(
        "own", 1, (Relation.of("calls", ["function"], ["function"]),), ("same",)
    )
    graph = ChainGraph.from_triples([5, 6, 5], [], occurrences=[(2, 0, 2)])
    assert told(graph, 0, schema=schema) == {(2, 0, 2)}
    with pytest.raises(ValueError, match=r"'schema' must be that.*13 to 17"):
        told(named, 0, schema=schema)
    with pytest.raises(ValueError, match=r"types 13 to 17 \(got 'extended'"):
        MaskSpans(MASK, VOCAB, schema=EXTENDED_SCHEMA)(named)


def test_all_masks_take_the_schema_and_the_choice(named):
    tokenizer = GraphMertTokenizer.default()
    named.edge_type[named.edge_type > 12] += 5
    for choice, dropped in (("drop", True), ("keep", False)):
        masked = MaskForPreTraining(
            tokenizer, EXTENDED_SCHEMA, rate=0.9, occurrences=choice
        )(named)
        assert (masked.num_edges < named.num_edges) == dropped
    with pytest.raises(ValueError, match=r"'occurrences' .* \(got 'hide'\)"):
        MaskSpans(MASK, VOCAB, occurrences="hide")
