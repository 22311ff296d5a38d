"""Hidden triples of held-out code, completed by a model and by counting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch_geometric.data import Batch
from tqdm.auto import tqdm

from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.distill.calibration import Calibration
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.completion.name_ranking import NameRanking
from gmert_pyg.distill.completion.tail_lengths import TailLengths
from gmert_pyg.distill.completion.tail_names import TailNames
from gmert_pyg.distill.completion.tail_queries import TailAnswer, TailQueries
from gmert_pyg.distill.verification.hidden_set import HiddenSet, Tokens
from gmert_pyg.distill.verification.ranking_metrics import ranking_metrics
from gmert_pyg.distill.verification.tail_baselines import TailBaselines
from gmert_pyg.distill.verification.triple_columns import TripleColumns
from gmert_pyg.training.batches.collation import GraphCollator

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
_GRAPHS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Verification:
    """How well hidden triples were completed.

    Args:
        metrics: by who answered, `"model"`, `"frequency"`, `"lookup"` and
            `"nearest"`, then by group of queries: see `ranking_metrics`.
        log_probability: :math:`[Q]`, of the model's best answers.
        right: :math:`[Q]`, whether static analysis states these.
        calibration: fitted to the two.
    """

    metrics: dict[str, dict[str, dict[str, float]]]
    log_probability: FloatArray
    right: BoolArray
    calibration: Calibration

    def to_dict(self) -> dict[str, Any]:
        """Return all but the answers, for JSON."""
        return {
            "metrics": self.metrics,
            "calibration": {
                name: getattr(self.calibration, name)
                for name in Calibration.__slots__
            },
        }


class HiddenTripleProtocol:
    """Completes the hidden triples of held-out graphs.

    Model and baselines choose among the same names: those that a triple of the
    relation has for a tail anywhere in the dataset.

    Args:
        dataset: all graphs.
        train: those of them that were trained on.
        hidden: what is asked of held-out graphs.
        max_length: the longest tail that is answered, in tokens; longer ones
            are missed. (default: :obj:`6`)
        num_answers: the length of lists of answers. (default: :obj:`50`)
    """

    def __init__(
        self,
        dataset: CodeChainGraphs,
        train: CodeChainGraphs,
        hidden: HiddenSet,
        *,
        max_length: int = 6,
        num_answers: int = 50,
    ) -> None:
        self.schema = dataset.schema
        self.hidden = hidden
        self.num_answers = num_answers
        columns = TripleColumns.of(_batch(train))
        self.names = _names(
            TripleColumns.of(_batch(dataset)), self.schema.num_relations
        )
        self.lengths = TailLengths.of_tails(
            columns.relation,
            columns.tail_length,
            self.schema.num_relations,
            max_length,
        )
        self._baselines = TailBaselines(columns, self.names, num_answers)

    def baselines(self) -> dict[str, list[list[Tokens]]]:
        """Return the answers of the baselines, by name."""
        return {
            "frequency": self._baselines.frequency(self.hidden),
            "lookup": self._baselines.lookup(self.hidden),
            "nearest": self._baselines.nearest(self.hidden),
        }

    def answers(
        self, scorer: GroupScorer, progress: bool = False
    ) -> list[list[TailAnswer]]:
        """Return the answers of a model.

        Args:
            scorer: asks the model.
            progress: whether to show a progress bar. (default: :obj:`False`)
        """
        decoder = NameRanking(
            scorer, self.lengths, self.names, num_answers=self.num_answers
        )
        answers: list[list[TailAnswer]] = []
        with tqdm(
            total=len(self.hidden),
            desc="Completing triples",
            unit="triple",
            disable=not progress,
        ) as bar:
            for part in _parts(self.hidden.queries):
                answers += decoder(self.hidden.graphs, part)
                bar.update(len(part))
        return answers

    def verify(
        self, scorer: GroupScorer, progress: bool = False
    ) -> Verification:
        """Compare a model with the baselines, and calibrate it.

        Args:
            scorer: asks the model.
            progress: whether to show a progress bar. (default: :obj:`False`)
        """
        answers = self.answers(scorer, progress)
        lists = {
            "model": [[answer.tail for answer in own] for own in answers],
            **self.baselines(),
        }
        best = [own[0] if own else None for own in answers]
        answered = [answer for answer in best if answer is not None]
        log_probability = np.array([a.log_probability for a in answered])
        right = np.array(
            [
                answer.tail == tail or answer.tail in others
                for answer, tail, others in zip(
                    best, self.hidden.tails, self.hidden.others, strict=True
                )
                if answer is not None
            ],
            bool,
        )
        names = self.schema.relation_names
        return Verification(
            {
                who: ranking_metrics(self.hidden, own, names)
                for who, own in lists.items()
            },
            log_probability,
            right,
            Calibration.fit(log_probability, right),
        )


def _batch(graphs: CodeChainGraphs) -> Batch:
    return GraphCollator()(list(graphs))["batch"]


def _names(columns: TripleColumns, num_relations: int) -> list[TailNames]:
    """Return all tails, by relation."""
    tails: list[set[Tokens]] = [set() for _ in range(num_relations)]
    for relation, _, tail in columns.rows():
        tails[relation].add(tail)
    return [TailNames(own) for own in tails]


def _parts(queries: TailQueries) -> Iterator[TailQueries]:
    """Divide queries so that each part is of a few graphs."""
    part = queries.graph // _GRAPHS_AT_ONCE
    bounds = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(part)]
    for low, high in pairwise(bounds):
        yield queries.part(low, high)
