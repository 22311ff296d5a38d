import json
import re
from pathlib import Path

import pytest

from gmert_pyg.data.sources.corpora import corpus_manifest, corpus_names
from gmert_pyg.data.sources.requirements import parse_packages
from gmert_pyg.data.sources.wheels import parse_wheel_filename

CARDS = Path(__file__).parents[2] / "datasets"


@pytest.mark.parametrize("name", corpus_names())
def test_card_and_package_agree(name):
    manifest = corpus_manifest(name)
    card = json.loads((CARDS / name / "manifest.json").read_text())
    assert card == manifest
    parts = {
        project: part
        for part, projects in manifest["split"].items()
        for project in projects
    }
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (CARDS / name / "README.md").read_text().splitlines()
        if line.startswith("| ")
    ]
    rows = {row[0]: row for row in table if len(row) == 6}
    for package in manifest["packages"]:
        row = rows[package["name"]]
        assert row[1:3] == [package["version"], package["license"]]
        assert row[5] == parts.get(package["name"], "train")
    for column in (3, 4):
        counts = [
            int(rows[name][column].replace(",", ""))
            for name in (*(p["name"] for p in manifest["packages"]), "all")
        ]
        assert sum(counts[:-1]) == counts[-1]


@pytest.mark.parametrize("name", corpus_names())
def test_manifests_pin_every_wheel(name):
    manifest = corpus_manifest(name)
    packages = manifest["packages"]
    assert manifest["name"] == name
    for entry in packages:
        pinned = f"{entry['name']}=={entry['version']}"
        (package,) = parse_packages(f"pypi:{pinned}")
        assert str(package) == pinned
        wheel = parse_wheel_filename(entry["wheel"])
        assert (wheel[0], str(wheel[1])) == package
        assert re.fullmatch("[0-9a-f]{64}", entry["sha256"])
    names = [entry["name"] for entry in packages]
    held_out = [n for part in manifest["split"].values() for n in part]
    assert len(set(names)) == len(names)
    assert len(set(held_out)) == len(held_out) < len(names)
    assert set(held_out) <= set(names)


def test_python10_is_ten_projects():
    assert "python10" in corpus_names()
    assert len(corpus_manifest("python10")["packages"]) == 10
