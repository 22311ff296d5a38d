"""Where losses cannot be sent, that is bad input."""

import sys
from types import ModuleType

import pytest

from gmert_pyg.cli.reporting import check_report_to, sending_losses


def test_a_package_that_is_absent(monkeypatch):
    name = "gmert_pyg.cli.reporting.is_tensorboard_available"
    monkeypatch.setattr(name, lambda: False)
    check_report_to("none")
    with pytest.raises(ValueError, match=r"installed \(got 'tensorboard'\)"):
        check_report_to("tensorboard")


def test_an_account_that_is_missing(monkeypatch):
    class Error(Exception):
        pass

    errors = ModuleType("wandb.errors")
    errors.Error = Error
    monkeypatch.setitem(sys.modules, "wandb", ModuleType("wandb"))
    monkeypatch.setitem(sys.modules, "wandb.errors", errors)
    refused = r"'report_to'.*\(got 'wandb': no API key\)"
    with pytest.raises(ValueError, match=refused), sending_losses("wandb"):
        raise Error("no API key")
    with pytest.raises(Error), sending_losses("none"):
        raise Error("not of the losses")
