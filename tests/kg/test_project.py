from pathlib import Path

import numpy as np

from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.project import find_files, name_modules

SOURCES = Path(__file__).parents[1] / "data" / "sources"


def write(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"x = {name!r}\n")


def names(root, **options):
    files = name_modules(find_files(root), options.get("root", root))
    return [file.module for file in files]


def test_modules_are_named_by_package_layout(tmp_path):
    write(
        tmp_path,
        *("src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/m.py"),
        *("tools/run.py", "setup.py", ".hidden/x.py", "__pycache__/y.py"),
    )
    assert names(tmp_path) == [
        *("setup", "pkg", "pkg.sub", "pkg.sub.m", "tools.run"),
    ]
    assert names(tmp_path / "src" / "pkg") == ["pkg", "pkg.sub", "pkg.sub.m"]


def test_equal_names_are_kept_apart(tmp_path):
    write(
        tmp_path,
        *("a/pkg/__init__.py", "a/pkg/m.py", "b/pkg/__init__.py", "b/pkg/m.py"),
    )
    found = names(tmp_path)
    assert len(set(found)) == 4
    assert found[:2] == ["pkg", "pkg.m"]


def test_workers_change_nothing(tmp_path):
    write(tmp_path, *(f"m{i:02}.py" for i in range(20)))
    (tmp_path / "bad.py").write_text("def (")
    files = [*find_files(tmp_path), *find_files(SOURCES)]
    alone = CodeKG.from_source(files, root=tmp_path)
    together = CodeKG.from_source(files, root=tmp_path, num_workers=2)
    assert alone.entities == together.entities
    assert alone.modules == together.modules
    assert alone.skipped == together.skipped
    for name in alone.triples.__slots__:
        assert np.array_equal(
            getattr(alone.triples, name), getattr(together.triples, name)
        )
