"""What scorers choose, what `alpha` costs, and how long injection takes.

Over a sample of the files of a corpus: the share of candidates that pass a
threshold, the chosen triples by relation, and seconds for each stage in one
process.

python experiments/injection.py --files 300
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data import building
from gmert_pyg.data.building import GraphBuilder, GraphOptions
from gmert_pyg.data.injection import SCORERS, Candidates, Injector
from gmert_pyg.data.sources import find_source
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import read_source

P = ParamSpec("P")
T = TypeVar("T")
ALPHAS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)


class Stages:
    """Seconds spent in functions."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, name: str, function: Callable[P, T]) -> Callable[P, T]:
        """Return the function, with its time counted under a name."""

        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[name] += time.perf_counter() - started

        return call


class Recorder(Injector):
    """Keeps the score and the fate of every distinct (window, triple)."""

    def _choose(self, candidates: Candidates) -> NDArray[np.int64]:
        chosen = super()._choose(candidates)
        fate = np.zeros(len(candidates), bool)
        fate[chosen] = True
        key = candidates.window * len(self.kg.triples) + candidates.triple
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        score = np.zeros(len(first))
        kept = np.zeros(len(first), bool)
        np.maximum.at(score, which, self.scorer(candidates))
        np.logical_or.at(kept, which, fate)
        self.rows.append(
            np.stack(
                [
                    score,
                    kept,
                    candidates.local[first],
                    candidates.relation[first],
                ]
            )
        )
        return chosen

    rows: list[NDArray[np.float64]]


def report(name: str, rows: NDArray[np.float64], relations: list[str]) -> None:
    """Print what a scorer passes and chooses."""
    score, kept, local = rows[0], rows[1] > 0, rows[2] > 0
    print(
        f"\n{name}: {len(score)} candidates (window, triple),"
        f" {(~local).mean():.1%} not local; {kept.sum()} chosen with alpha 0,"
        f" {(~local[kept]).mean():.1%} not local"
    )
    print("| alpha | candidates | not local | local | chosen |")
    print("|---|---|---|---|---|")
    for alpha in ALPHAS:
        passed = score >= alpha
        parts = (passed, passed[~local], passed[local], passed[kept])
        shares = " | ".join(f"{part.mean():.1%}" for part in parts)
        print(f"| {alpha} | {shares} |")
    print("\n| relation | not local | chosen | local | chosen |")
    print("|---|---|---|---|---|")
    for number, relation in enumerate(relations):
        own = rows[3] == number
        cells = []
        for part in (own & ~local, own & local):
            share = kept[part].mean() if part.any() else 0.0
            cells += [str(part.sum()), f"{share:.0%}"]
        print(f"| {relation} | {' | '.join(cells)} |")


def measure_stages(
    kg: CodeKG, tokenizer: GraphMertTokenizer, texts: dict[int, str]
) -> None:
    """Print the seconds of each stage of building."""
    stages = Stages()
    builder = GraphBuilder(kg, tokenizer, GraphOptions())
    injector = builder.injector
    plain = building.root_tokens, building.assemble
    building.root_tokens = stages.timed("tokenizing", plain[0])
    building.assemble = stages.timed("assembling", plain[1])
    injector.candidates = stages.timed("candidates", injector.candidates)
    injector.scorer = stages.timed("scoring", injector.scorer)
    injector.inject = stages.timed("injection", injector.inject)
    build = stages.timed("all", builder.chunks)
    for module, text in texts.items():
        build(module, text)
    building.root_tokens, building.assemble = plain
    total = stages.seconds["all"]
    print("\n| stage | seconds | share |\n|---|---|---|")
    for name in ("all", "tokenizing", "assembling", "injection"):
        seconds = stages.seconds[name]
        print(f"| {name} | {seconds:.2f} | {seconds / total:.0%} |")
    for name in ("candidates", "scoring"):
        seconds = stages.seconds[name]
        print(f"| injection: {name} | {seconds:.2f} | {seconds / total:.0%} |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--source", default="stdlib")
    parser.add_argument("--root", default="runs/injection")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--max-triples-per-head", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    source = find_source(arguments.source, Path(arguments.root, "raw"))
    project = source.projects[0]
    kg = CodeKG.from_source(
        project.files, root=project.root, num_workers=arguments.workers
    )
    tokenizer = GraphMertTokenizer.default()
    chosen = list(range(len(kg.modules)))
    random.Random(arguments.seed).shuffle(chosen)
    texts = {
        m: read_source(kg.modules[m].path) for m in chosen[: arguments.files]
    }
    measure_stages(kg, tokenizer, texts)
    for name in SCORERS:
        options = GraphOptions(
            scorer=name,
            alpha=0.0,
            max_triples_per_head=arguments.max_triples_per_head,
        )
        builder = GraphBuilder(kg, tokenizer, options)
        recorder = Recorder(kg, builder.tails, options)
        recorder.rows = []
        builder.injector = recorder
        for module, text in texts.items():
            builder.chunks(module, text)
        report(
            name,
            np.concatenate(recorder.rows, axis=1),
            list(kg.schema.relation_names),
        )


if __name__ == "__main__":
    main()
