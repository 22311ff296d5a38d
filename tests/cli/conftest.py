import sysconfig
from pathlib import Path

import pytest

from gmert_pyg.cli import make_parser
from gmert_pyg.cli.pretrain import read_configuration
from gmert_pyg.training.pretraining.configuration import RunConfiguration


@pytest.fixture(scope="session")
def corpus() -> str:
    """A package of the standard library: 20 files, real code."""
    return str(Path(sysconfig.get_path("stdlib"), "email"))


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> str:
    """Where the graphs of the corpus are kept, built by the first test."""
    return str(tmp_path_factory.mktemp("data"))


@pytest.fixture
def configure():
    """Return what `gmert pretrain` makes of flags."""

    def of(*flags: str) -> RunConfiguration:
        given = vars(make_parser().parse_args(["pretrain", *flags]))
        given.pop("run")
        return read_configuration({"output_dir": "unused", **given})

    return of
