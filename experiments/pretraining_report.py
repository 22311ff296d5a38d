"""Make the tables and plots of results/pretraining from what was measured.

python experiments/pretraining_report.py
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gmert_pyg.report.palette import COLOURS
from gmert_pyg.report.printed import PRINTED
from gmert_pyg.whole_output import whole_file

RESULTS = Path(__file__).parent / "results" / "pretraining"
# Metric, what it is about, how people call it, what is counted.
_ROWS = (
    ("mlm_accuracy", "masked tokens", "accuracy", "num_roots"),
    (
        "mlm_accuracy_repeated",
        "... that the graph repeats",
        "accuracy",
        "num_roots_repeated",
    ),
    (
        "mlm_accuracy_unrepeated",
        "... that it does not",
        "accuracy",
        "num_roots_unrepeated",
    ),
    ("leaf_hits@1", "masked leaves", "hits@1", "num_leaves"),
    ("leaf_hits@10", "masked leaves", "hits@10", "num_leaves"),
    (
        "leaf_hits@1_local",
        "... local: the chunk shows the tail",
        "hits@1",
        "num_leaves_local",
    ),
    ("leaf_hits@10_local", "... local", "hits@10", "num_leaves_local"),
    (
        "leaf_hits@1_non_local",
        "... non-local: it does not",
        "hits@1",
        "num_leaves_non_local",
    ),
    (
        "leaf_hits@10_non_local",
        "... non-local",
        "hits@10",
        "num_leaves_non_local",
    ),
    ("relation_accuracy", "masked relations", "accuracy", "num_triples"),
    ("relation_macro_f1", "masked relations", "macro-F1", "num_triples"),
)
_WHO = ("model", "majority", "lookup")
_PANELS = (
    ("masked tokens (MLM)", "mlm_loss", ("mlm_accuracy", "accuracy")),
    ("masked leaves (MNM)", "leaf_loss", ("leaf_hits@10", "hits@10")),
    (
        "masked relations (MNM)",
        "relation_loss",
        ("relation_accuracy", "accuracy"),
    ),
)
_INTRODUCTION = """\
# Pre-training from scratch

Each JSON file comes from `python experiments/pretraining_study.py`, with the
command that stands in it; this page and the plots from `python
experiments/pretraining_report.py`. Projects, or of one project whole top-level
modules, are held out. Curves are followed on validation code, and choices were
made there; the tables are of test code. Model and baselines answer for the same
masked items. The baselines were fitted on all training graphs, whether the
model saw them or not.

- ± is one standard error, of a bootstrap over test graphs; the lead over the
  lookup is of paired resamples. One run and one seed each: what another seed
  would change is not in it.
- *Local* leaves: the text of the chunk names their tail or states their triple.
  The others cannot be copied.
- *Repeated* tokens: another node of the graph that is not masked has the token.
"""


def page(results: list[dict[str, Any]]) -> str:
    """Return the page of a folder of results, as Markdown."""
    return "\n".join([_INTRODUCTION, *map(_section, results)])


def read_results(folder: Path) -> list[dict[str, Any]]:
    """Return the results of a folder, by name."""
    return [json.loads(p.read_text()) for p in sorted(folder.glob("*.json"))]


def _section(result: dict[str, Any]) -> str:
    cost, test = result["cost"], result["test"]
    groups = ", ".join(result["split"]["groups"]["test"])
    return "\n".join(
        [
            f"## {result['name']}",
            "",
            f"![Curves]({result['name']}.png)",
            "",
            f"`{result['command']}`",
            "",
            f"{cost['parameters'] / 1e6:.1f} M parameters, {cost['steps']:,}"
            f" steps, {cost['samples']:,} samples ({cost['epochs']:.2f}"
            f" epochs), {cost['nodes'] / 1e6:.2f} M nodes in"
            f" {cost['training_seconds'] / 60:.1f} minutes of training, on"
            f" {result['hardware']}, {cost['threads']} threads,"
            f" {'bf16 autocast' if cost['bf16'] else 'float32'}. Losses on"
            f" validation code, from before the first step to the end:"
            f" {_falls(result)}.",
            "",
            _table(test),
            "",
            f"{test['graphs']:,} graphs of: {groups}.",
            "",
            _relations(test),
            "",
            _versions(result),
            "",
        ]
    )


def _falls(result: dict[str, Any]) -> str:
    curves = result["curves"]["validation"]
    alone = result["validation"]["frequency_losses"]
    return ", ".join(
        f"{title} {curves[loss][0]:.2f} to {curves[loss][-1]:.2f}"
        f" (frequencies alone {alone[loss]:.2f})"
        for title, loss, _ in _PANELS
    )


def _table(test: dict[str, Any]) -> str:
    lines = [
        "| test code | metric | items | GraphMERT | majority | lookup | lead |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    metrics = test["metrics"]
    for key, task, metric, count in _ROWS:
        best = max(metrics[who][key][0] for who in _WHO)
        cells = []
        for who in _WHO:
            value, error = metrics[who][key]
            bold = "**" if value == best else ""
            cells.append(f"{bold}{value:.3f}{bold} ± {error:.3f}")
        lead, error = metrics["lead"][key]
        cells.append(f"{lead:+.3f} ± {error:.3f}")
        lines.append(
            f"| {task} | {metric} | {test['items'][count]:,} |"
            f" {' | '.join(cells)} |"
        )
    return "\n".join(lines)


def _relations(test: dict[str, Any]) -> str:
    lines = [
        "| masked relation | items | F1, GraphMERT | majority | lookup |",
        "|---|--:|--:|--:|--:|",
    ]
    relations = test["relations"]
    for name, scores in relations["model"].items():
        cells = " | ".join(f"{relations[who][name]['f1']:.3f}" for who in _WHO)
        lines.append(f"| {name} | {scores['items']:,} | {cells} |")
    return "\n".join(lines)


def _versions(result: dict[str, Any]) -> str:
    wanted = ("python", "torch", "torch-geometric", "transformers")
    named = [f"{name} {result['versions'][name]}" for name in wanted]
    return f"Seed {result['settings']['seed']}. {', '.join(named)}."


def plot(result: dict[str, Any]) -> Figure:
    """Draw losses above and shares of right answers below, by step."""
    with matplotlib.rc_context(PRINTED):
        figure = Figure(figsize=(10.0, 5.6), layout="constrained")
        axes = figure.subplots(2, len(_PANELS), sharex=True)
        for column, (title, loss, (share, called)) in enumerate(_PANELS):
            _losses(axes[0, column], result, loss)
            axes[0, column].set_title(title, loc="left", fontsize=9)
            _shares(axes[1, column], result, share)
            axes[1, column].set_ylabel(f"{called}, validation code")
            axes[1, column].set_xlabel("optimizer step")
        axes[0, 0].set_ylabel("cross-entropy")
        for row in axes:
            row[-1].legend(frameon=False, fontsize=7.5)
    return figure


def _losses(axes: Axes, result: dict[str, Any], loss: str) -> None:
    curves = result["curves"]
    training, validation = curves["training"], curves["validation"]
    axes.plot(
        training["step"],
        training[loss],
        color=COLOURS[0],
        linewidth=0.9,
        alpha=0.6,
        label="training",
    )
    axes.plot(
        validation["step"],
        validation[loss],
        color=COLOURS[0],
        marker="o",
        markersize=3.5,
        label="validation code",
    )
    axes.axhline(
        result["validation"]["frequency_losses"][loss],
        color=COLOURS[7],
        linestyle=(0, (1.5, 1.2)),
        label="frequencies alone",
    )
    axes.grid(True)


def _shares(axes: Axes, result: dict[str, Any], share: str) -> None:
    curves = result["curves"]["validation"]
    axes.plot(
        curves["step"],
        curves[share],
        color=COLOURS[0],
        marker="o",
        markersize=3.5,
        label="GraphMERT",
    )
    for place, who in enumerate(("majority", "lookup")):
        axes.axhline(
            result["validation"]["metrics"][who][share][0],
            color=COLOURS[7 if who == "majority" else 1],
            linestyle=((0, (1.5, 1.2)), (0, (5, 1.5)))[place],
            label=who,
        )
    axes.set_ylim(bottom=0)
    axes.grid(True)


def main(folder: Path = RESULTS) -> None:
    """Write the page and the plots of a folder."""
    results = read_results(folder)
    for result in results:
        with whole_file(folder / f"{result['name']}.png") as partial:
            # A fixed creator keeps the bytes the same.
            plot(result).savefig(
                partial, format="png", dpi=110, metadata={"Software": None}
            )
    with whole_file(folder / "README.md") as partial:
        partial.write_text(page(results))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
