"""Decoders against one query, one tail and one token at a time."""

import itertools

import numpy as np
import pytest
import torch

from gmert_pyg import ChainGraph
from gmert_pyg.distill.completion.beam_search import BeamSearch
from gmert_pyg.distill.completion.mask_predict import MaskPredict
from gmert_pyg.distill.completion.name_ranking import NameRanking
from gmert_pyg.distill.completion.tail_decoder import first_of_each
from gmert_pyg.distill.completion.tail_names import TailNames
from gmert_pyg.distill.completion.tail_queries import TailQueries

MASK = 4
NAMES = TailNames(
    [[5], [9], [5, 6], [5, 7], [8, 6], [9, 9], [5, 6, 7], [5, 6, 8], [8, 9, 5]]
)

# Relation 5 has fewer names, and relation 7 has none.
BY_RELATION = [NAMES] * 5 + [TailNames([[9], [5, 6]]), NAMES, TailNames([])]
BY_RELATION += [NAMES] * 4


def log_probabilities(model, graph, query, tokens):
    """Ask for one draft of one query, on a graph of its own: [l, V]."""
    first_root, num_roots, relation = query
    roots = graph.input_ids[graph.node_type == 0]
    before = ChainGraph.from_triples(roots, [])
    assert before.num_nodes == graph.num_roots
    asked = ChainGraph.from_triples(
        roots,
        [*graph.own_triples, (first_root, num_roots, relation, tokens)],
    )
    asked.query = (asked.triple == len(graph.own_triples) + 1).long()
    with torch.no_grad():
        logits = model(asked).logits[-len(tokens) :]
    logits[:, :5] = -torch.inf
    return logits.log_softmax(dim=-1)


@pytest.fixture(scope="module")
def rows(graphs):
    graphs[0].own_triples = [(0, 2, 3, [10, 11]), (2, 1, 1, [12])]
    graphs[1].own_triples = [(1, 1, 0, [5])]
    yield graphs
    for graph in graphs:
        del graph.own_triples


@pytest.fixture(scope="module")
def left_to_right(rows, model, queries, lengths):
    """By query, the log-probability of every name, token after token."""
    found = []
    for number in range(len(queries)):
        graph = rows[queries.graph[number]]
        query = tuple(
            int(column[number])
            for column in (
                *(queries.first_root, queries.num_roots, queries.relation),
            )
        )
        scores = {}
        names = BY_RELATION[query[2]]
        for length in names.lengths:
            for name in names.of_length(length).tolist():
                total = lengths.log_probability[query[2], length - 1]
                for known in range(length):
                    draft = name[:known] + [MASK] * (length - known)
                    rows_of = log_probabilities(model, graph, query, draft)
                    total += float(rows_of[known, name[known]])
                scores[tuple(name)] = total
        found.append(scores)
    return found


@pytest.mark.parametrize("kind", [NameRanking, BeamSearch])
@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_all_names_are_ranked_as_one_at_a_time(
    kind, length_penalty, scorer, graphs, queries, lengths, left_to_right
):
    width = {"num_rescored": 9} if kind is NameRanking else {"beam_size": 9}
    decoder = kind(
        scorer,
        lengths,
        names=BY_RELATION,
        length_penalty=length_penalty,
        num_answers=len(NAMES),
        **width,
    )
    answers = decoder(graphs, queries)
    assert len(answers) == len(queries)
    for own, expected in zip(answers, left_to_right, strict=True):
        assert {a.tail for a in own} == expected.keys()
        for answer in own:
            wanted = expected[answer.tail]
            assert answer.log_probability == pytest.approx(wanted, abs=1e-4)
            wanted /= len(answer.tail) ** length_penalty
            assert answer.score == pytest.approx(wanted, abs=1e-4)
        scores = [answer.score for answer in own]
        assert scores == sorted(scores, reverse=True)


def test_a_beam_of_all_tokens_finds_the_best_of_all_tails(
    scorer, graphs, queries, lengths, rows, model
):
    decoder = BeamSearch(scorer, lengths, beam_size=15, num_answers=1)
    answers = decoder(graphs, queries)
    # By hand, of tails of up to two tokens, for the first query.
    query, graph = (1, 1, 2), rows[0]
    best = {}
    one = log_probabilities(model, graph, query, [MASK])[0]
    prior = lengths.log_probability[2]
    for token in range(5, 20):
        best[(token,)] = float(one[token]) + prior[0]
    first = log_probabilities(model, graph, query, [MASK, MASK])[0]
    for token in range(5, 20):
        second = log_probabilities(model, graph, query, [token, MASK])[1]
        for last in range(5, 20):
            best[token, last] = float(first[token] + second[last]) + prior[1]
    short = max(best.values())
    assert answers[0][0].log_probability >= short - 1e-4


@pytest.mark.parametrize("names", [None, BY_RELATION])
def test_the_most_certain_token_is_filled_in_first(
    names, scorer, graphs, queries, lengths, rows, model
):
    decoder = MaskPredict(scorer, lengths, names=names, num_answers=3)
    answers = decoder(graphs, queries)
    query, graph = (3, 2, 2), rows[0]
    expected = {}
    for length in (1, 2, 3):
        draft = [MASK] * length
        total = lengths.log_probability[2, length - 1]
        while MASK in draft:
            scores = log_probabilities(model, graph, query, draft)
            total += fill(scores, draft, names)
        expected[tuple(draft)] = total
    found = {a.tail: a.log_probability for a in answers[2]}
    assert found.keys() == expected.keys()
    for tail, total in expected.items():
        assert found[tail] == pytest.approx(total, abs=1e-4)


def fill(scores, draft, names):
    """Fill in the most certain token that is allowed; return its score."""
    best = (-np.inf, 0, 0)
    for place, token in itertools.product(range(len(draft)), range(5, 20)):
        if draft[place] != MASK:
            continue
        given = [-1 if t == MASK else t for t in draft]
        given[place] = token
        if names is None or len(NAMES.matching(len(draft), given)):
            best = max(best, (float(scores[place, token]), place, token))
    draft[best[1]] = best[2]
    return best[0]


@pytest.mark.parametrize("kind", [NameRanking, BeamSearch, MaskPredict])
def test_with_names_no_other_tail_is_written(
    kind, scorer, graphs, queries, lengths
):
    answers = kind(scorer, lengths, names=BY_RELATION, num_answers=3)(
        graphs, queries
    )
    for relation, own in zip(queries.relation, answers, strict=True):
        names = BY_RELATION[relation]
        assert len(own) >= min(len(names), 1)
        for answer in own:
            assert (
                list(answer.tail) in names.of_length(len(answer.tail)).tolist()
            )


@pytest.mark.parametrize("kind", [NameRanking, BeamSearch, MaskPredict])
def test_what_is_asked_beside_a_query_does_not_matter(
    kind, scorer, graphs, queries, lengths
):
    decoder = kind(scorer, lengths, names=BY_RELATION, num_answers=2)
    together = decoder(graphs, queries)
    for number in range(len(queries)):
        row = np.array([number])
        alone = TailQueries(
            queries.graph[row],
            queries.first_root[row],
            queries.num_roots[row],
            queries.relation[row],
        )
        (own,) = decoder(graphs, alone)
        assert [a.tail for a in own] == [a.tail for a in together[number]]


@pytest.mark.parametrize("kind", [NameRanking, BeamSearch, MaskPredict])
def test_no_query_has_no_answer(kind, scorer, graphs, lengths):
    assert (
        kind(scorer, lengths, names=BY_RELATION)(
            graphs, TailQueries.of_rows([])
        )
        == []
    )


def test_bad_settings_are_refused(scorer, lengths):
    with pytest.raises(ValueError, match=r"'num_answers' .* \(got 0\)"):
        MaskPredict(scorer, lengths, num_answers=0)
    with pytest.raises(ValueError, match=r"'beam_size' .* \(got 0\)"):
        BeamSearch(scorer, lengths, beam_size=0)
    with pytest.raises(ValueError, match=r"'names' .* \(got those of 1\)"):
        NameRanking(scorer, lengths, [NAMES])


def test_the_first_of_equal_ones_is_kept():
    group, score = np.array([2, 2, 0, 2]), np.array([1.0, 1.0, 0.0, 1.0])
    assert first_of_each(group, score, 2).tolist() == [2, 0, 1]
