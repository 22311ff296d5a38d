"""Predictions in words: what was masked, and what the model made of it."""

import pytest
import torch

from gmert_pyg.training import GraphCollator
from gmert_pyg.training.tracking.prediction_table import (
    BLANK,
    COLUMNS,
    LEAF,
    RELATION,
    TOKEN,
    predictions,
)
from gmert_pyg.transforms import MaskForPreTraining


@pytest.fixture
def rows(tiny_model, dataset):
    graphs = list(dataset)
    masks = MaskForPreTraining(dataset.tokenizer, rate=0.5)
    batch = GraphCollator(masks)(graphs)["batch"]
    tiny_model.eval()
    rows = predictions(
        tiny_model,
        graphs,
        batch,
        dataset.tokenizer,
        dataset.schema,
        per_kind=8,
        k=3,
    )
    with torch.no_grad():
        return rows, batch, tiny_model(batch)


def test_a_few_rows_of_every_kind(rows, dataset):
    rows, _, _ = rows
    kinds = [row.kind for row in rows]
    assert kinds == [TOKEN] * 8 + [LEAF] * 8 + [RELATION] * 8
    for row in rows:
        assert len(row.row()) == len(COLUMNS)
        assert row.context.count(BLANK) == 1
        shares = [share for _, share in row.answers]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1 + 1e-6
        assert "/" not in row.where


def test_answers_are_those_of_the_model(rows, dataset):
    rows, batch, output = rows
    roots = batch.node_type[output.labelled_nodes] == 0
    first = int(roots.nonzero()[0])
    decode = dataset.tokenizer.decode
    assert rows[0].truth == decode([int(output.labels[first])])
    best = output.logits[first].softmax(dim=0).max(dim=0)
    assert rows[0].answers[0][0] == decode([int(best.indices)])
    assert rows[0].answers[0][1] == pytest.approx(float(best.values))
    relation = rows[16]
    names = dataset.schema.relation_names
    assert relation.truth == names[int(output.relation_labels[0])]


def test_relations_are_asked_of_their_own_triples(rows, dataset):
    rows, _, _ = rows
    known = {
        (head.strip(), relation, tail.strip())
        for graph in dataset
        for head, relation, tail in texts(graph, dataset)
    }
    asked = 0
    for row in rows:
        if row.kind == RELATION and "<mask>" not in row.context:
            head, tail = row.context.split(f" --{BLANK}--> ")
            assert (head, row.truth, tail) in known
            asked += 1
    assert asked


def texts(graph, dataset):
    from gmert_pyg.data.grafted_triples import grafted_triples

    def text(ids):
        return "".join(dataset.tokenizer.decode([i]) for i in ids)

    ids = graph.input_ids.tolist()
    for triple in grafted_triples(graph):
        head = ids[triple.first_root : triple.first_root + triple.num_roots]
        name = dataset.schema.relation_names[triple.relation]
        yield text(head), name, text(triple.tail)
