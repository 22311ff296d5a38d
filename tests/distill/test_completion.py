import pytest
import torch

from gmert_pyg import ChainGraph
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.distill.completion import TailCompleter
from gmert_pyg.distill.hidden_tails import hide_tail
from gmert_pyg.nn import GraphMertForPreTrainingOutput

MASK, VOCAB = 9, 20
GRAPH = ChainGraph.from_triples(
    [1, 2, 3], [(0, 1, 4, [5, 6]), (1, 2, 0, [7]), (2, 1, 3, [5, 6])]
)


class Oracle(torch.nn.Module):
    """Knows one tail, token by slot, and that it has two tokens."""

    device = torch.device("cpu")
    tail = (5, 6)

    def forward(self, batch):
        nodes = (batch.labels != -100).nonzero().flatten()
        logits = torch.zeros(len(nodes), VOCAB)
        triple = batch.triple + 100 * batch.batch
        for row, node in enumerate(nodes.tolist()):
            length = int((triple == triple[node]).sum())
            slot = int(batch.slot[node])
            right = self.tail[slot - 1] if slot <= 2 else 0
            # The second token is the surer one, and two tokens surer than one.
            logits[row, right] = 4.0 + slot if length == 2 else 1.0
            if slot == 1 and length == 2:
                # The first is only found once the second is there.
                filled = int(batch.input_ids[node + 1]) == 6
                logits[row, 8] = 0.0 if filled else 4.5
        return GraphMertForPreTrainingOutput(logits=logits)


def test_triples_are_read_back():
    assert [
        (t.first_root, t.num_roots, t.relation, t.tail)
        for t in grafted_triples(GRAPH)
    ] == [(0, 1, 4, (5, 6)), (1, 2, 0, (7,)), (2, 1, 3, (5, 6))]


def test_a_hidden_tail_is_hidden_everywhere():
    hidden = hide_tail(GRAPH, 1, 3, MASK)
    hidden.validate()
    assert [t.tail for t in grafted_triples(hidden)] == [
        (MASK, MASK, MASK),
        (7,),
        (MASK, MASK),
    ]
    assert hidden.input_ids[:3].tolist() == [1, 2, 3]


@pytest.mark.parametrize(("number", "length"), [(0, 1), (4, 1), (1, 0)])
def test_what_cannot_be_hidden_is_refused(number, length):
    with pytest.raises(ValueError, match="must be"):
        hide_tail(GRAPH, number, length, MASK)


def test_length_and_order_are_found():
    completions = TailCompleter(Oracle(), MASK, max_length=3).complete(
        [GRAPH, GRAPH], [1, 2]
    )
    assert [c.tail for c in completions] == [(5, 6), (5, 6)]
    assert 0.8 < completions[0].confidence < 1


def test_batches_do_not_matter():
    together = TailCompleter(Oracle(), MASK).complete([GRAPH] * 5, [1] * 5)
    apart = TailCompleter(Oracle(), MASK, token_budget=1).complete(
        [GRAPH] * 5, [1] * 5
    )
    assert together == apart


def test_banned_tokens_are_never_answers():
    completion, *_ = TailCompleter(
        Oracle(), MASK, max_length=2, banned_token_ids=[6]
    ).complete([GRAPH], [1])
    assert 6 not in completion.tail
    assert MASK not in completion.tail
