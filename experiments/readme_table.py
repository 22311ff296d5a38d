"""Print the README's table of the demo, from what the demo measured.

python experiments/readme_table.py experiments/results/demo/metrics.json
"""

import json
import sys
from pathlib import Path
from typing import Any


def table(metrics: dict[str, Any]) -> str:
    """Return a demo's metrics, and what they cost, as Markdown."""
    lines = [
        "| held-out modules | metric | items | GraphMERT | majority | lookup |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for row in metrics["held_out"]:
        values = {who: row[who] for who in ("model", "majority", "lookup")}
        best = max(values.values())
        cells = " | ".join(
            f"**{value:.3f}**" if value == best else f"{value:.3f}"
            for value in values.values()
        )
        lines.append(
            f"| {row['task']} | {row['metric']} | {row['num_items']:,} |"
            f" {cells} |"
        )
    run, data = metrics["run"], metrics["dataset"]
    completions = metrics["completions"]
    lines += [
        "",
        f"Of {completions['triples']} held-out triples whose tail was hidden, "
        f"{completions['all_hidden']:.0%} were restored exactly and "
        f"{completions['all_known']:.0%} got another tail that static analysis"
        " states.",
        f"`{run['command']}`: {run['hardware']}, {run['time']} in all, of which"
        f" {data['seconds']:.0f} s for the {data['graphs']:,} graphs of"
        f" {data['functions']:,} functions; {run['peak memory']} in the"
        " largest process;"
        f" {run['parameters']} parameters; one seed. {run['versions']}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(json.loads(Path(sys.argv[1]).read_text())))
