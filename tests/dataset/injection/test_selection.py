"""The injection algorithm, by hand and against its literal form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmert_pyg.data.injection import select


def choose(rows, alpha=0.0, limit=1):
    """Select among rows (scope, entity, head, triple, frequency, score)."""
    columns = np.array(rows, np.float64).reshape(-1, 6).T
    names = ("scope", "entity", "head", "triple", "frequency")
    found = select(
        **{
            name: column.astype(np.int64)
            for name, column in zip(names, columns, strict=False)
        },
        score=columns[5],
        alpha=alpha,
        max_triples_per_head=limit,
    )
    return found.tolist()


def literal(rows, alpha, limit):
    """The algorithm as it is written, one candidate at a time."""
    rows = [(i, *row) for i, row in enumerate(rows)]

    def worth(row):
        _, _, _, _, triple, frequency, score = row
        bucket = int(score / 0.01 + 1e-6)
        return -bucket, frequency // 100, -score, triple

    places = {}
    for row in rows:
        if row[6] >= alpha:
            places.setdefault((row[1], row[4]), []).append(row)
    dealt = {}
    for (scope, _), found in places.items():
        best = max(row[6] for row in found)
        equal = sorted(
            (row for row in found if row[6] == best), key=lambda row: row[3]
        )
        dealt.setdefault((scope, equal[0][2]), []).append(equal)
    at_head = {}
    for triples in dealt.values():
        triples.sort(key=lambda equal: worth(equal[0]))
        for turn, equal in enumerate(triples):
            row = equal[turn % len(equal)]
            at_head.setdefault(row[3], []).append(row)
    chosen = []
    for found in at_head.values():
        chosen += sorted(found, key=worth)[:limit]
    return sorted(row[0] for row in chosen)


def test_what_scores_below_alpha_is_dropped():
    rows = [(0, 0, 0, 0, 1, 0.69), (0, 1, 1, 1, 1, 0.7)]
    assert choose(rows, alpha=0.7) == [1]
    assert choose(rows, alpha=0.69) == [0, 1]
    assert choose([]) == []
    assert choose(rows, alpha=0.8) == []


def test_a_triple_is_kept_where_it_scores_best():
    rows = [
        (0, 5, 0, 7, 1, 0.50),
        (0, 5, 1, 7, 1, 0.90),
        (0, 5, 2, 7, 1, 0.89),
        (1, 5, 3, 7, 1, 0.10),
    ]
    # Once in each scope, even where a head is left with nothing.
    assert choose(rows, limit=9) == [1, 3]
    assert choose([(0, *row[1:]) for row in rows], limit=9) == [1]


def test_better_score_buckets_come_first():
    rows = [(0, 0, 0, 0, 1, 0.500), (0, 0, 0, 1, 9999, 0.510)]
    assert choose(rows) == [1]


def test_inside_a_score_bucket_the_rarest_relation_comes_first():
    # 0.58 to 0.589 is one bucket; 250 is in relation bucket 2, 199 in 1.
    rows = [
        (0, 0, 0, 0, 250, 0.589),
        (0, 0, 0, 1, 199, 0.580),
        (0, 0, 0, 2, 100, 0.585),
        (0, 0, 0, 3, 250, 0.590),
    ]
    assert choose(rows) == [3]
    assert choose(rows[:3]) == [2]
    # Relations in one bucket count as equally rare: the score decides.
    assert choose(rows[1:3], limit=1) == [1]
    assert choose(rows, limit=3) == [1, 2, 3]


def test_multiples_of_a_hundredth_open_their_buckets():
    # 0.29 / 0.01 is 28.999999999999996 in binary fractions.
    for hundredths in range(100):
        score = hundredths / 100
        rows = [(0, 0, 0, 0, 100, score + 0.009), (0, 0, 0, 1, 0, score)]
        assert choose(rows) == [1], score
        rows[0] = (0, 0, 0, 0, 100, score + 0.01)
        assert choose(rows) == [0], score


def test_equal_triples_go_by_number():
    rows = [(0, 0, 0, 4, 5, 0.5), (0, 0, 0, 3, 5, 0.5)]
    assert choose(rows) == [1]


def test_mentions_at_which_triples_score_the_same_take_turns():
    triples = [(10, 0.9), (11, 0.8), (12, 0.7), (13, 0.6)]
    rows = [
        (0, 0, head, triple, 1, score)
        for head in (0, 1)
        for triple, score in triples
    ]
    # Triples 10 and 12 go to head 0, 11 and 13 to head 1.
    assert choose(rows, limit=2) == [0, 2, 5, 7]
    assert choose(rows, limit=1) == [0, 5]
    # A better place is no matter of turns.
    rows[0] = (0, 0, 0, 10, 1, 0.89)
    assert choose(rows, limit=2) == [2, 4, 5]


CANDIDATES = st.lists(
    st.tuples(
        st.integers(0, 2),  # scope
        st.integers(0, 2),  # entity
        st.integers(0, 2),  # which of its mentions
        st.integers(0, 3),  # which of its triples
        st.sampled_from([0.0, 0.3, 0.301, 0.309, 0.31, 0.32, 0.7, 1.0]),
    ),
    max_size=40,
    unique_by=lambda row: row[:4],
).map(
    lambda rows: [
        (
            scope,
            entity,
            (scope * 3 + entity) * 3 + mention,
            entity * 4 + triple,
            [5, 99, 100, 250][triple],
            score,
        )
        for scope, entity, mention, triple, score in rows
    ]
)


@given(
    CANDIDATES,
    st.sampled_from([0.0, 0.3, 0.305, 0.7]),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
@settings(max_examples=300, deadline=None)
def test_the_fast_form_is_the_literal_one_in_any_order(
    rows, alpha, limit, random
):
    chosen = choose(rows, alpha, limit)
    assert chosen == literal(rows, alpha, limit)
    shuffled = random.sample(range(len(rows)), len(rows))
    again = choose([rows[i] for i in shuffled], alpha, limit)
    assert sorted(shuffled[i] for i in again) == chosen
    heads = [rows[i][2] for i in chosen]
    assert max((heads.count(head) for head in heads), default=0) <= limit
    places = [(rows[i][0], rows[i][3]) for i in chosen]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_more_room_never_loses_a_triple(limit):
    random = np.random.default_rng(0)
    rows = [
        (0, e, e * 2 + m, e * 9 + t, int(random.integers(500)), score)
        for e in range(4)
        for m in range(2)
        for t in range(9)
        for score in random.random(1)
    ]
    assert set(choose(rows, limit=limit)) <= set(choose(rows, limit=limit + 1))
