import sysconfig
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus() -> str:
    """A package of the standard library: 20 files, real code."""
    return str(Path(sysconfig.get_path("stdlib"), "email"))


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> str:
    """Where the graphs of the corpus are kept, built by the first test."""
    return str(tmp_path_factory.mktemp("data"))
