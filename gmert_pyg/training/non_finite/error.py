"""What stops training, and the names of the graphs it happened on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor
from torch_geometric.data import Data

# More would not fit into a line.
_NAMED = 3


class NonFiniteLossError(FloatingPointError):
    """The loss, or the norm of its gradient, is infinite or no number.

    The message names the step, the parts of the loss, and the file and function
    of the graphs of the batch.

    Args:
        message (str): the message.
        folder (Path, optional): what
            :func:`~gmert_pyg.training.non_finite.replay` reads.
            (default: :obj:`None`)
    """

    def __init__(self, message: str, folder: Path | None = None) -> None:
        super().__init__(message)
        self.folder = folder


def graph_names(batch: Data, dataset: Any) -> list[dict[str, Any]]:
    """Return where the code of every graph of a batch stands.

    Args:
        batch: the batch; `graph_id` leads back to the dataset.
        dataset: the dataset, or a slice of it: graphs keep their numbers. What
            cannot be asked for a graph by its number has no names to give.

    Returns:
        The number of every graph, and `path`, `line_start` and
        `qualified_name` if these are known.
    """
    numbers = batch.get("graph_id", None)
    if not isinstance(numbers, Tensor):
        graph = batch.get("batch", None)
        count = 1 if graph is None else int(graph.max()) + 1
        return [{"graph_in_batch": number} for number in range(count)]
    names: list[dict[str, Any]] = []
    for number in numbers.flatten().tolist():
        known = hasattr(dataset, "get") and not isinstance(dataset, Mapping)
        graph = dataset.get(number) if known else {}
        names.append(name_of_graph(graph, number))
    return names


def name_of_graph(graph: Any, number: int) -> dict[str, Any]:
    """Return a graph's number, and where its code stands if it knows."""
    keys = ("path", "line_start", "qualified_name")
    known = {key: graph[key] for key in keys if key in graph}
    return {"graph_id": number} | known


def in_words(names: Sequence[Mapping[str, Any]]) -> str:
    """Name the first few graphs.

    Example:
        >>> graph = {"path": "a.py", "line_start": 3, "qualified_name": "A.f"}
        >>> in_words([graph])
        'a.py:3 A.f'
        >>> in_words([graph] * 5)
        'a.py:3 A.f, a.py:3 A.f, a.py:3 A.f and 2 more'
    """
    words = ", ".join(_one_in_words(name) for name in names[:_NAMED])
    rest = len(names) - _NAMED
    return f"{words} and {rest} more" if rest > 0 else words


def _one_in_words(name: Mapping[str, Any]) -> str:
    if "path" not in name:
        return " ".join(f"{key} {value}" for key, value in name.items())
    place = str(name["path"])
    if "line_start" in name:
        place += f":{name['line_start']}"
    return f"{place} {name.get('qualified_name', '')}".strip()
