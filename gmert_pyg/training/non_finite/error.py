"""What stops training, and the names of the graphs it happened on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.data.storage.sharded_graphs import GraphLocation

# More would not fit into a line.
_NAMED = 3
_PLACE = [field.name for field in fields(GraphLocation)]


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
        dataset: the dataset, or a slice of it: graphs keep their numbers. One
            without :meth:`~gmert_pyg.CodeChainGraphs.locate` has no names to
            give.

    Returns:
        The number of every graph, and what a
        :class:`~gmert_pyg.data.storage.sharded_graphs.GraphLocation` holds.
    """
    numbers = batch.get("graph_id", None)
    if not isinstance(numbers, Tensor):
        graph = batch.get("batch", None)
        count = 1 if graph is None else int(graph.max()) + 1
        return [{"graph_in_batch": number} for number in range(count)]
    locate = getattr(dataset, "locate", None)
    return [
        {"graph_id": number} | (asdict(locate(number)) if locate else {})
        for number in numbers.flatten().tolist()
    ]


def name_of_graph(graph: Any, number: int) -> dict[str, Any]:
    """Return a graph's number, and where its code stands if it knows."""
    if not all(key in graph for key in _PLACE):
        return {"graph_id": number}
    return {"graph_id": number} | {key: graph[key] for key in _PLACE}


def in_words(names: Sequence[Mapping[str, Any]]) -> str:
    """Name the first few graphs.

    Example:
        >>> graph = {"path": "a.py", "qualified_name": "A.f"}
        >>> graph |= {"line_start": 3, "line_end": 7}
        >>> in_words([graph, {"graph_id": 5}])
        'a.py:3-7 A.f, graph_id 5'
        >>> in_words([graph] * 5)
        'a.py:3-7 A.f, a.py:3-7 A.f, a.py:3-7 A.f and 2 more'
    """
    words = ", ".join(_one_in_words(name) for name in names[:_NAMED])
    rest = len(names) - _NAMED
    return f"{words} and {rest} more" if rest > 0 else words


def _one_in_words(name: Mapping[str, Any]) -> str:
    if "path" not in name:
        return " ".join(f"{key} {value}" for key, value in name.items())
    return str(GraphLocation(**{key: name[key] for key in _PLACE}))
