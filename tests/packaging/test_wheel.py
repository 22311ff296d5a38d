import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("pyproject.toml", "README.md", "LICENSE", "gmert_pyg")
NOT_SHIPPED = ("tests", "datasets", "experiments")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory):
    """Build a wheel from a copy, so that the repository stays clean."""
    folder = tmp_path_factory.mktemp("wheel")
    copy, dist = folder / "copy", folder / "dist"
    copy.mkdir()
    for name in (*SHIPPED, *NOT_SHIPPED):
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    built = subprocess.run(
        [*command, "--outdir", str(dist), str(copy)],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_the_package_and_nothing_else(wheel_names):
    folders = {name.split("/")[0] for name in wheel_names}
    (metadata,) = folders - {"gmert_pyg"}
    assert metadata.startswith("gmert_pyg-")
    assert metadata.endswith(".dist-info")
    assert f"{metadata}/licenses/LICENSE" in wheel_names


def test_wheel_holds_every_file_of_the_package(wheel_names):
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "gmert_pyg").rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
    assert {n for n in wheel_names if n.startswith("gmert_pyg/")} == files


@pytest.mark.parametrize(
    "name",
    [
        "data/sources/corpora/python10.json",
        "nn/templates/model_card.md.j2",
        "py.typed",
        "report/templates/report.css",
        "report/templates/report.html.j2",
        "report/templates/report.js",
        "tokenization/default/tokenizer.json",
        "tokenization/default/tokenizer_config.json",
    ],
)
def test_wheel_holds_what_the_package_reads(wheel_names, name):
    assert f"gmert_pyg/{name}" in wheel_names


def test_every_package_is_a_regular_one():
    folders = {path.parent for path in (ROOT / "gmert_pyg").rglob("*.py")}
    assert not [f for f in folders if not (f / "__init__.py").exists()]


def test_datasets_is_no_package():
    assert not list((ROOT / "datasets").rglob("__init__.py"))
