import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.jedi_resolver import ask_jedi
from gmert_pyg.kg.reading import read_projects

SHAPES = """class Circle:
    def area(self): return 1.0
    def pieces(self) -> list["Circle"]: return []
class Square:
    def area(self): return 2.0
"""
APP = """from shapes import Circle
import native
def total(circles: list[Circle], other):
    for circle in circles:
        circle.area()
    circles[0].pieces()[0].area()
    other.area()
    native.run().area()
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "shapes.py").write_text(SHAPES)
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def calls(kg):
    table = kg.to_pandas()
    table = table[(table["relation"] == "calls")]
    return dict(zip(table["tail"], table["resolution"], strict=True))


def test_elements_of_annotated_containers_are_resolved(project):
    pytest.importorskip("jedi")
    without = calls(CodeKG.from_source(project))
    assert without.pop("shapes.Circle.pieces") == "unique-name"
    assert without == {"?.area": "name", "native.run": "import"}
    kg = CodeKG.from_source(project, resolver="jedi")
    assert calls(kg) == {
        "shapes.Circle.area": "jedi",
        "shapes.Circle.pieces": "jedi",
        "?.area": "name",
        "native.run": "import",
    }
    start, _, entity = kg.mentions(str(project / "app.py"))
    named = {
        s: kg.entities[e].qualified_name
        for s, e in zip(start.tolist(), entity, strict=True)
    }
    assert named[APP.index("area")] == "shapes.Circle.area"
    assert named[APP.index("area", APP.index("other.area"))] == "?.area"
    kg.validate()


def test_questions_are_limited(project):
    pytest.importorskip("jedi")
    modules, _ = read_projects(project)
    kg = CodeKG.from_modules(ask_jedi(modules, max_questions=1))
    assert calls(kg)["shapes.Circle.pieces"] == "unique-name"
    assert calls(kg)["shapes.Circle.area"] == "jedi"


def test_no_code_of_the_project_runs(project, tmp_path_factory, monkeypatch):
    pytest.importorskip("jedi")
    source = tmp_path_factory.mktemp("c") / "native.c"
    ran = project / "ran"
    source.write_text(
        "#include <stdio.h>\nvoid *PyInit_native(void) {"
        f' fclose(fopen("{ran}", "w")); return 0; }}\n'
    )
    library = project / f"native{EXTENSION_SUFFIXES[0]}"
    try:
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-o", library, source], check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs a C compiler")
    (project / "shapes.py").write_text(SHAPES + f"open({str(ran)!r}, 'w')\n")
    # Even where the project is what this interpreter imports from.
    monkeypatch.syspath_prepend(project)
    CodeKG.from_source(project, resolver="jedi")
    assert not ran.exists()
    subprocess.run([sys.executable, "-c", "import native"], cwd=project)
    assert ran.exists()  # the trap works


def test_a_missing_or_unknown_resolver_is_named(project, monkeypatch):
    with pytest.raises(ValueError, match=r"'resolver' must be 'jedi'.*'mypy'"):
        CodeKG.from_source(project, resolver="mypy")
    monkeypatch.setitem(sys.modules, "jedi", None)
    with pytest.raises(ValueError, match=r"gmert-pyg\[jedi\]"):
        CodeKG.from_source(project, resolver="jedi")
