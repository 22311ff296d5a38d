import os
import sys

import pytest

from gmert_pyg.data.sources import find_source
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing.folder_search import search_folder


def write(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def found(root, **options):
    files = search_folder(root, **options)
    return [path.relative_to(root).as_posix() for path in files]


def test_what_is_installed_or_generated_is_no_source(tmp_path):
    write(tmp_path, "build/__init__.py", "build/lib.py", "venv/__init__.py")
    write(tmp_path, "a/build/tool.py", "setup.py", "a/readme.txt")
    own = found(tmp_path)
    write(tmp_path, "env/pyvenv.cfg", "env/lib/m.py")
    write(tmp_path, ".git/hook.py", "a/__pycache__/m.py")
    write(tmp_path, "a/node_modules/gyp.py", "lib/site-packages/flask.py")
    write(tmp_path, "b/build/lib/setup.py", "c/build/lib.linux/x.py")
    assert found(tmp_path) == own
    assert own == [
        *("a/build/tool.py", "build/__init__.py", "build/lib.py"),
        *("setup.py", "venv/__init__.py"),
    ]


def test_a_folder_is_searched_whatever_its_own_name_is(tmp_path):
    write(tmp_path, ".venv/site-packages/flask/app.py")
    assert found(tmp_path / ".venv" / "site-packages") == ["flask/app.py"]


def test_suffixes_and_folders_to_skip(tmp_path):
    write(tmp_path, "a.py", "a.js", "tests/b.js", "c.go")
    assert found(tmp_path, suffixes=(".js", ".go")) == [
        *("a.js", "c.go", "tests/b.js"),
    ]
    assert found(tmp_path, suffixes=(".js",), skipped_folders=["tests"]) == [
        "a.js"
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
def test_links_and_pipes(tmp_path):
    write(tmp_path, "a/m.py", "real.py")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "broken.py").symlink_to("nowhere")
    (tmp_path / "circle.py").symlink_to("circle.py")
    (tmp_path / "link.py").symlink_to("real.py")
    (tmp_path / "folder.py").symlink_to("a", target_is_directory=True)
    os.mkfifo(tmp_path / "pipe.py")  # opening it would wait for ever
    expected = ["a/m.py", "broken.py", "circle.py", "link.py", "real.py"]
    assert found(tmp_path) == expected
    # Their reader reports the broken ones.
    kg = CodeKG.from_source(tmp_path)
    assert {os.path.basename(path) for path in kg.skipped} == {
        *("broken.py", "circle.py"),
    }
    (tmp_path / "a" / "other").symlink_to(tmp_path, target_is_directory=True)
    files = find_source(f"{tmp_path}/**/*.py").files
    assert [p.relative_to(tmp_path).as_posix() for p in files] == expected


def test_globs(tmp_path, monkeypatch):
    write(tmp_path, "a/x/m.py", "a/m.py", "b/x/y/n.py", "a/x/t.txt")
    monkeypatch.chdir(tmp_path)
    for pattern, expected in {
        "**/*": ["a/m.py", "a/x/m.py", "b/x/y/n.py"],
        "**/m.py": ["a/m.py", "a/x/m.py"],
        "a/**/*": ["a/m.py", "a/x/m.py"],
        "*/x/**/*.py": ["a/x/m.py", "b/x/y/n.py"],
        "?/m.*": ["a/m.py"],
        "a/*/*": ["a/x/m.py"],
    }.items():
        files = find_source(pattern).files
        names = [path.relative_to(tmp_path).as_posix() for path in files]
        assert names == expected, pattern


def test_what_cannot_be_listed_is_reported(tmp_path, monkeypatch):
    write(tmp_path, "closed/m.py", "open.py")
    scandir = os.scandir

    def refuse(path):  # as an administrator, nothing is closed
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    source = find_source(tmp_path)
    closed = {str(tmp_path / "closed"): "Permission denied"}
    assert [path.name for path in source.files] == ["open.py"]
    assert source.skipped == closed
    assert CodeKG.from_source(tmp_path).skipped == closed


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode")
def test_a_name_that_is_no_unicode_is_reported(tmp_path):
    write(tmp_path, "m.py")
    with open(os.fsencode(tmp_path) + b"/\xff.py", "w") as file:
        file.write("x = 1\n")
    unreadable = {}
    assert found(tmp_path, unreadable=unreadable) == ["m.py"]
    assert unreadable == {f"{tmp_path}/\\xff.py": "name is no Unicode"}


def test_groups_of_one_project_are_its_modules_and_packages(tmp_path):
    write(tmp_path, "pkg/sub/m.py", "tool.py", "tests/__init__.py")
    source = find_source(tmp_path)
    (project,) = source.projects
    assert project.root == tmp_path
    assert [source.group(path) for path in project.files] == [
        *("pkg", "tests", "tool"),
    ]
    with pytest.raises(ValueError, match=r"'path' .* \(got '/elsewhere.py'\)"):
        source.group("/elsewhere.py")


def test_the_fingerprint_follows_the_files(tmp_path):
    write(tmp_path, "a.py", "b.py")
    first = find_source(tmp_path).fingerprint()
    assert find_source(tmp_path).fingerprint() == first
    (tmp_path / "a.py").write_text("longer = 1\n")
    second = find_source(tmp_path).fingerprint()
    (tmp_path / "b.py").unlink()
    third = find_source(tmp_path).fingerprint()
    assert len({first, second, third}) == 3


def test_the_standard_library_has_no_tests():
    source = find_source("stdlib")
    assert {"argparse", "venv", "json"} <= {
        source.group(path) for path in source.files
    }
    folders = {part for path in source.files for part in path.parts[:-1]}
    assert not folders & {"test", "tests", "__pycache__"}


def test_places_without_source_files(tmp_path):
    with pytest.raises(ValueError, match=r"'source' .* exists \(got 'no/\*'"):
        find_source("no/*")
    write(tmp_path, "readme.txt")
    with pytest.raises(ValueError, match=r"'source' must hold \.py files"):
        find_source(tmp_path)
