"""Which relations a model takes for which, in words and files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.whole_output import whole_file

FILE_NAME, PICTURE_NAME = "relation_confusion.json", "relation_confusion.png"


def relation_scores(
    confusion: NDArray[np.float64], names: Sequence[str]
) -> list[dict[str, Any]]:
    r"""Return precision, recall and F1 of every relation.

    With :math:`M_{ij}` the number of relations :math:`i` that were taken for
    :math:`j`, they are :math:`M_{cc} / \sum_i M_{ic}`, :math:`M_{cc} / \sum_j
    M_{cj}` and their harmonic mean; 0 where nothing is counted.

    Args:
        confusion: :math:`M`.
        names: the names of the relations.

    Example:
        >>> confusion = np.array([[2.0, 1.0], [0.0, 3.0]])
        >>> relation_scores(confusion, ["calls", "returns"])[1]["precision"]
        0.75
    """
    right, true = confusion.diagonal(), confusion.sum(axis=1)
    predicted = confusion.sum(axis=0)
    columns = {
        "precision": right / np.maximum(predicted, 1),
        "recall": right / np.maximum(true, 1),
        "f1": 2 * right / np.maximum(true + predicted, 1),
    }
    return [
        {
            "relation": name,
            "support": int(true[place]),
            "predicted": int(predicted[place]),
            **{key: float(value[place]) for key, value in columns.items()},
        }
        for place, name in enumerate(names)
    ]


def write_relation_confusion(
    confusion: NDArray[np.float64],
    names: Sequence[str],
    folder: Path,
    step: int,
) -> None:
    """Write the matrix and the scores as JSON, and the matrix as a picture.

    Args:
        confusion: how often each relation (row) was taken for each (column).
        names: the names of the relations.
        folder: where to.
        step: the optimizer step that it was measured after.
    """
    from gmert_pyg.report.confusion_figure import confusion_figure
    from gmert_pyg.report.printed import write_png

    content = {
        "step": step,
        "relations": list(names),
        "confusion": confusion.astype(int).tolist(),
        "scores": relation_scores(confusion, names),
    }
    with whole_file(folder / FILE_NAME) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")
    write_png(confusion_figure(confusion, names), folder / PICTURE_NAME)
