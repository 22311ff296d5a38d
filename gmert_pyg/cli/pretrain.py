"""`gmert pretrain`: train a model on chain graphs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gmert_pyg.cli.comparison import compare, print_comparison
from gmert_pyg.cli.dry_run import print_dry_run
from gmert_pyg.cli.model_facts import pretraining_facts
from gmert_pyg.cli.pretrain_options import (
    DESCRIPTION,
    EPILOG,
    USAGE,
    OneSpelling,
    option_parser,
)
from gmert_pyg.cli.progress_bars import without_progress_bars
from gmert_pyg.cli.reporting import check_report_to, sending_losses
from gmert_pyg.nn.model_card import write_model_card
from gmert_pyg.training.pretraining.checks import check_contradictions
from gmert_pyg.training.pretraining.configuration import RunConfiguration
from gmert_pyg.training.pretraining.run import PreTrainingRun, prepare_run
from gmert_pyg.training.pretraining.setting_layers import Layers
from gmert_pyg.training.pretraining.value_checks import check_settings
from gmert_pyg.training.processes.ranks import is_main_process


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "pretrain",
        help="train a model by masked language and node modelling",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=OneSpelling,
        allow_abbrev=False,
        parents=[option_parser()],
    )
    parser.set_defaults(run=run)


def read_configuration(given: dict[str, Any]) -> RunConfiguration:
    """Lay flags over the file, the preset and the defaults; check it all.

    Args:
        given: the flags that were given, by name.

    Raises:
        ValueError: naming what is wrong.
    """
    flags = dict(given)
    path = flags.pop("config", None)
    if flags.pop("from_scratch", False):
        if flags.get("base_model", "none") != "none":
            raise ValueError(
                "'base_model' must be left out with --from_scratch (got"
                f" '{flags['base_model']}')"
            )
        flags["base_model"] = "none"
    layers = Layers.read(flags, path)
    check_settings(layers.asked)
    check_contradictions(layers.settings, layers.asked)
    if not (layers.settings.get("output_dir") or layers.asked.get("dry_run")):
        raise ValueError(
            "'output_dir' must name the folder of the run: add --output_dir DIR"
            " (got none)"
        )
    return RunConfiguration.of(layers.settings)


def run(arguments: argparse.Namespace) -> None:
    """Train, evaluate, save; or only tell what would be done."""
    given = vars(arguments)
    given.pop("run")
    configuration = read_configuration(given)
    report_to = configuration.training.report_to or []
    services = [report_to] if isinstance(report_to, str) else report_to
    for service in services:
        check_report_to(service)
    with without_progress_bars():
        prepared = prepare_run(configuration)
        if configuration.run.dry_run:
            if is_main_process():
                print_dry_run(prepared)
            return
        with sending_losses("wandb" if "wandb" in services else "none"):
            _train(prepared)


def _train(prepared: PreTrainingRun) -> None:
    training = prepared.configuration.training
    if is_main_process():
        number = prepared.model.num_parameters() / 1e6
        number_format = "bf16 autocast" if training.bf16 else "float32"
        print(
            f"{number:.1f} M parameters, {number_format},"
            f" {prepared.plan.max_steps:,} steps, at most"
            f" {prepared.plan.token_budget:,} nodes in a batch"
        )
        if prepared.configuration.run.resume:
            print(_where_it_goes_on(prepared))
    trainer = prepared.train()
    rows = compare(trainer, prepared.data)
    if not is_main_process():
        return
    print_comparison(rows)
    facts = pretraining_facts(
        prepared.dataset,
        prepared.data,
        trainer,
        rows,
        prepared.configuration.run.license,
    )
    output = str(training.output_dir)
    if not write_model_card(prepared.model, output, facts):
        print(
            f"{Path(output, 'README.md')} was changed by hand and stays as it"
            " is"
        )


def _where_it_goes_on(prepared: PreTrainingRun) -> str:
    """Say which checkpoint is taken, since a wrong folder has none."""
    output = prepared.configuration.training.output_dir
    if prepared.checkpoint is None:
        return f"no checkpoint in '{output}' yet: starts at step 0"
    return f"goes on from '{prepared.checkpoint}'"
