"""Examples of a run's held-out graphs: one drawn, and some answered for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gmert_pyg.training.tracking.prediction_table import (
    Prediction,
    place_of,
    predictions,
)

# A drawing of about this many nodes reads well.
_DRAWN_NODES = 100
_NUM_GRAPHS = 16


def write_chain_picture(trainer: Any, path: Path) -> bool:
    """Draw a held-out graph, if the graphs come with text.

    Args:
        trainer (GraphMertTrainer): the trainer.
        path: the file, a PNG.

    Returns:
        Whether there was one to draw.
    """
    graphs = _with_text(trainer)
    if graphs is None:
        return False
    from gmert_pyg.report.drawing import drawn_graph
    from gmert_pyg.report.explanation_figure import write_figure

    size = np.asarray(graphs.num_nodes_per_graph)
    graph = graphs[int(np.abs(size - _DRAWN_NODES).argmin())]
    drawn = drawn_graph(graph, graphs.tokenizer, graphs.schema)
    drawn = replace(drawn, title=place_of(graph))
    write_figure([drawn], None, path)
    return True


def write_confusion_picture(trainer: Any, path: Path) -> None:
    """Draw which relations were taken for which in the last evaluation.

    Args:
        trainer (GraphMertTrainer): the trainer, which has evaluated.
        path: the file, a PNG.
    """
    from gmert_pyg.report.confusion_figure import confusion_figure
    from gmert_pyg.report.printed import write_png

    tracking = trainer.tracking
    figure = confusion_figure(tracking.confusion, tracking.relation_names)
    write_png(figure, path)


def example_predictions(trainer: Any) -> list[Prediction]:
    """Return the model's answers for masked parts of some held-out graphs,
    the same graphs each time.

    Args:
        trainer (GraphMertTrainer): the trainer.
    """
    graphs = _with_text(trainer)
    if graphs is None:
        return []
    number = min(_NUM_GRAPHS, len(graphs))
    chosen = [
        graphs[int(place)] for place in np.linspace(0, len(graphs) - 1, number)
    ]
    model = trainer.graph_model
    batch = trainer.eval_collator(chosen)["batch"].to(trainer.args.device)
    if "labels" not in batch:
        return []
    was_training = model.training
    model.eval()
    with torch.no_grad(), trainer.accelerator.autocast():
        rows = predictions(
            model, chosen, batch, graphs.tokenizer, graphs.schema
        )
    model.train(was_training)
    return rows


def _with_text(trainer: Any) -> Any:
    """Return the held-out graphs, if a corpus says what their tokens are."""
    graphs = trainer.eval_dataset
    graphs = getattr(graphs, "graphs", graphs)
    known = all(hasattr(graphs, name) for name in ("tokenizer", "schema"))
    return graphs if known and len(graphs) else None
