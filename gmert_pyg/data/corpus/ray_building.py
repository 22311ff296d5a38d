"""Building the shards of a corpus on a cluster, as jobs of Ray Data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gmert_pyg.data.corpus.build_plan import ShardTask
from gmert_pyg.data.corpus.shard_building import ShardBuilder, ShardReport

_FILES_AT_ONCE = 64
_Row = dict[str, Any]


def build_with_ray(
    builder: ShardBuilder, tasks: Sequence[ShardTask]
) -> list[ShardReport]:
    """Build the shards of a corpus on all machines of a Ray cluster.

    The cluster is the one that Ray is connected to, or else this machine. All
    its machines must see the same source files and the same folder for what is
    built, under the same paths. A large project is parsed by all of them, then
    linked by every process that builds a shard of it.

    Args:
        builder: builds a shard.
        tasks: the shards.

    Returns:
        What was built, in the order of the shards.

    Raises:
        ValueError: if Ray is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ValueError(
            "'builder' must be 'processes' unless Ray is installed: pip install"
            f" 'gmert-pyg[ray]' (got 'ray': {error})"
        ) from error
    if not ray.is_initialized():
        ray.init()
    arguments: dict[str, Any] = {
        "fn_constructor_args": (builder, list(tasks)),
        "concurrency": (1, max(int(ray.cluster_resources()["CPU"]), 1)),
    }

    def run(rows: list[_Row], work: Any) -> list[_Row]:
        blocks = ray.data.from_items(rows, override_num_blocks=len(rows))
        done: list[_Row] = blocks.map(work, **arguments).take_all()
        return done

    large = dict.fromkeys(t.large for t in tasks if t.large is not None)
    stretches = [
        {"project": project, "start": start}
        for project in large
        for start in range(0, len(builder.files(project)), _FILES_AT_ONCE)
    ]
    parsed = run(stretches, _Parsing) if stretches else []
    built = run([{"task": number} for number in range(len(tasks))], _Building)
    built.sort(key=lambda row: row["task"])
    reports = [json.loads(row["report"]) for row in built]
    reports[0]["parsed"] += sum(row["parsed"] for row in parsed)
    return reports


class _Work:
    """Lives in a process of the cluster, and keeps what it linked."""

    def __init__(self, builder: ShardBuilder, tasks: list[ShardTask]) -> None:
        self.builder = builder
        self.tasks = tasks


class _Parsing(_Work):
    def __call__(self, row: _Row) -> _Row:
        files = self.builder.files(row["project"])
        some = files[row["start"] : row["start"] + _FILES_AT_ONCE]
        return {"parsed": self.builder.parse(some)}


class _Building(_Work):
    def __call__(self, row: _Row) -> _Row:
        report = self.builder.build(self.tasks[row["task"]])
        return {"task": row["task"], "report": json.dumps(report)}
