"""Building a dataset: all of its shards, and then the index."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gmert_pyg.data.corpus.build_plan import ShardTask, plan_shards
from gmert_pyg.data.corpus.build_statistics import corpus_statistics
from gmert_pyg.data.corpus.code_version import BUILDING, code_version
from gmert_pyg.data.corpus.parallel_building import build_in_processes
from gmert_pyg.data.corpus.parsed_files import file_status
from gmert_pyg.data.corpus.ray_building import build_with_ray
from gmert_pyg.data.corpus.shard_building import ShardBuilder, ShardReport
from gmert_pyg.data.sources import Source
from gmert_pyg.data.storage.sharded_graphs import write_index
from gmert_pyg.whole_output import whole_file

_LOG_NAME = "build.json"

BuildShards = Callable[[ShardBuilder, Sequence[ShardTask]], list[ShardReport]]
"""Builds shards, in any order and place; reports them in the order given."""


def shards_built_by(
    name: str, num_workers: int | None, progress: bool
) -> BuildShards:
    """Return what builds shards.

    Args:
        name: `"processes"` or `"ray"`.
        num_workers: the number of processes, all processors if `None`; at most
            1 builds in this one.
        progress: whether they show progress bars.

    Raises:
        ValueError: if there is none of that name, or if `num_workers` is
            negative.
    """
    if name == "processes":
        workers = os.cpu_count() or 1 if num_workers is None else num_workers
        if workers < 0:
            raise ValueError(
                f"'num_workers' must not be negative (got {workers})"
            )
        return partial(
            build_in_processes, num_workers=workers, progress=progress
        )
    if name == "ray":
        return build_with_ray
    raise ValueError(f"'builder' must be 'processes' or 'ray' (got '{name}')")


def build_corpus(
    builder: ShardBuilder,
    source: Source,
    shard_bytes: int,
    build_shards: BuildShards,
    made_with: dict[str, Any],
) -> None:
    """Build what is missing of a dataset; the index comes last.

    Killed at any moment and run again, it gives the same bytes: files appear
    as a whole, and one of an earlier build is used only if it was made of the
    same input.

    Args:
        builder: builds a shard.
        source: the corpus.
        shard_bytes: about how much source becomes a shard.
        build_shards: builds all of them.
        made_with: JSON-serialisable data for the index.

    Raises:
        ValueError: if no graph can be made of the corpus.
    """
    started = time.perf_counter()
    _delete_leftovers(builder.directory)
    sizes = [
        [max(file_status(path)[0], 0) for path in project.files]
        for project in source.projects
    ]
    tasks = plan_shards(sizes, shard_bytes)
    reports = build_shards(builder, tasks)
    builder.parsed.keep_only(
        str(path) for project in source.projects for path in project.files
    )
    shards = [report for report in reports if report["graphs"]]
    skipped = dict(source.skipped)
    for report in reports:
        skipped |= report["skipped"]
    counts = [entry for report in reports for entry in report["projects"]]
    if not shards:
        raise _no_graph(source, skipped, counts)
    inputs = json.dumps([report["input"] for report in reports])
    header = {
        "identity": builder.identity,
        "source": {
            "name": source.name,
            "sha256": hashlib.sha256(inputs.encode()).hexdigest(),
        },
        "versions": {
            "code": code_version(BUILDING),
            "python": "{}.{}".format(*sys.version_info),
            "tokenizers": version("tokenizers"),
        },
        **made_with,
        **_place(source),
        "statistics": {
            "source": source.description,
            **corpus_statistics(counts, builder.schema),
            "skipped": skipped,
            "recovered": [path for r in reports for path in r["recovered"]],
        },
    }
    write_index(builder.directory, header, shards)
    log = {
        "seconds": round(time.perf_counter() - started, 1),
        "files_parsed": sum(report["parsed"] for report in reports),
        "shards_built": sum(report["built"] for report in reports),
    }
    with whole_file(builder.directory / _LOG_NAME) as temporary:
        temporary.write_text(json.dumps(log))


def _no_graph(
    source: Source,
    skipped: dict[str, str],
    counts: Sequence[tuple[int, dict[str, Any]]],
) -> ValueError:
    num_units = sum(some["units"] for _, some in counts)
    if num_units:
        return ValueError(
            "'pre_filter' must keep a graph (got none of those of"
            f" {num_units} functions, classes or files)"
        )
    reasons = "".join(f"; {path}: {why}" for path, why in skipped.items())
    return ValueError(
        f"'source' must hold a function (got none in '{source.name}'{reasons})"
    )


def _place(source: Source) -> dict[str, str]:
    """Return where the files are, if the dataset stays the same elsewhere."""
    if source.content_hash is None:
        return {}
    return {"root": str(source.projects[0].root)}


def read_build_log(directory: Path) -> dict[str, Any]:
    """Return what the last build of a dataset cost: no part of it itself.

    Args:
        directory: where the shards are.

    Returns:
        `seconds`, `files_parsed` and `shards_built`, or nothing.
    """
    path = directory / _LOG_NAME
    if not path.is_file():
        return {}
    try:
        log: dict[str, Any] = json.loads(path.read_text())
    except ValueError:  # written by something else
        return {}
    return log


def _delete_leftovers(directory: Path) -> None:
    """Delete what a build that was killed had not finished writing."""
    for leftover in directory.glob("*.safetensors.*.tmp"):
        leftover.unlink()
