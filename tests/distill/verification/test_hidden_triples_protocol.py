"""Hidden triples: what is asked, what counts as right, and who answers how."""

import numpy as np
import pytest
from torch_geometric.data import Batch

from gmert_pyg import ChainGraph
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.completion.tail_names import TailNames
from gmert_pyg.distill.completion.tail_queries import TailQueries
from gmert_pyg.distill.verification.hidden_set import (
    HiddenSet,
    hide_share,
    rank_of,
)
from gmert_pyg.distill.verification.protocol import HiddenTripleProtocol
from gmert_pyg.distill.verification.ranking_metrics import ranking_metrics
from gmert_pyg.distill.verification.tail_baselines import TailBaselines
from gmert_pyg.distill.verification.triple_columns import TripleColumns

TRAIN = [
    ChainGraph.from_triples(
        [5, 6, 7],
        [(0, 2, 1, [8, 9]), (2, 1, 1, [8]), (2, 1, 0, [6])],
        occurrences=[(2, 0, 4)],
    ),
    ChainGraph.from_triples([7, 5], [(0, 1, 1, [8])]),
]
ASKED = HiddenSet(
    [ChainGraph.from_triples([5, 9, 6, 7], [])],
    TailQueries.of_rows([(0, 3, 1, 1), (0, 0, 1, 1), (0, 3, 1, 0)]),
    heads=[(7,), (5,), (7,)],
    tails=[(8, 9), (9,), (5,)],
    others=[frozenset({(8,)}), frozenset(), frozenset()],
    local=np.array([False, True, True]),
)


def test_triples_are_read_as_rows():
    rows = TripleColumns.of(Batch.from_data_list(TRAIN)).rows()
    assert list(rows) == [
        (1, (5, 6), (8, 9)),
        (1, (7,), (8,)),
        (0, (7,), (6,)),
        (1, (7,), (8,)),
    ]


@pytest.mark.parametrize(
    ("tail", "others", "rank"),
    [((7,), (), 1), ((9,), (), 3), ((9,), ((7,), (8,)), 1), ((4,), (), None)],
)
def test_other_right_tails_do_not_count(tail, others, rank):
    assert rank_of([(7,), (8,), (9,)], tail, frozenset(others)) == rank


def test_metrics_by_hand():
    answers = [[(8,), (5,), (8, 9)], [(9,)], [(6,), (7,)]]
    found = ranking_metrics(ASKED, answers, ["r", "s", "t"])
    # Ranks: 2, as (8,) is right too; 1; not found.
    assert found["all"]["queries"] == 3
    assert found["all"]["mrr"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert found["all"]["hits@1"] == pytest.approx(1 / 3)
    assert found["all"]["hits@3"] == pytest.approx(2 / 3)
    assert found["non-local"]["mrr"] == 1 / 2
    assert found["r"]["hits@10"] == 0
    assert "t" not in found


class TestBaselines:
    @pytest.fixture
    def baselines(self):
        columns = TripleColumns.of(Batch.from_data_list(TRAIN))
        names = [TailNames([[5], [6]]), TailNames([[8], [8, 9], [5], [9]])]
        return TailBaselines(columns, names)

    def test_frequency(self, baselines):
        assert baselines.frequency(ASKED) == [
            [(8,), (8, 9)],
            [(8,), (8, 9)],
            [(6,)],
        ]

    def test_lookup_knows_heads(self, baselines):
        assert baselines.lookup(ASKED) == [
            [(8,), (8, 9)],
            [(8,), (8, 9)],
            [(6,)],
        ]
        columns = TripleColumns.of(
            Batch.from_data_list(
                [ChainGraph.from_triples([7, 5], [(0, 1, 1, [9])]), *TRAIN]
            )
        )
        other = TailBaselines(columns, [TailNames([]), TailNames([])])
        # Of equal ones the smaller; then what is frequent.
        assert other.lookup(ASKED)[0] == [(8,), (9,), (8, 9)]
        assert other.lookup(ASKED)[1][0] == (8,)

    def test_nearest_words_that_may_be_tails(self, baselines):
        assert baselines.nearest(ASKED) == [
            [(9,), (5,), (8,), (8, 9)],
            [(9,), (8,), (8, 9)],
            [(6,), (5,)],
        ]


class TestHiding:
    def test_what_is_hidden_is_asked_and_gone(self, dataset):
        hidden = hide_share(dataset, 0.3, seed=1)
        assert len(hidden) > len(hidden.graphs) / 2
        for number, tail in enumerate(hidden.tails):
            graph = hidden.graphs[hidden.queries.graph[number]]
            assert tail not in {t.tail for t in grafted_triples(graph)}
            first = int(hidden.queries.first_root[number])
            stop = first + int(hidden.queries.num_roots[number])
            head = tuple(graph.input_ids[first:stop].tolist())
            assert head == hidden.heads[number]
            assert tail not in hidden.others[number]

    def test_other_right_tails_are_those_of_the_knowledge_graph(self, dataset):
        hidden = hide_share(dataset, 1.0)
        # Square.area is called with area's other callees: in `total`, `Square`
        # is instantiated and `sum` and `area` are called.
        calls = dataset.schema.relation_id("calls")
        tails, tokenizer = {}, dataset.tokenizer
        for number in np.flatnonzero(hidden.queries.relation == calls):
            head = tokenizer.decode(hidden.heads[number])
            everything = {hidden.tails[number], *hidden.others[number]}
            texts = {tokenizer.decode(list(tail)) for tail in everything}
            tails.setdefault(head, set()).update(texts)
        assert tails["total"] == {"area", "sum"}

    def test_the_draw_is_of_seed_and_graph(self, dataset):
        all_of_them = hide_share(dataset, 0.3, seed=1)
        again = hide_share(dataset, 0.3, seed=1)
        other = hide_share(dataset, 0.3, seed=2)
        assert all_of_them.tails == again.tails
        assert all_of_them.tails != other.tails
        few = hide_share(dataset.index_select([2, 3]), 0.3, seed=1)
        joined = " ".join(map(str, all_of_them.tails))
        assert " ".join(map(str, few.tails)) in joined

    @pytest.mark.parametrize("share", [0, 1.1])
    def test_a_share_is_one(self, dataset, share):
        with pytest.raises(ValueError, match=r"'share' must be .* \(got"):
            hide_share(dataset, share)


def test_a_model_and_baselines_answer_the_same(dataset, tiny_model):
    hidden = hide_share(dataset, 0.5)
    protocol = HiddenTripleProtocol(dataset, dataset, hidden, num_answers=10)
    tokenizer = dataset.tokenizer
    scorer = GroupScorer(
        tiny_model,
        tokenizer.mask_token_id,
        banned_token_ids=tokenizer.all_special_ids,
    )
    found = protocol.verify(scorer)
    assert list(found.metrics) == ["model", "frequency", "lookup", "nearest"]
    queries = {who: m["all"]["queries"] for who, m in found.metrics.items()}
    assert set(queries.values()) == {len(hidden)}
    # Fitted on the very graphs, the lookup knows most of them.
    assert found.metrics["lookup"]["all"]["hits@10"] > 0.9
    assert found.calibration.num_triples == len(found.right)
    assert (found.log_probability <= 0).all()
