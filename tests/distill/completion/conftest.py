import pytest
import torch

from gmert_pyg import ChainGraph, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.completion.tail_lengths import TailLengths
from gmert_pyg.distill.completion.tail_queries import TailQueries

MASK, VOCAB = 4, 20


@pytest.fixture(scope="package")
def graphs() -> list[ChainGraph]:
    """Two graphs of unequal size, one with occurrences of its own triples."""
    return [
        ChainGraph.from_triples(
            [5, 6, 7, 8, 9], [(0, 2, 3, [10, 11]), (2, 1, 1, [12])]
        ),
        ChainGraph.from_triples([8, 7, 6], [(1, 1, 0, [5])]),
    ]


@pytest.fixture(scope="package")
def queries() -> TailQueries:
    """Three of the first graph, two of the second."""
    return TailQueries.of_rows(
        [(0, 1, 1, 2), (0, 1, 1, 5), (0, 3, 2, 2), (1, 0, 3, 2), (1, 2, 1, 7)]
    )


@pytest.fixture(scope="package")
def model() -> GraphMertForPreTraining:
    """An untrained model that is sure of something."""
    torch.manual_seed(0)
    config = GraphMertConfig.small(
        vocab_size=VOCAB,
        num_hidden_layers=2,
        hidden_size=32,
        num_attention_heads=2,
        intermediate_size=64,
        mask_token_id=MASK,
    )
    model = GraphMertForPreTraining(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    return model


@pytest.fixture
def scorer(model) -> GroupScorer:
    """Asks the model; the first four tokens are special."""
    return GroupScorer(model, MASK, banned_token_ids=[0, 1, 2, 3])


@pytest.fixture(scope="package")
def lengths() -> TailLengths:
    """Lengths up to three, of twelve relations."""
    generator = torch.Generator().manual_seed(1)
    return TailLengths(torch.randint(9, (12, 3), generator=generator).numpy())
