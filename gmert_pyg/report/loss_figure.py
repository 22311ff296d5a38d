"""The curves of a pre-training run as a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gmert_pyg.report.charts import Series, read_series
from gmert_pyg.report.palette import COLOURS
from gmert_pyg.report.printed import PRINTED

# Title of a panel; per line, what it is called and under which name it is
# logged in training and in an evaluation.
_PANELS = (
    (
        "masked tokens: loss",
        (
            ("MLM", "mlm_loss", "eval_mlm_loss"),
            ("span boundaries", "sbo_loss", "eval_sbo_loss"),
        ),
    ),
    ("masked leaves: loss", (("leaves", "leaf_loss", "eval_leaf_loss"),)),
    (
        "masked relations: loss",
        (("relations", "relation_loss", "eval_relation_loss"),),
    ),
    (
        "accuracy",
        (
            ("tokens", "mlm_accuracy", "eval_mlm_accuracy"),
            ("leaves", "leaf_accuracy", "eval_leaf_hits@1"),
            ("relations", "relation_accuracy", "eval_relation_accuracy"),
        ),
    ),
)


def loss_figure(log_history: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Draw every part of the loss, and the accuracies, over the steps: lines
    for training, points for held-out data.

    Args:
        log_history: the entries of a trainer's log.

    Returns:
        The figure, or `None` if no part was logged.
    """
    entries = [dict(entry) for entry in log_history]
    panels = []
    for title, lines in _PANELS:
        drawn = [
            (label, read_series(entries, train, label), held_out)
            for label, train, name in lines
            for held_out in [read_series(entries, name, label)]
        ]
        if any(train or held_out for _, train, held_out in drawn):
            panels.append((title, drawn))
    if not panels:
        return None
    with matplotlib.rc_context(PRINTED):
        figure = Figure(figsize=(3.2 * len(panels), 2.6), layout="constrained")
        places = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, drawn) in zip(places, panels, strict=True):
            axes.set_title(title, size=9)
            axes.set_xlabel("optimizer step")
            axes.grid(True)
            for colour, (label, train, held_out) in zip(
                COLOURS, drawn, strict=False
            ):
                _draw(axes, label, train, held_out, colour)
            if axes.get_legend_handles_labels()[1]:
                axes.legend(frameon=False, fontsize=7)
        return figure


def _draw(
    axes: Axes,
    label: str,
    train: Series | None,
    held_out: Series | None,
    colour: str,
) -> None:
    if train is not None:
        # A curve of one entry is no line.
        marker = "." if len(train.steps) == 1 else None
        axes.plot(
            train.steps, train.values, color=colour, label=label, marker=marker
        )
    if held_out is not None:
        axes.plot(
            held_out.steps,
            held_out.values,
            color=colour,
            linestyle=(0, (1, 2)),
            marker="o",
            markersize=4,
            label=f"{label}, held out",
        )
