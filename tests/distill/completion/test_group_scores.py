"""Many groups at a time are answered as each by itself."""

import numpy as np
import pytest
import torch

from gmert_pyg.distill.completion.group_scores import GroupScorer

DRAFTS = [[4], [4, 4], [13, 4], [4, 4, 9], [4], [4, 4]]
QUERY = np.array([0, 0, 1, 2, 3, 4])


def answers(scorer, graphs, groups, asked=None):
    """Log-probabilities by leaf."""
    found = {}
    for scores in scorer(graphs, groups, asked):
        rows = zip(scores.leaf.tolist(), scores.log_probabilities, strict=True)
        for leaf, row in rows:
            assert leaf not in found
            found[leaf] = row
    return found


def test_groups_do_not_disturb_each_other(scorer, graphs, queries):
    groups = queries.drafts(QUERY, DRAFTS)
    together = answers(scorer, graphs, groups)
    assert sorted(together) == [0, 1, 2, 4, 5, 6, 8, 9, 10]
    for number, first in enumerate(groups.first_leaf.tolist()):
        alone = groups.take(np.array([number]))
        for leaf, row in answers(scorer, graphs, alone).items():
            torch.testing.assert_close(
                together[first + leaf], row, atol=1e-5, rtol=1e-4
            )


@pytest.mark.parametrize("options", [{"max_leaves": 2}, {"token_budget": 1}])
def test_limits_change_nothing(model, scorer, graphs, queries, options):
    groups = queries.drafts(QUERY, DRAFTS)
    limited = GroupScorer(model, 4, banned_token_ids=range(4), **options)
    expected = answers(scorer, graphs, groups)
    found = answers(limited, graphs, groups)
    assert found.keys() == expected.keys()
    for leaf, row in expected.items():
        torch.testing.assert_close(found[leaf], row, atol=1e-5, rtol=1e-4)


def test_only_what_is_asked_for_is_answered(scorer, graphs, queries):
    groups = queries.drafts(QUERY, DRAFTS)
    asked = np.zeros(len(groups.tokens), bool)
    asked[[2, 8]] = True
    found = answers(scorer, graphs, groups, asked)
    assert sorted(found) == [2, 8]
    all_of_them = answers(scorer, graphs, groups)
    torch.testing.assert_close(found[2], all_of_them[2], atol=1e-5, rtol=1e-4)


def test_banned_tokens_and_masks_have_no_probability(scorer, graphs, queries):
    for row in answers(scorer, graphs, queries.drafts(QUERY, DRAFTS)).values():
        assert torch.isinf(row[:5]).all()
        assert row[5:].exp().sum() == pytest.approx(1, abs=1e-5)


def test_a_model_in_training_trains_on(model, scorer, graphs, queries):
    groups = queries.drafts(QUERY, DRAFTS)
    expected = answers(scorer, graphs, groups)
    model.train()
    found = answers(scorer, graphs, groups)
    assert model.training
    model.eval()
    assert all(torch.equal(found[leaf], row) for leaf, row in expected.items())


def test_nothing_asked_is_nothing_answered(scorer, graphs, queries):
    groups = queries.drafts(QUERY[:1], [[7]])
    assert answers(scorer, graphs, groups) == {}


@pytest.mark.parametrize("name", ["max_leaves", "token_budget"])
def test_limits_must_be_positive(model, name):
    with pytest.raises(ValueError, match=rf"'{name}' .* \(got 0\)"):
        GroupScorer(model, 4, **{name: 0})
