import gzip
import json
from collections import Counter

import pytest

from gmert_pyg import CodeChainGraphs
from gmert_pyg.data.sources import find_source, records
from gmert_pyg.parsing import read_source

CODE = "def greet(name):\n    return name.upper()\n"


def write_lines(path, *lines):
    """Write records, or text that is none, one to a line."""
    texts = [
        line if isinstance(line, str) else json.dumps(line) for line in lines
    ]
    data = ("\n".join(texts) + "\n").encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def below(source, raw):
    """Return the files of each project, below the unpacked records."""
    (folder,) = [path for path in raw.iterdir() if path.is_dir()]
    return {
        project.name: [str(path.relative_to(folder)) for path in project.files]
        for project in source.projects
    }


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_records_of_one_repository_are_a_project(tmp_path, suffix):
    path = write_lines(
        tmp_path / f"code{suffix}",
        {"code": CODE, "repo": "me/one", "path": "pkg/.hidden/a.py"},
        {"code": "x = 1\n"},
        {"code": CODE, "project": "two", "path": "main"},
        "",
        {"code": "y = 1\n", "repo": "me/one", "language": "Python"},
    )
    raw = tmp_path / "raw"
    source = find_source(path, raw)
    assert below(source, raw) == {
        "me/one": [
            *("projects/000/000000/000/000005.py",),
            *("projects/000/000000/pkg/.hidden/a.py",),
        ],
        "two": ["projects/000/000001/000/000003.py"],
        f"code{suffix}:2": ["records/000/000002.py"],
    }
    assert Counter(map(source.group, source.files)) == {
        "me/one": 2,
        "two": 1,
        f"code{suffix}:2": 1,
    }
    assert source.projects[-1] == source.projects[2]
    assert source.projects[:2] == tuple(source.projects)[:2]
    assert source.description.startswith("4 records of")
    assert source.skipped == {}
    again = find_source(path, raw)
    assert again.files == source.files
    assert again.fingerprint() == source.fingerprint()
    write_lines(path, {"code": CODE})
    other = find_source(path, raw)
    assert other.fingerprint() != source.fingerprint()
    assert [file.read_text() for file in other.files] == [CODE]


def test_lines_without_code_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "_MAX_LINE", 200)
    path = write_lines(
        tmp_path / "code.jsonl",
        "{",
        "[1]",
        {"text": CODE},
        {"code": None},
        {"code": "x" * 1000},
        {"code": "func main() {}", "language": "go"},
        {"code": "var x", "path": "a/b.js"},
        "[" * 190,
        '{"code": "\\ud800"}',
        "\u00e9".encode().decode("latin-1"),
        {"code": CODE, "path": 5, "repo": ["x"], "language": None},
        "1" * 190,
    )
    source = find_source(path, tmp_path / "raw")
    assert len(source.files) == 1
    reasons = {
        int(line.rpartition(":")[2]): reason
        for line, reason in source.skipped.items()
    }
    assert sorted(reasons) == [*range(1, 11), 12]
    assert "no JSON" in reasons[1]
    assert "no JSON object" in reasons[2]
    assert reasons[3] == reasons[4] == "has no text 'code'"
    assert reasons[5] == "is too long"
    assert reasons[6] == "is of another language (go)"
    assert reasons[7] == "is of another language (a/b.js)"
    assert "no text" in reasons[9]
    assert all(len(reason.splitlines()) == 1 for reason in reasons.values())


def test_bytes_that_are_no_unicode_are_named(tmp_path):
    path = tmp_path / "code.jsonl"
    path.write_bytes(b'{"code": "\xff"}\n{"code": "x"}')
    source = find_source(path, tmp_path / "raw")
    assert "utf-8" in source.skipped["code.jsonl:1"]
    assert len(source.files) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("../../evil.py", "/tmp/evil.py", "a/../../b.py", "C:\\evil.py"),
        *("a//b.py", "a\0.py", "\ud800.py", "a/" * 900 + "b.py", ".."),
    ],
)
def test_paths_that_lead_elsewhere_are_replaced(tmp_path, name):
    path = write_lines(
        tmp_path / "code.jsonl",
        {"code": CODE, "path": name, "repo": "../..", "language": "python"},
    )
    raw = tmp_path / "raw"
    source = find_source(path, raw)
    assert below(source, raw) == {
        "../..": ["projects/000/000000/000/000001.py"]
    }
    assert len(list(tmp_path.rglob("*.py"))) == 1


def test_records_with_one_path_are_all_kept(tmp_path):
    path = write_lines(
        tmp_path / "code.jsonl",
        {"code": "a = 1", "repo": "r", "path": "m.py"},
        {"code": "b = 1", "repo": "r", "path": "m.py"},
        {"code": "c = 1", "repo": "r", "path": "m.py/n.py"},
        {"code": "d = 1", "repo": "s", "path": "m.py"},
    )
    raw = tmp_path / "raw"
    source = find_source(path, raw)
    assert below(source, raw) == {
        "r": [
            *("projects/000/000000/000/000003.py",),
            *("projects/000/000000/m.py", "projects/000/000000/m~2.py"),
        ],
        "s": ["projects/000/000001/m.py"],
    }
    assert sorted(file.read_text()[0] for file in source.files) == [*"abcd"]


def test_no_folder_holds_over_a_thousand(tmp_path):
    lines = [{"code": f"x = {i}", "repo": str(i)} for i in range(1001)]
    lines += [{"code": f"x = {i}"} for i in range(1002)]
    path = write_lines(tmp_path / "code.jsonl", *lines)
    source = find_source(path, tmp_path / "raw")
    assert len(source.projects) == 2003
    folders = Counter(
        path.parent for path in (tmp_path / "raw").rglob("*") if path.is_dir()
    )
    assert max(folders.values()) <= 1000
    assert max(Counter(file.parent for file in source.files).values()) <= 1000


def test_text_survives_whatever_encoding_it_declares(tmp_path):
    texts = [
        *("s = 'é\u2028日'\n", "# -*- coding: latin-1 -*-\ns = 'é'\n"),
        *("\ufeffx = 1\n", "# coding: utf-8\ns = '日'\n"),
    ]
    path = write_lines(
        tmp_path / "code.jsonl",
        *({"code": text} for text in texts),
        {"code": "# coding: latin-1\ns = '日'\n"},
        {"code": "# coding: klingon\nx = 1\n"},
    )
    source = find_source(path, tmp_path / "raw")
    read = [read_source(file) for file in source.files[:4]]
    assert read == [text.removeprefix("\ufeff") for text in texts]
    assert "latin-1" in source.skipped["code.jsonl:5"]
    assert len(source.files) == 5  # the last is its reader's to report


def test_damaged_and_empty_files_leave_nothing(tmp_path):
    path = write_lines(tmp_path / "code.jsonl.gz", {"code": CODE})
    raw = tmp_path / "raw"
    for data in (path.read_bytes()[:-9], b"no gzip", b"\x1f\x8b"):
        path.write_bytes(data)
        with pytest.raises(ValueError, match="'source' must be sound JSON"):
            find_source(path, raw)
    empty = write_lines(tmp_path / "empty.jsonl", "no", "")
    with pytest.raises(ValueError, match=r"'code' \(got none in .*:1 is no"):
        find_source(empty, raw)
    assert [path.name for path in raw.iterdir()] == [".lock"]
    with pytest.raises(ValueError, match=r"exists \(got 'none\.jsonl'\)"):
        find_source("none.jsonl", raw)


def test_other_languages_by_their_suffix(tmp_path):
    path = write_lines(
        tmp_path / "code.jsonl",
        {"code": "var x", "path": "a.js"},
        {"code": "x = 1"},
    )
    source = find_source(path, tmp_path / "raw", suffixes=(".py", ".js"))
    assert [file.suffix for file in source.files] == [".js", ".py"]


def test_a_dataset_of_one_repository(tmp_path):
    path = write_lines(
        tmp_path / "code.jsonl",
        {"code": CODE, "repo": "me/one", "path": "one/a.py"},
        {"code": CODE, "repo": "me/one", "path": "one/b.py"},
        {"code": "def (", "repo": "me/one", "path": "one/c.py"},
        "no record",
    )
    dataset = CodeChainGraphs(str(tmp_path), path, num_workers=0)
    assert {graph.qualified_name for graph in dataset} == {
        *("one.a.greet", "one.b.greet"),
    }
    assert len(dataset.statistics["skipped"]) == 2
