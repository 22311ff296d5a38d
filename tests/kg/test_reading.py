import ast

import numpy as np
import pytest

from gmert_pyg.kg import CodeKG
from gmert_pyg.schema import EXTENDED_SCHEMA, Relation, Schema


def write(root, **codes):
    for name, code in codes.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    return root


def stated(kg, relation):
    table = kg.to_pandas()
    chosen = table[table["relation"] == relation]
    return set(zip(chosen["head"], chosen["tail"], strict=True))


TOOLS = """'''Tools.'''
class Tool:
    def use(self): return self.use()
"""
APP = """from tools import Tool
import tools
def main(): tools.Tool().use()
class Saw(Tool): pass
"""


@pytest.fixture
def projects(tmp_path):
    first = write(tmp_path / "first", tools=TOOLS, app=APP)
    second = write(tmp_path / "second", tools=TOOLS, job=APP, tools__x="a = 1")
    (second / "tools.py").rename(second / "tools" / "__init__.py")
    return [first, second]


def test_projects_with_modules_of_one_name_do_not_mix(projects):
    kg = CodeKG.from_source(projects, schema=EXTENDED_SCHEMA)
    assert [module.name for module in kg.modules] == [
        *("app", "tools", "job", "tools~2", "tools.x"),
    ]
    assert stated(kg, "inherits") == {
        ("app.Saw", "tools.Tool"),
        ("job.Saw", "tools~2.Tool"),
    }
    calls = stated(kg, "calls")
    assert ("app.main", "tools.Tool.use") in calls
    assert ("job.main", "tools~2.Tool.use") in calls
    assert stated(kg, "documented_by") == {
        ("tools", "doc:tools"),
        ("tools~2", "doc:tools~2"),
    }
    path = str(projects[1] / "job.py")
    linked = {kg.entities[e].qualified_name for e in kg.mentions(path)[2]}
    assert {"tools~2", "tools~2.Tool"} <= linked
    assert not {"tools", "tools.Tool"} & linked
    kinds = {definition.qualified_name for definition in kg.definitions(3)}
    assert kinds == {"tools~2.Tool", "tools~2.Tool.use"}


def test_each_project_states_what_it_states_alone(projects):
    together = CodeKG.from_source(projects).to_pandas()
    alone = CodeKG.from_source(projects[0]).to_pandas()
    of_first = together[together["file"].str.startswith(str(projects[0]))]
    assert of_first.values.tolist() == alone.values.tolist()


def test_files_and_directories_mix_and_count_once(projects):
    first, second = projects
    kg = CodeKG.from_source([first / "app.py", second, first])
    assert [module.name for module in kg.modules] == [
        *("app", "job", "tools", "tools.x", "tools~2"),
    ]


def uses(tree, view):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            tail = view.path_of(node.func)
            if tail is not None:
                yield view.owner(node), "uses", tail, view.span(node.func)


KINDS = ["module", "class", "function", "method", "variable", "external"]
USES = Schema(
    "uses",
    1,
    (
        Relation.of("inherits", ["class"], ["class"]),
        Relation.of("uses", KINDS, KINDS),
    ),
)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_an_extractor_fills_a_relation_of_its_own(tmp_path, num_workers):
    write(tmp_path, tools=TOOLS, app=APP, **{f"m{i:02}": "" for i in range(20)})
    # A nested function cannot be pickled: forked workers inherit it.
    kg = CodeKG.from_source(
        tmp_path,
        schema=USES,
        extractors=[lambda tree, view: uses(tree, view)],
        num_workers=num_workers,
    )
    assert stated(kg, "uses") == {
        ("app.main", "tools.Tool"),
        ("app.main", "tools.Tool.use"),
    }
    assert stated(kg, "inherits") == {("app.Saw", "tools.Tool")}
    (triple,) = np.flatnonzero(
        kg.triples.tail == kg.entity_id("tools.Tool.use")
    )
    start, end = kg.triples.start[triple], kg.triples.end[triple]
    assert APP[start:end] == "use"
    assert kg.to_pandas()["resolution"][triple] == "extractor"
    kg.validate()


def test_an_extractor_may_state_known_relations(tmp_path):
    write(tmp_path, a="class A: pass\nclass B: pass\n")

    def claims(tree, view):
        first, second = tree.body
        yield view.path_of(first), "inherits", view.path_of(second), (0, 5)

    kg = CodeKG.from_source(tmp_path, extractors=[claims])
    assert stated(kg, "inherits") == {("a.A", "a.B")}


@pytest.mark.parametrize(
    "fact",
    [
        ("a", "uses", "b"),
        ("a", "uses", "", (0, 1)),
        ("a", 3, "b", (0, 1)),
        ("a", "uses", "b", (0, 10_000)),
        ("a", "uses", "b", None),
        ("a", "abuses", "b", (0, 1)),
    ],
)
def test_what_is_no_fact_is_refused(tmp_path, fact):
    write(tmp_path, a="a = 1\n")
    with pytest.raises(ValueError, match="'extractors' must yield"):
        CodeKG.from_source(
            tmp_path, schema=USES, extractors=[lambda tree, view: [fact]]
        )


def test_view_of_a_file(tmp_path):
    write(tmp_path, a="import x.y\nclass A:\n  def f(self, é, b): x.y(b)\n1\n")
    seen = {}

    def look(tree, view):
        for node in ast.walk(tree):
            if isinstance(node, (ast.expr, ast.arg, ast.FunctionDef)):
                start, end = view.span(node)
                text = view.text[start:end]
                seen[text] = view.path_of(node), view.owner(node)
        return []

    CodeKG.from_source(tmp_path, extractors=[look])
    assert seen == {
        "f": ("a.A.f", "a.A.f"),
        "self": ("a.A.f.self", "a.A.f"),
        "é": ("a.A.f.é", "a.A.f"),
        "b": ("a.A.f.b", "a.A.f"),
        "x": ("x", "a.A.f"),
        "y": ("x.y", "a.A.f"),
        "x.y(b)": ("x", "a.A.f"),
        "1": (None, "a"),
    }
