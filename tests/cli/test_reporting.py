"""Where losses cannot be sent, that is bad input."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from gmert_pyg.cli import main
from gmert_pyg.cli.reporting import check_report_to, sending_losses


def test_a_package_that_is_absent(monkeypatch):
    name = "gmert_pyg.cli.reporting.get_available_reporting_integrations"
    monkeypatch.setattr(name, lambda: ["wandb"])
    check_report_to("none")
    told = r"`pip install 'gmert-pyg\[tensorboard\]'` \(got 'tensorboard'\)"
    with pytest.raises(ValueError, match=told):
        check_report_to("tensorboard")


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """Nobody is logged in, and settings say what a test says."""
    for name in ("WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    settings = SimpleNamespace(
        api_key=None, mode="online", base_url="https://wandb.example/"
    )
    name = "gmert_pyg.cli.reporting.get_available_reporting_integrations"
    monkeypatch.setattr(name, lambda: ["wandb"])
    wandb = ModuleType("wandb")
    wandb.setup = lambda: SimpleNamespace(settings=settings)
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    return settings


def test_no_account_is_told_in_one_line(nobody):
    with pytest.raises(ValueError, match=r"WANDB_MODE=offline.*\(got") as error:
        check_report_to("wandb")
    assert "\n" not in str(error.value)


def test_it_is_told_before_anything_is_written(
    nobody, monkeypatch, tmp_path, capsys
):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    command = ["pretrain", "--output_dir", "run", "--report_to", "wandb"]
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gmert: error: 'report_to' must")
    assert not list(here.iterdir())


@pytest.mark.parametrize("mode", ["offline", "disabled"])
def test_what_is_not_sent_needs_no_account(nobody, monkeypatch, mode):
    monkeypatch.setenv("WANDB_MODE", mode)
    check_report_to("wandb")
    monkeypatch.delenv("WANDB_MODE")
    nobody.mode = mode
    check_report_to("wandb")


def test_accounts_are_found_where_wandb_finds_them(
    nobody, monkeypatch, tmp_path
):
    login = tmp_path / "netrc"
    login.write_text("machine other.example login user password x\n")
    with pytest.raises(ValueError, match="no API key"):
        check_report_to("wandb")
    login.write_text("machine wandb.example login user password x\n")
    check_report_to("wandb")
    login.unlink()
    nobody.api_key = "x"
    check_report_to("wandb")
    nobody.api_key = None
    monkeypatch.setenv("WANDB_API_KEY", "x")
    check_report_to("wandb")


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
