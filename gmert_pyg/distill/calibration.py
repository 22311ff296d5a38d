"""How far the probabilities that a model gives are to be believed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.whole_output import whole_file

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    r"""A temperature for the probabilities of tails (`"On Calibration of Modern
    Neural Networks" <https://arxiv.org/abs/1706.04599>`_).

    An answer of log-probability :math:`s` is right with probability

    .. math::
        c = \exp(s / T).

    The best of many answers is chosen for its :math:`s`, and a model that was
    trained briefly is surer or less sure than it should be: :math:`T` is found
    on triples that are known to be right or wrong.

    Args:
        temperature: the temperature :math:`T`.
        num_triples: how many triples it was found on.
        error: the expected calibration error with it on those.
        error_before: the same with :math:`T = 1`.
        curve: rows (threshold, coverage, precision, number of answers) on
            those: see `precision_coverage`.

    Raises:
        ValueError: if the temperature is not positive.
    """

    temperature: float = 1.0
    num_triples: int = 0
    error: float | None = None
    error_before: float | None = None
    curve: Sequence[Sequence[float]] = ()

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(
                f"'temperature' must be positive (got {self.temperature})"
            )

    def confidence(self, log_probability: FloatArray) -> FloatArray:
        """Return the probability that answers are right.

        Args:
            log_probability: at most 0 each.
        """
        confidence: FloatArray = np.exp(log_probability / self.temperature)
        return confidence

    @classmethod
    def fit(cls, log_probability: FloatArray, right: BoolArray) -> Calibration:
        r"""Find the temperature of the highest likelihood.

        .. math::
            \max_T \sum_i y_i \log c_i + (1 - y_i) \log (1 - c_i)

        which has one maximum in :math:`1 / T`: the first part is linear there,
        the second concave.

        Args:
            log_probability: of the best answer to each query.
            right: whether it is right.

        Raises:
            ValueError: if there is no answer.

        Shapes:
            - **input:** :math:`(Q)` each
        """
        if len(log_probability) == 0:
            raise ValueError("'log_probability' must not be empty (got none)")
        score = np.minimum(log_probability, -1e-9)
        # Golden section over log(1 / T): no more is needed for one number.
        low, high = np.log(1e-3), np.log(1e3)
        ratio = (np.sqrt(5) - 1) / 2
        for _ in range(80):
            lower = high - ratio * (high - low)
            upper = low + ratio * (high - low)
            if _likelihood(score, right, lower) > _likelihood(
                score, right, upper
            ):
                high = upper
            else:
                low = lower
        found = float(np.exp(-(low + high) / 2))
        fitted = cls(found)
        return cls(
            found,
            len(score),
            calibration_error(fitted.confidence(score), right),
            calibration_error(np.exp(score), right),
            precision_coverage(fitted.confidence(score), right),
        )

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Write it beside a model.

        Args:
            directory: the model's directory.
        """
        fields = {name: getattr(self, name) for name in self.__slots__}
        with whole_file(Path(directory, FILE)) as temporary:
            temporary.write_text(f"{json.dumps(fields, indent=2)}\n")

    @classmethod
    def of_model(cls, directory: str | os.PathLike[str]) -> Calibration | None:
        """Read what `save` wrote, `None` if there is nothing.

        Args:
            directory: the model's directory.

        Raises:
            ValueError: if the file is damaged.
        """
        path = Path(directory, FILE)
        if not path.is_file():
            return None
        try:
            return cls(**json.loads(path.read_text()))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"'model' must have a calibration in JSON (got '{path}':"
                f" {error})"
            ) from error


def _likelihood(score: FloatArray, right: BoolArray, log_rate: float) -> float:
    scaled = score * np.exp(log_rate)
    # log(1 - exp(s)), for s < 0.
    wrong = np.log(-np.expm1(np.minimum(scaled, -1e-12)))
    return float(np.where(right, scaled, wrong).sum())


def calibration_error(
    confidence: FloatArray, right: BoolArray, num_bins: int = 10
) -> float:
    r"""Return by how much confidence and accuracy differ on average.

    .. math::
        \mathrm{ECE} = \sum_b \frac{n_b}{n} \left| \bar{y}_b - \bar{c}_b
        \right|

    over bins :math:`b` of equal width, with :math:`n_b` of the :math:`n`
    answers in each, their accuracy :math:`\bar{y}_b` and their mean confidence
    :math:`\bar{c}_b`.

    Args:
        confidence: in [0, 1].
        right: whether the answer is right.
        num_bins: the number of bins. (default: :obj:`10`)

    Shapes:
        - **input:** :math:`(Q)` each

    Example:
        >>> calibration_error(np.array([0.9, 0.9]), np.array([True, False]))
        0.4
    """
    number = np.minimum((confidence * num_bins).astype(int), num_bins - 1)
    gaps = np.bincount(number, right - confidence, minlength=num_bins)
    return round(float(np.abs(gaps).sum() / len(confidence)), 12)


def precision_coverage(
    confidence: FloatArray, right: BoolArray, num_points: int = 50
) -> list[list[float]]:
    """Return how many answers are right, from several confidences on.

    Args:
        confidence: in [0, 1].
        right: whether the answer is right.
        num_points: the most points, evenly spread over the answers.
            (default: :obj:`50`)

    Returns:
        Rows of a least confidence, the share of answers that have it
        (*coverage*), the share of those that is right (*precision*), and their
        number; the highest confidence first.

    Shapes:
        - **input:** :math:`(Q)` each

    Example:
        >>> precision_coverage(np.array([0.2, 0.9]), np.array([False, True]))
        [[0.9, 0.5, 1.0, 1], [0.2, 1.0, 0.5, 2]]
    """
    order = np.argsort(-confidence, kind="stable")
    total = np.cumsum(right[order])
    places = np.linspace(1, len(order), min(num_points, len(order)))
    rows = []
    for count in np.unique(places.round().astype(int)).tolist():
        least = float(confidence[order[count - 1]])
        precision = float(total[count - 1] / count)
        rows.append([least, count / len(order), precision, count])
    return rows
