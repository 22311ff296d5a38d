"""No leaf tells what was masked, on graphs of real code."""

import torch

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.schema import DEFAULT_SCHEMA
from gmert_pyg.transforms import MaskSpans
from gmert_pyg.transforms.labels import IGNORE_INDEX

TOKENIZER = GraphMertTokenizer.default()
MASK = TOKENIZER.mask_token_id
OF_CALLEES = {
    DEFAULT_SCHEMA.relation_id(name) for name in ("calls", "instantiates")
}


def places(roots: list[int], tail: list[int]) -> list[range]:
    """Return where the tokens of a tail stand in a chain."""
    size = len(tail)
    return [
        range(start, start + size)
        for start in range(len(roots) - size + 1)
        if roots[start : start + size] == tail
    ]


def test_a_masked_callee_is_never_readable_from_a_leaf(dataset):
    masks = MaskSpans(MASK, len(TOKENIZER), rate=0.3)
    hidden = shown = 0
    for graph in dataset:
        roots = graph.input_ids[: graph.num_roots].tolist()
        triples = grafted_triples(graph)
        for epoch in range(30):
            graph.epoch = epoch
            masked = masks(graph)
            covered = (masked.labels != IGNORE_INDEX).tolist()
            for number, triple in enumerate(triples, 1):
                if triple.relation not in OF_CALLEES:
                    continue
                told = any(
                    covered[root]
                    for place in places(roots, list(triple.tail))
                    for root in place
                )
                leaves = masked.input_ids[masked.triple == number]
                if told:
                    assert bool((leaves == MASK).all())
                    hidden += 1
                elif torch.equal(leaves, torch.tensor(triple.tail)):
                    shown += 1
    assert hidden > 20
    assert shown > 20
