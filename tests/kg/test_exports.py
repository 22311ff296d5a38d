import csv
import json
import re
from urllib.parse import unquote

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.nn import HeteroConv, RGCNConv, SAGEConv

from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.exports import export_format, tables, unescape, write_ntriples
from gmert_pyg.kg.exports.rdf import iri, literal
from gmert_pyg.kg.exports.text import NOT_IN_UNICODE, NOT_IN_XML, escape
from gmert_pyg.parsing import parse_module
from gmert_pyg.schema import EXTENDED_SCHEMA, EntityKind

CODE = '''"""A <b>"bold" & 'odd'</b> \\ud800 \\x00 \\x1b é 日 \\\\u0041."""
import os
class Ünit:
    """Tab\\there."""
    a: "Literal['\\udc00', '\\n', '<&>', \\"'\\"]" = 1
    b: "Literal['\\\\udc00']" = 1
    def f(self, y: int) -> "Ünit": return self.g(y)
    def g(self, y): return os.path.join(y)
class B(Ünit):
    def f(self, y): raise KeyError(y)
'''


@pytest.fixture(scope="module")
def kg():
    modules = [
        parse_module(CODE, "dir/é <&>\udcff.py", "a"),
        parse_module("import a\nx = a.B()\n", "b.py", "b"),
    ]
    return CodeKG.from_modules(modules, EXTENDED_SCHEMA)


@pytest.fixture(scope="module")
def rows(kg):
    """The triples with all that a file says of them, the slow way."""
    found = []
    for row, (i, line) in zip(
        kg.to_pandas().to_dict("records"),
        enumerate(kg.triples.line.tolist()),
        strict=True,
    ):
        row["line"] = line
        row["confidence"] = round(row["confidence"], 4)
        row["start"] = int(kg.triples.start[i])
        row["end"] = int(kg.triples.end[i])
        row["tail_text"] = kg.tail_text(int(kg.triples.tail[i]))
        found.append(row)
    return found


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 7)


def test_the_code_has_what_is_hard_to_write(kg):
    text = "".join(entity.name for entity in kg.entities)
    for character in ("\ud800", "\udc00", "\x00", "\x1b", "<", '"', "日"):
        assert character in text
    assert "\\u0041" in text
    assert "\udcff" in kg.modules[0].path


def test_pandas_holds_surrogates(kg):
    table = kg.to_pandas()
    assert any("\udc00" in name for name in table["tail"])
    assert any("\udcff" in path for path in table["file"])


def test_jsonl(kg, rows, tmp_path):
    path = tmp_path / "kg.jsonl"
    kg.export(path)
    lines = path.read_text(encoding="ascii").splitlines()
    assert [json.loads(line) for line in lines] == rows


def test_csv(kg, rows, tmp_path):
    path = tmp_path / "kg.csv"
    kg.export(path)
    with path.open(encoding="utf-8", newline="") as file:
        found = [
            {name: unescape(value) for name, value in row.items()}
            for row in csv.DictReader(file)
        ]
    assert found == [{k: str(v) for k, v in row.items()} for row in rows]


def test_parquet(kg, rows, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "kg.parquet"
    kg.export(path)
    found = pd.read_parquet(path).to_dict("records")
    assert len(found) == len(rows)
    for row, expected in zip(found, rows, strict=True):
        assert {
            name: unescape(value) if isinstance(value, str) else value
            for name, value in row.items()
        } == expected
    assert parquet.ParquetFile(path).num_row_groups == -(-len(rows) // 7)


def test_parquet_without_pyarrow_names_the_extra(kg, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"gmert-pyg\[parquet\]"):
        kg.export(tmp_path / "kg.parquet")
    assert not list(tmp_path.iterdir())


def test_graphml_is_what_networkx_reads(kg, tmp_path):
    path = tmp_path / "kg.graphml"
    kg.export(path)
    found = nx.read_graphml(path, force_multigraph=True)
    names = {node: unescape(node) for node in found}
    expected = kg.to_networkx()
    assert set(names.values()) == set(expected)
    for node, data in found.nodes(data=True):
        was = expected.nodes[names[node]]
        assert unescape(data["name"]) == was["name"]
        assert data["kind"] == was["kind"]
        number = kg.entity_id(names[node])
        assert data.get("line", 0) == kg.entities[number].line
    edges = {
        (names[head], data["relation"], names[tail]): (
            unescape(data["file"]),
            data["line"],
            data["resolution"],
            data["confidence"],
        )
        for head, tail, data in found.edges(data=True)
    }
    assert edges == {
        (head, relation, tail): (
            data["file"],
            data["line"],
            data["resolution"],
            round(data["confidence"], 4),
        )
        for head, tail, relation, data in expected.edges(keys=True, data=True)
    }


# The grammar of N-Triples, W3C Recommendation of 25 February 2014, section 7.
UCHAR = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
IRIREF = rf"<((?:[^\x00-\x20<>\"{{}}|^`\\]|{UCHAR})*)>"
STRING = rf"\"((?:[^\x22\x5C\x0A\x0D]|\\[tbnrf\"'\\]|{UCHAR})*)\""
BLANK = r"(_:[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?)"
LITERAL = rf"{STRING}(?:\^\^{IRIREF})?"
STATEMENT = re.compile(
    rf"(?:{IRIREF}|{BLANK}) {IRIREF} (?:{IRIREF}|{BLANK}|{LITERAL}) \."
)
ESCAPE = re.compile(rf"{UCHAR}|\\[tbnrf\"'\\]")
ECHAR = dict(zip("tbnrf\"'\\", "\t\b\n\r\f\"'\\", strict=True))


def literal_text(written):
    return ESCAPE.sub(
        lambda match: (
            chr(int(match[0][2:], 16))
            if match[0][1] in "uU"
            else ECHAR[match[0][1]]
        ),
        written,
    )


def parsed(path):
    """Return subject, predicate, object (text for literals) of all lines."""
    found = []
    for line in path.read_bytes().decode("utf-8").split("\n")[:-1]:
        match = STATEMENT.fullmatch(line)
        assert match is not None, line
        subject, blank, predicate, *rest = match.groups()
        target, blank_target, text, _ = rest
        if text is not None:
            target = literal_text(text)
        found.append(
            (subject or blank, predicate, target or blank_target or "")
        )
    return found


def name_in(iri_text):
    return unquote(iri_text.split(":", 3)[3], errors="surrogatepass")


@pytest.mark.parametrize("provenance", [False, True])
def test_ntriples_follow_the_grammar_and_come_back(kg, tmp_path, provenance):
    path = tmp_path / "kg.nt"
    if provenance:
        write_ntriples(kg, path, provenance=True)
    else:
        kg.export(path)
    found = parsed(path)
    assert len(set(found)) == len(found)
    graph = kg.to_networkx()
    stated = {
        (name_in(s), name_in(p), name_in(o))
        for s, p, o in found
        if p.startswith("urn:gmert:relation:")
    }
    assert stated == {(s, p, o) for s, o, p in graph.edges(keys=True)}
    labels = {
        name_in(s): unescape(o)
        for s, p, o in found
        if p.endswith("rdf-schema#label")
    }
    assert labels == {n: data["name"] for n, data in graph.nodes(data=True)}
    kinds = {
        name_in(s): name_in(o)
        for s, p, o in found
        if p.endswith("#type") and s.startswith("urn")
    }
    assert kinds == {n: data["kind"] for n, data in graph.nodes(data=True)}
    lines = [o for s, p, o in found if s == "_:t0" and p == "urn:gmert:line"]
    assert lines == ([str(kg.triples.line[0])] if provenance else [])


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_escaped_so_that_it_comes_back(text):
    for forbidden in (NOT_IN_XML, NOT_IN_UNICODE):
        written = escape(text, forbidden)
        assert unescape(written) == text
        assert not forbidden.search(written)
    match = re.fullmatch(STRING, literal(text))
    assert unescape(literal_text(match[1])) == text
    match = re.fullmatch(IRIREF, iri("entity", text))
    assert name_in(match[1]) == text


@pytest.mark.parametrize(
    "name", ["kg.jsonl", "kg.csv", "kg.graphml", "kg.nt", "kg.safetensors"]
)
def test_an_export_is_whole_or_absent(kg, tmp_path, monkeypatch, name):
    def fail(*_, **__):
        raise OSError("no space left")

    for place in ("tables.json.dumps", "tables.csv.writer", "graphml.escape"):
        monkeypatch.setattr(f"gmert_pyg.kg.exports.{place}", fail)
    monkeypatch.setattr("gmert_pyg.kg.exports.ntriples.literal", fail)
    monkeypatch.setattr("gmert_pyg.kg.storage.save_file", fail)
    with pytest.raises(OSError, match="no space"):
        kg.export(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_formats_are_named_by_suffix_or_argument(kg, tmp_path):
    assert export_format("a/KG.NT") == "nt"
    assert export_format("kg.txt", "csv") == "csv"
    with pytest.raises(ValueError, match=r"'path' must end in .*\.parquet"):
        kg.export(tmp_path / "kg.xml")
    with pytest.raises(ValueError, match=r"'format' must be one of .*'xml'"):
        kg.export(tmp_path / "kg.nt", "xml")
    kg.export(tmp_path / "kg.any", "safetensors")
    assert len(CodeKG.load(tmp_path / "kg.any")) == len(kg)


def test_a_homogeneous_graph_runs_in_a_relational_layer(kg):
    data = kg.to_pyg(hetero=False)
    assert data.validate()
    assert torch.equal(data.edge_index[1], torch.tensor(kg.triples.tail).long())
    assert data.entity.tolist() == list(range(len(kg.entities)))
    kinds = [str(kind) for kind in EntityKind]
    assert [kinds[i] for i in data.node_type] == [e.kind for e in kg.entities]
    layer = RGCNConv(4, 3, kg.schema.num_relations)
    out = layer(torch.ones(data.num_nodes, 4), data.edge_index, data.edge_type)
    assert out.shape == (len(kg.entities), 3)


def test_a_heterogeneous_graph_states_the_same_triples(kg):
    data = kg.to_pyg()
    assert data.validate()
    kinds = {str(entity.kind) for entity in kg.entities}
    assert set(data.node_types) == kinds
    for kind in kinds:
        assert {kg.entities[e].kind for e in data[kind].entity} == {kind}
    rows = []
    for head, relation, tail in data.edge_types:
        edges = data[head, relation, tail]
        source, target = edges.edge_index
        heads, tails = data[head].entity[source], data[tail].entity[target]
        number = kg.schema.relation_id(relation)
        for row in zip(edges.triple, heads, tails, strict=True):
            rows.append((*(int(x) for x in row), number))
    triples = kg.triples
    assert sorted(rows) == [
        (i, *(int(x) for x in row))
        for i, row in enumerate(
            zip(triples.head, triples.tail, triples.relation, strict=True)
        )
    ]
    layer = HeteroConv({t: SAGEConv((4, 4), 3) for t in data.edge_types})
    x = {kind: torch.ones(data[kind].num_nodes, 4) for kind in kinds}
    out = layer(x, data.edge_index_dict)
    assert set(out) == {tail for _, _, tail in data.edge_types}


@pytest.mark.parametrize("hetero", [False, True])
def test_an_empty_graph_has_no_edges(hetero):
    data = CodeKG.from_modules([]).to_pyg(hetero=hetero)
    assert data.num_nodes in (0, None)
    assert data.num_edges == 0


def test_an_empty_graph_is_exported(tmp_path):
    kg = CodeKG.from_modules([])
    for name in ("jsonl", "csv", "graphml", "nt"):
        kg.export(tmp_path / f"kg.{name}")
    assert len(nx.read_graphml(tmp_path / "kg.graphml")) == 0
    assert np.array_equal(kg.triples.head, [])
