"""What a run would do, without doing it."""

from __future__ import annotations

from gmert_pyg.training.run import PreTrainingRun


def print_dry_run(run: PreTrainingRun) -> None:
    """Print the settings, the parameters, the data and the time of a run."""
    print(run.configuration.to_yaml())
