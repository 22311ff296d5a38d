"""What completes tails without a model: counting, and looking around."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.distill.completion.tail_names import TailNames
from gmert_pyg.distill.verification.hidden_set import HiddenSet, Tokens
from gmert_pyg.distill.verification.triple_columns import TripleColumns


class TailBaselines:
    """Three ways to complete tails that learn nothing but counts.

    Args:
        train: the triples of the training graphs.
        names: by relation, the names that a tail may be: of other words of a
            chunk, none is answered.
        num_answers: the most answers to a query. (default: :obj:`10`)
    """

    def __init__(
        self,
        train: TripleColumns,
        names: Sequence[TailNames],
        num_answers: int = 10,
    ) -> None:
        self.names = names
        self.num_answers = num_answers
        of_relation: dict[int, Counter[Tokens]] = {}
        of_head: dict[tuple[int, Tokens], Counter[Tokens]] = {}
        for relation, head, tail in train.rows():
            of_relation.setdefault(relation, Counter())[tail] += 1
            of_head.setdefault((relation, head), Counter())[tail] += 1
        self._of_relation = {
            relation: _ranked(counts)
            for relation, counts in of_relation.items()
        }
        self._of_head = of_head

    def frequency(self, hidden: HiddenSet) -> list[list[Tokens]]:
        """Answer with what the relation's tails are most often."""
        return [
            self._first(self._frequent(relation))
            for relation in hidden.queries.relation.tolist()
        ]

    def lookup(self, hidden: HiddenSet) -> list[list[Tokens]]:
        """Answer with the tails that heads of the same text had with the
        relation, then with what its tails are most often.
        """
        return [
            self._first(
                [
                    *_ranked(self._of_head.get((relation, head), Counter())),
                    *self._frequent(relation),
                ]
            )
            for relation, head in zip(
                hidden.queries.relation.tolist(), hidden.heads, strict=True
            )
        ]

    def nearest(self, hidden: HiddenSet) -> list[list[Tokens]]:
        """Answer with the words of the chunk that may be a tail of the
        relation, the nearest to the head first, then with what its tails are
        most often.
        """
        words = [list(_words(graph)) for graph in hidden.graphs]
        answers = []
        for graph, first, relation, head in zip(
            hidden.queries.graph.tolist(),
            hidden.queries.first_root.tolist(),
            hidden.queries.relation.tolist(),
            hidden.heads,
            strict=True,
        ):
            near = sorted(words[graph], key=lambda word: abs(word[0] - first))
            answers.append(
                self._first(
                    [
                        *(
                            word
                            for _, word in near
                            if word != head and word in self.names[relation]
                        ),
                        *self._frequent(relation),
                    ]
                )
            )
        return answers

    def _frequent(self, relation: int) -> list[Tokens]:
        return self._of_relation.get(relation, [])

    def _first(self, answers: Iterable[Tokens]) -> list[Tokens]:
        """Return the first distinct answers; a few more, for the filter."""
        distinct = dict.fromkeys(answers)
        return list(distinct)[: 5 * self.num_answers]


def _ranked(counts: Counter[Tokens]) -> list[Tokens]:
    """Return what was counted, the most frequent first; of equal ones the
    smaller, so that the order does not hang on that of the graphs.
    """
    return sorted(counts, key=lambda tail: (-counts[tail], tail))


def _words(graph: ChainGraph) -> Iterator[tuple[int, Tokens]]:
    """Yield the words of a chain with the place of their first root."""
    num_roots = graph.num_roots
    tokens = graph.input_ids[:num_roots].tolist()
    starts = graph.word_start[:num_roots].nonzero().flatten().tolist()
    for start, stop in zip(starts, [*starts[1:], num_roots], strict=True):
        yield start, tuple(tokens[start:stop])
