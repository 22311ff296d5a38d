"""The report: one page of HTML that needs nothing but itself."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from gmert_pyg.report.chain_drawing import (
    draw_chain,
    relation_legend,
    triple_texts,
)
from gmert_pyg.report.charts import Series, line_chart, read_series
from gmert_pyg.report.content import (
    STATUS_MEANING,
    CompletedRow,
    ReportContent,
)
from gmert_pyg.report.findings import (
    CONTENDERS,
    best_of,
    completion_sentence,
    percent,
    winner_sentences,
)
from gmert_pyg.report.plain_text import visible
from gmert_pyg.report.templating import asset, page_environment, script_hash
from gmert_pyg.whole_output import whole_file

_LOSSES = {
    "mlm_loss": "Masked tokens (MLM)",
    "sbo_loss": "Span boundary (SBO)",
    "leaf_loss": "Masked leaves (MNM)",
    "relation_loss": "Masked relations (MNM)",
}
_STATUS_NAMES = {
    "hidden": "restored",
    "known": "known",
    "unconfirmed": "unconfirmed",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its caption."""

    title: str
    caption: str
    svg: Markup


def render_report(content: ReportContent) -> str:
    """Write a report as HTML.

    The page loads nothing: a content security policy forbids it to, and lets
    no script run but the one that sorts and filters the table. The same content
    gives the same page.

    Args:
        content: what to report.
    """
    environment = page_environment()
    environment.filters |= {"percent": percent, "file_uri": _file_uri}
    script = asset(environment, "report.js")
    folder = _common_folder(content.completions)
    return environment.get_template("report.html.j2").render(
        content=content,
        style=asset(environment, "report.css"),
        script=script,
        script_hash=script_hash(script),
        loss_charts=_loss_charts(content.log_history),
        decay_chart=_decay_chart(content.log_history),
        contenders=CONTENDERS,
        best_of=best_of,
        winners=winner_sentences(content.metrics),
        drawing=draw_chain(content.graph),
        legend=relation_legend(content.graph),
        triples=triple_texts(content.graph),
        completed=completion_sentence(content.completions),
        status_names=_STATUS_NAMES,
        status_meaning=STATUS_MEANING,
        relations=sorted({row.relation for row in content.completions}),
        folder=folder,
        short_paths={
            row.file: os.path.relpath(row.file, folder) if folder else row.file
            for row in content.completions
        },
    )


def write_report(content: ReportContent, path: str | os.PathLike[str]) -> None:
    """Write a report to a file, which exists as a whole or not at all.

    Args:
        content: what to report.
        path: the HTML file.
    """
    page = render_report(content)
    with whole_file(path) as temporary:
        temporary.write_text(page, "utf-8", errors="backslashreplace")


def _loss_charts(log_history: Sequence[dict[str, float]]) -> list[Chart]:
    charts = []
    for position, (key, title) in enumerate(_LOSSES.items()):
        line = read_series(log_history, key, title)
        if line is None:
            continue
        charts.append(
            Chart(
                title,
                _caption(line),
                line_chart(
                    [line],
                    name=key.replace("_", "-"),
                    description=f"{title}: {_caption(line)}",
                    first_colour=position,
                ),
            )
        )
    return charts


def _decay_chart(log_history: Sequence[dict[str, float]]) -> Chart | None:
    names = dict.fromkeys(
        key
        for entry in log_history
        for key in entry
        if key.startswith("decay_offset/")
    )
    series = [
        line
        for name in names
        if (
            line := read_series(
                log_history,
                name,
                visible(name.partition("/")[2].replace("_", " ")),
            )
        )
    ]
    if not series:
        return None
    caption = "; ".join(f"{line.label}: {_caption(line)}" for line in series)
    chart = line_chart(
        series, name="decay", description=caption, size=(7.2, 3.2)
    )
    return Chart("Decay offset p, per attention head", caption, chart)


def _caption(line: Series) -> str:
    first, last = line.values[0], line.values[-1]
    text = f"{first:.2f} at step {line.steps[0]:g}"
    if len(line.values) > 1:
        text += f", {last:.2f} at step {line.steps[-1]:g}"
    if not all(math.isfinite(value) for value in line.values):
        text += " (with values that are not finite, which leave gaps)"
    return text


def _common_folder(completions: Sequence[CompletedRow]) -> str:
    folders = {os.path.dirname(row.file) for row in completions}
    if not folders or not all(os.path.isabs(folder) for folder in folders):
        return ""
    try:
        return os.path.commonpath(folders)
    except ValueError:  # several drives
        return ""


def _file_uri(row: CompletedRow) -> str:
    return f"{Path(row.file).absolute().as_uri()}#L{row.line}"
