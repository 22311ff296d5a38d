"""`gmert extract`: the triples of a project that a model believes in."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm.auto import tqdm

from gmert_pyg.cli.evaluate import load_model
from gmert_pyg.cli.model_directory import choose_schema, load_tokenizer
from gmert_pyg.cli.options import add_schema
from gmert_pyg.cli.project_reading import read_project
from gmert_pyg.data.building import GraphBuilder, GraphOptions
from gmert_pyg.distill.calibration import Calibration
from gmert_pyg.distill.completion.decoding import DECODERS, make_decoder
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.completion.tail_lengths import TailLengths
from gmert_pyg.distill.extraction.candidate_names import CandidateNames
from gmert_pyg.distill.extraction.extracted_triples import ExtractedTriple
from gmert_pyg.distill.extraction.extractor import Extractor, Filters
from gmert_pyg.distill.extraction.formats import check_format, export_triples
from gmert_pyg.distill.extraction.head_queries import Asker
from gmert_pyg.distill.extraction.working_file import WorkingFile
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing.languages import LANGUAGES
from gmert_pyg.report.coverage_chart import CoveragePoint
from gmert_pyg.report.extraction_page import write_extraction_page


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "extract",
        help="complete the knowledge graph of a project with a model",
        description="Ask a model for the tails of every name that the code of a"
        " project mentions, and write the triples with their sources. What"
        " was found is kept beside the output until it is whole: run again"
        " after an interruption, the command goes on.",
    )
    parser.add_argument(
        "source",
        nargs="+",
        metavar="SOURCE",
        help="files and directories; each directory is a project",
    )
    parser.add_argument(
        "--model",
        required=True,
        metavar="DIR",
        help="a directory that `gmert pretrain` wrote",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="the file to write: .jsonl, .parquet, .csv, .nt or .graphml",
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="a page to write too, .html: the graph around any name, all"
        " triples with their source; it needs no network",
    )
    add_schema(parser, None, "that of the model")
    parser.add_argument(
        "--languages",
        default="python",
        metavar="NAMES",
        help=f"'all', or some of {', '.join(LANGUAGES)}, with commas between"
        " (default: %(default)s)",
    )
    _add_questions(parser)
    _add_answers(parser)
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that parse (default: %(default)s)",
    )
    parser.add_argument(
        "--device",
        default="auto",
        choices=("auto", "cpu", "cuda"),
        help="where the model runs (default: a GPU if there is one)",
    )
    parser.set_defaults(run=run)


def _add_questions(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is asked")
    group.add_argument(
        "--relations",
        metavar="NAMES",
        help="relations to ask for, with commas between (default: all that the"
        " kind of a name admits)",
    )
    group.add_argument(
        "--mentions",
        default="all",
        choices=("all", "first"),
        help="ask at every mention of a name, or at the first in each chunk,"
        " which takes a third of the time (default: %(default)s)",
    )


def _add_answers(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is answered")
    group.add_argument(
        "--decoding",
        default="rank",
        choices=tuple(DECODERS),
        help="rank all names; or write tails from left to right, or the surest"
        " token first (default: %(default)s)",
    )
    group.add_argument(
        "--open",
        action="store_true",
        help="let a tail be any tokens, not only a name of the project, its"
        " imports and the standard library; not with 'rank'",
    )
    group.add_argument(
        "--max-tail-length",
        type=int,
        default=4,
        metavar="N",
        help="the longest tail, in tokens (default: %(default)s)",
    )
    group.add_argument(
        "--answers",
        type=int,
        default=1,
        metavar="N",
        help="the most tails of a mention and relation (default: %(default)s)",
    )
    group.add_argument(
        "--threshold",
        type=float,
        default=0.0,
        metavar="P",
        help="the least confidence of a triple (default: %(default)s)",
    )
    group.add_argument(
        "--beta",
        type=float,
        default=0.0,
        metavar="P",
        help="the least similarity of a triple and its source: the share of"
        " the tail's words that stand in the chunk (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Read the project, ask, and write."""
    check_format(arguments.output)
    _check_report(arguments.report)
    filters = Filters(arguments.threshold, arguments.beta)
    if arguments.open and arguments.decoding == "rank":
        raise ValueError(
            "'open' must not be given with decoding 'rank', which ranks names:"
            " choose 'beam' or 'mask-predict' (got --open)"
        )
    device = _device(arguments.device)
    model = load_model(arguments.model)
    nn.Module.to(model, device)
    tokenizer = load_tokenizer(arguments.model, model.config)
    schema = choose_schema(model.config, arguments.schema)
    calibration = Calibration.of_model(arguments.model)
    kg = read_project(arguments, schema)
    asker = Asker(kg, _split(arguments.relations), arguments.mentions)
    names = CandidateNames(kg, tokenizer)
    builder = GraphBuilder(kg, tokenizer, GraphOptions())
    decoder = make_decoder(
        arguments.decoding,
        GroupScorer.of(model, tokenizer),
        _lengths(kg, builder, arguments.max_tail_length),
        names=None if arguments.open else names.names,
        num_answers=arguments.answers,
    )
    decoding = arguments.decoding + (", open" if arguments.open else "")
    extractor = Extractor(
        builder, asker, decoder, names, decoding, calibration, filters
    )
    if calibration is None:
        print(
            "Confidences are as the model has them: `gmert evaluate"
            " --calibrate` finds how far they are to be believed"
        )
    _extract(arguments, extractor, _settings(arguments, kg))


def _extract(
    arguments: argparse.Namespace, extractor: Extractor, settings: str
) -> None:
    output = Path(arguments.output)
    started = time.perf_counter()
    partial = output.with_name(f"{output.name}.partial")
    with WorkingFile(partial, settings) as working:
        _ask(extractor, working)
        seconds = time.perf_counter() - started
        counts: Counter[str] = Counter()

        def counted() -> Iterator[ExtractedTriple]:
            counts.clear()
            for triple in working.triples():
                counts[str(triple.status)] += 1
                yield triple

        export_triples(counted, output)
        if arguments.report is not None:
            _write_report(arguments, extractor, working)
    working.delete()
    told = ", ".join(f"{n:,} {status}" for status, n in sorted(counts.items()))
    print(
        f"{extractor.num_queries:,} pairs of a head and a relation asked in"
        f" {seconds:.0f} s; {sum(counts.values()):,} triples: {told or 'none'}"
    )
    print(f"Knowledge graph: {output}")
    if arguments.report is not None:
        print(f"Report: {arguments.report}")


def _check_report(path: str | None) -> None:
    if path is None:
        return
    if Path(path).suffix != ".html" or Path(path).is_dir():
        raise ValueError(f"'report' must be an .html file (got '{path}')")


def _write_report(
    arguments: argparse.Namespace, extractor: Extractor, working: WorkingFile
) -> None:
    """Write the page to look at."""
    calibration = extractor.calibration
    facts = {
        "source": ", ".join(arguments.source),
        "model": arguments.model,
        "decoding": extractor.decoding,
        "files": f"{len(extractor.kg.modules):,}",
        "triples of static analysis": f"{len(extractor.kg):,}",
        "calibrated on": f"{calibration.num_triples:,} hidden triples"
        if calibration.num_triples
        else "nothing",
    }
    write_extraction_page(
        working.triples(),
        arguments.report,
        title="Extracted knowledge graph",
        facts=facts,
        coverage=[
            CoveragePoint(
                threshold=threshold,
                coverage=coverage,
                precision=precision,
                count=int(count),
            )
            for threshold, coverage, precision, count in calibration.curve
        ],
    )


def _ask(extractor: Extractor, working: WorkingFile) -> None:
    """Ask for the triples of all files that are not done."""
    done = working.done
    modules = extractor.kg.modules
    with tqdm(total=len(modules), desc="Asking", unit="file") as bar:
        for number, module in enumerate(modules):
            if module.path not in done:
                working.add(module.path, extractor.of_file(number))
            bar.update()


def _lengths(kg: CodeKG, builder: GraphBuilder, max_length: int) -> TailLengths:
    """Count the tails that static analysis states."""
    if max_length < 1:
        raise ValueError(
            f"'max_tail_length' must be positive (got {max_length})"
        )
    length, _ = builder.tails.tokens(kg.triples.tail.astype(np.int64))
    short = length > 0
    return TailLengths.of_tails(
        kg.triples.relation[short].astype(np.int64),
        length[short],
        kg.schema.num_relations,
        max_length,
    )


def _settings(arguments: argparse.Namespace, kg: CodeKG) -> str:
    """Return all that decides the triples, as text to compare."""
    given = {
        name: value
        for name, value in vars(arguments).items()
        if name not in ("run", "output", "report", "workers")
    }
    folder = Path(arguments.model)
    given["files"] = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in (
            *sorted(folder.glob("*.json")),
            *sorted(folder.glob("*.safetensors")),
            *(Path(module.path) for module in kg.modules),
        )
    ]
    return json.dumps(given, sort_keys=True)


def _split(names: str | None) -> list[str] | None:
    return None if names is None else names.split(",")


def _device(name: str) -> torch.device:
    has_gpu = torch.cuda.is_available()
    if name == "cuda" and not has_gpu:
        raise ValueError("'device' must be one that is there (got 'cuda')")
    if name == "auto":
        name = "cuda" if has_gpu else "cpu"
    return torch.device(name)
