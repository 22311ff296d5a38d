"""What a model answers for some masked tokens, leaves and relations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.schema import Schema
from gmert_pyg.transforms.labels import IGNORE_INDEX

TOKEN, LEAF, RELATION = "token", "leaf", "relation"
COLUMNS = ("kind", "where", "context", "truth", "answers", "correct")
BLANK = "⟦?⟧"
_WINDOW = 16  # roots shown on either side of a masked one


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answers for one masked token, leaf or relation.

    Args:
        kind: which of these.
        where: the file, line and function of its graph.
        context: what is around it, as the model sees it.
        truth: what was masked.
        answers: the most probable answers and their probabilities.
    """

    kind: str
    where: str
    context: str
    truth: str
    answers: tuple[tuple[str, float], ...]

    @property
    def is_correct(self) -> bool:
        """Whether the first answer is right."""
        return self.answers[0][0] == self.truth

    def row(self) -> list[Any]:
        """Return the cells of a table with `COLUMNS`."""
        answers = ", ".join(
            f"{answer} {probability:.3f}"
            for answer, probability in self.answers
        )
        return [
            self.kind,
            self.where,
            self.context,
            self.truth,
            answers,
            self.is_correct,
        ]


def place_of(graph: ChainGraph) -> str:
    """Return file, line and function of a graph, but not the file's folder,
    which is nobody else's business.

    Args:
        graph: a graph with provenance.
    """
    name = PurePath(graph.path).name
    return f"{name}:{graph.line_start} {graph.qualified_name}"


@torch.no_grad()
def predictions(
    model: Any,
    graphs: Sequence[ChainGraph],
    batch: Data,
    tokenizer: Any,
    schema: Schema,
    *,
    per_kind: int = 16,
    k: int = 5,
) -> list[Prediction]:
    """Return what a model answers for some of what is masked in a batch.

    Args:
        model (GraphMertForPreTraining): the model, in evaluation mode.
        graphs: graphs with provenance.
        batch: the batch of them, masked, on the model's device.
        tokenizer: the tokenizer they were built with.
        schema: the schema they were built with.
        per_kind: the most rows of a kind, spread over what is masked.
        k: the number of answers.
    """
    output = model(batch)
    words = _Words(graphs, batch.to("cpu"), tokenizer, schema)
    rows = []
    if output.logits is not None:
        node, truth = output.labelled_nodes.cpu(), output.labels.cpu()
        is_leaf = words.batch.node_type[node] == 1
        for kind, of_kind in ((TOKEN, ~is_leaf), (LEAF, is_leaf)):
            chosen = _spread(of_kind, per_kind)
            answers = _best(output.logits, chosen, k)
            for place, best in zip(chosen.tolist(), answers, strict=True):
                rows.append(
                    Prediction(
                        kind,
                        words.where(int(node[place])),
                        words.around(int(node[place])),
                        words.token(int(truth[place])),
                        tuple((words.token(a), p) for a, p in best),
                    )
                )
    if output.relation_logits is not None and "edge_label" in batch:
        leaves, truth = words.masked_triples(), output.relation_labels.cpu()
        chosen = _spread(torch.ones_like(truth, dtype=torch.bool), per_kind)
        answers = _best(output.relation_logits, chosen, k)
        names = schema.relation_names
        for place, best in zip(chosen.tolist(), answers, strict=True):
            rows.append(
                Prediction(
                    RELATION,
                    words.where(int(leaves[place])),
                    words.triple(int(leaves[place]), None),
                    names[int(truth[place])],
                    tuple((names[a], p) for a, p in best),
                )
            )
    return rows


def _spread(of_kind: Tensor, number: int) -> Tensor:
    """Choose places at equal intervals."""
    place = of_kind.nonzero().flatten()
    step = max(place.numel() / max(number, 1), 1.0)
    chosen = (torch.arange(min(number, place.numel())) * step).long()
    return place[chosen]


def _best(
    logits: Tensor, rows: Tensor, k: int
) -> list[list[tuple[int, float]]]:
    chosen = logits[rows.to(logits.device)].float().softmax(dim=-1)
    best = chosen.topk(min(k, logits.size(1)), dim=-1)
    return [
        list(zip(answers, probabilities, strict=True))
        for answers, probabilities in zip(
            best.indices.tolist(), best.values.tolist(), strict=True
        )
    ]


class _Words:
    """A masked batch as text."""

    def __init__(
        self,
        graphs: Sequence[ChainGraph],
        batch: Data,
        tokenizer: Any,
        schema: Schema,
    ) -> None:
        self.graphs, self.batch = graphs, batch
        self.tokenizer, self.schema = tokenizer, schema

    def token(self, token: int) -> str:
        return str(self.tokenizer.decode([token]))

    def where(self, node: int) -> str:
        return place_of(self.graphs[int(self.batch.batch[node])])

    def around(self, node: int) -> str:
        if int(self.batch.node_type[node]) == 1:
            return self.triple(node, node)
        of_graph = self.batch.batch == self.batch.batch[node]
        roots = (of_graph & (self.batch.node_type == 0)).nonzero().flatten()
        inside = int((roots < node).sum())
        first = max(inside - _WINDOW, 0)
        shown = roots[first : inside + _WINDOW + 1]
        return self._text(shown, node)

    def triple(self, leaf: int, blank: int | None) -> str:
        """Return head, relation and tail of a leaf's triple, with one leaf
        blank, or else the relation.
        """
        batch = self.batch
        edges = batch.edge_index[1] == leaf
        relation = int(batch.edge_type[edges][0])
        names = self.schema.relation_names
        known = BLANK
        if blank is not None:
            is_masked = relation >= len(names)
            known = self.tokenizer.mask_token if is_masked else names[relation]
        tail = (batch.batch == batch.batch[leaf]) & (
            batch.triple == batch.triple[leaf]
        )
        head = self._text(batch.edge_index[0][edges].sort().values, None)
        return (
            f"{head.strip()} --{known}-->"
            f" {self._text(tail.nonzero().flatten(), blank).strip()}"
        )

    def masked_triples(self) -> Tensor:
        """Return a leaf of every masked triple, by graph and triple."""
        batch = self.batch
        edges = batch.edge_label != IGNORE_INDEX
        leaf = batch.edge_index[1][edges].unique()
        key = batch.batch[leaf] * batch.triple.numel() + batch.triple[leaf]
        number, place = key.unique(return_inverse=True)
        leaves: Tensor = leaf.new_zeros(number.numel())
        return leaves.scatter(0, place, leaf)

    def _text(self, nodes: Tensor, blank: int | None) -> str:
        tokens, starts = self.batch.input_ids, self.batch.word_start
        text = ""
        for node in nodes.tolist():
            # Tokens do not hold the single spaces between words.
            if starts[node] and text and not text[-1].isspace():
                text += " "
            text += BLANK if node == blank else self.token(int(tokens[node]))
        return text
