import pytest
import torch
from torch_geometric.data import Batch

MASK = 2


@pytest.fixture
def masked(graphs):
    """Leaves 5, 6 and 14 masked; a masked root, which is no tail."""
    batch = Batch.from_data_list(graphs)
    batch.input_ids[[5, 6, 14, 0]] = MASK
    return batch


def test_the_best_tokens_of_masked_leaves(masked, make_model):
    model = make_model()
    tails = model.predict_tails(masked, k=4)
    assert len(tails) == 3
    assert tails.node.tolist() == [5, 6, 14]
    assert tails.graph.tolist() == [0, 0, 1]
    assert tails.triple.tolist() == [1, 1, 1]
    assert tails.slot.tolist() == [1, 2, 1]
    logits = model(masked).logits[tails.node]
    logits[:, MASK] = -torch.inf
    probabilities = logits.softmax(dim=1)
    order = probabilities.argsort(dim=1, descending=True)[:, :4]
    assert torch.equal(tails.token_ids, order)
    torch.testing.assert_close(
        tails.probabilities, probabilities.gather(1, order)
    )


def test_banned_tokens_are_no_answers(masked, make_model):
    model = make_model()
    free = model.predict_tails(masked, k=29)
    assert MASK not in free.token_ids
    torch.testing.assert_close(free.probabilities.sum(1), torch.ones(3))
    best = int(free.token_ids[0, 0])
    banned = model.predict_tails(masked, k=28, banned_token_ids=[best])
    assert best not in banned.token_ids
    torch.testing.assert_close(banned.probabilities.sum(1), torch.ones(3))


def test_batching_changes_nothing(masked, make_model):
    model = make_model()
    together = model.predict_tails(masked, k=3)
    second = model.predict_tails(masked.get_example(1), k=3)
    assert torch.equal(together.token_ids[2:], second.token_ids)
    torch.testing.assert_close(
        together.probabilities[2:], second.probabilities, atol=1e-5, rtol=0
    )


def test_a_model_in_training_answers_without_dropout_and_goes_on(
    masked, make_model
):
    model = make_model()
    expected = model.predict_tails(masked).probabilities
    model.train()
    assert torch.equal(model.predict_tails(masked).probabilities, expected)
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_labels_of_the_batch_are_neither_read_nor_changed(labelled, make_model):
    model = make_model()
    labelled.input_ids[[5, 6]] = MASK
    labels = labelled.labels.clone()
    tails = model.predict_tails(labelled)
    assert tails.node.tolist() == [5, 6]
    assert torch.equal(labelled.labels, labels)
    assert "edge_label" in labelled


@pytest.mark.parametrize("k", [0, 30])
def test_k_must_be_in_range(masked, make_model, k):
    with pytest.raises(ValueError, match=rf"'k' must be in 1..29.*got {k}\)"):
        make_model().predict_tails(masked, k=k)


@pytest.mark.parametrize("token", [-1, 30])
def test_banned_tokens_must_exist(masked, make_model, token):
    with pytest.raises(ValueError, match=rf"'banned_token_ids' .*got {token}"):
        make_model().predict_tails(masked, banned_token_ids=[token])


def test_without_a_masked_leaf(graphs, make_model):
    batch = Batch.from_data_list(graphs)
    batch.input_ids[0] = MASK
    with pytest.raises(ValueError, match=r"masked leaf.*got 1 masked roots"):
        make_model().predict_tails(batch)


def test_without_a_mask_token(masked, make_model):
    model = make_model()
    model.config.mask_token_id = None
    with pytest.raises(ValueError, match="'mask_token_id'"):
        model.predict_tails(masked)
