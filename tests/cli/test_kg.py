import json

import pytest

from gmert_pyg.cli import main
from gmert_pyg.kg import CodeKG
from gmert_pyg.schema import EXTENDED_SCHEMA, Relation, Schema


@pytest.fixture
def code(tmp_path):
    path = tmp_path / "code"
    path.mkdir()
    (path / "a.py").write_text(
        '"""Shapes."""\nclass A:\n    def f(self): raise KeyError\n'
        "class B(A):\n    def f(self): pass\n"
    )
    (path / "bad.py").write_text("def (")
    return path


@pytest.mark.parametrize(
    "suffix", ["jsonl", "csv", "graphml", "nt", "safetensors", "parquet"]
)
def test_kg_writes_every_format(code, tmp_path, capsys, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    output = tmp_path / "out" / f"kg.{suffix}"
    command = ["kg", str(code), "-o", str(output), "--schema", "extended"]
    assert main(command) == 0
    assert output.stat().st_size > 0
    shown = capsys.readouterr().out
    for text in ("1 files", "overrides 1", "raises 1", "bad.py: ", str(output)):
        assert text in shown


def test_kg_reads_several_projects_and_own_schemas(code, tmp_path, capsys):
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.py").write_text("class C: pass\n")
    schema = Schema("own", 3, (Relation.of("contains", ["module"], ["class"]),))
    schema.to_json(tmp_path / "own.json")
    output = tmp_path / "kg.safetensors"
    command = [
        *("kg", str(code), str(other), "-o", str(output)),
        *("--schema", str(tmp_path / "own.json"), "--workers", "0"),
    ]
    assert main(command) == 0
    kg = CodeKG.load(output)
    assert kg.schema == schema
    assert kg.relation_counts() == {"contains": 3}
    # Methods are contained in classes, which this schema does not admit.
    assert "Dropped, outside domain or range: contains 2" in (
        capsys.readouterr().out
    )


def test_kg_reads_the_languages_that_it_is_told(code, tmp_path, capsys):
    pytest.importorskip("tree_sitter_java")
    pytest.importorskip("tree_sitter_go")
    (code / "Store.java").write_text("class Store {}\n")
    (code / "m.go").write_text("package m\nfunc F() {}\n")
    output = tmp_path / "kg.safetensors"
    command = ["kg", str(code), "-o", str(output), "--languages"]
    assert main([*command, "java,go"]) == 0
    files = {module.path for module in CodeKG.load(output).modules}
    assert files == {str(code / "Store.java"), str(code / "m.go")}
    assert main([*command, "java,cobol"]) == 2
    assert "cobol" in capsys.readouterr().err


def test_triples_of_the_command_are_those_of_the_library(code, tmp_path):
    output = tmp_path / "kg.jsonl"
    assert main(["kg", str(code), "-o", str(output)]) == 0
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    table = CodeKG.from_source(code).to_pandas()
    assert [line["head"] for line in lines] == table["head"].tolist()
    assert [line["relation"] for line in lines] == table["relation"].tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"source": "no/such/place"},
        {"output": "kg.xml"},
        {"schema": "none"},
        {"schema": "none.json"},
        {"source": "bad.py"},
    ],
)
def test_bad_input_is_one_line_and_status_2(code, tmp_path, capsys, change):
    given = {"source": str(code), "output": "kg.nt", "schema": "code"} | change
    if change.get("source") == "bad.py":
        given["source"] = str(code / "bad.py")
    output = tmp_path / given["output"]
    command = ["kg", given["source"], "-o", str(output), "--schema"]
    assert main([*command, given["schema"]]) == 2
    (error,) = [
        line
        for line in capsys.readouterr().err.splitlines()
        if line.startswith("gmert: error: ")
    ]
    assert next(iter(change.values())) in error
    assert not output.exists()


def test_info_lists_all_schemas(capsys):
    assert main(["info"]) == 0
    shown = capsys.readouterr().out
    assert "Schema 'code', version 1" in shown
    assert "Schema 'extended', version 1" in shown
    assert f"{EXTENDED_SCHEMA.relation_id('awaits'):3} awaits" in shown


def test_show_draws_relations_of_another_schema(code, capsys):
    command = ["show", f"{code / 'a.py'}::A.f", "--schema"]
    assert main([*command, "extended"]) == 0
    assert "raises -> KeyError" in capsys.readouterr().out
    assert main([*command, "code"]) == 0
    assert "raises" not in capsys.readouterr().out.replace("raise KeyError", "")
