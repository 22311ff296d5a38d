import csv
import json
import re
import tracemalloc
from dataclasses import asdict, fields, replace
from urllib.parse import unquote

import networkx as nx
import pytest

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    Status,
    TripleSource,
)
from gmert_pyg.distill.extraction.formats import (
    FORMATS,
    check_format,
    export_triples,
    nodes_path,
    parquet,
    read_jsonl,
    to_hetero,
    to_networkx,
)
from gmert_pyg.kg.entities import unique_name
from gmert_pyg.kg.exports import unescape

NAMES = (
    "<b class=\"x\" id='y'>&amp;</b>",
    'quote " and "" and \'',
    "line\nbreak\r\nand\rreturn",
    "\ttab\t",
    " spaces ",
    "back\\slash \\n \\ud800 \\u005c \\",
    "é 日本 \U0001f600 \u2028 \ufffe \uffff",
    "lone \ud800 and \udcff",
    "control \x00\x01\x1b\x7f\x85",
    "comma, semicolon; | tab",
    "%20 urn:gmert:entity: # ?",
    "list[int]",
)
SOURCES = tuple(
    TripleSource(file=name, line=i + 1, start=i, end=i + 9, chunk=name)
    for i, name in enumerate(NAMES)
)


def triple(head, relation, tail, kinds=("function", "function"), **given):
    given = {
        "confidence": 0.123457,
        "similarity": 1.0,
        "decoding": "rank",
        "status": Status.NOVEL,
        "sources": SOURCES[:1],
        **given,
    }
    return ExtractedTriple(
        head=head,
        relation=relation,
        tail=tail,
        head_kind=kinds[0],
        tail_kind=kinds[1],
        **given,
    )


# As a working file gives them: sorted, all different.
TRIPLES = sorted(
    (
        *(triple(name, "calls", name[::-1]) for name in NAMES),
        *(
            triple("f", "calls", name, status=Status.KNOWN, confidence=1e-06)
            for name in NAMES
        ),
        triple("f", "decorated_by", "f", sources=SOURCES),
        triple("f", "imports", "int", ("module", "external")),
        triple("f", "returns", "int", ("function", "type")),
        triple("int", "contains", "g", ("module", "method")),
        triple("m", "calls", "g", decoding="beam, open"),
        triple("m", "imported_from", "f", ("class", "module")),
    ),
    key=lambda one: (one.head, one.relation, one.tail),
)


def given():
    return iter(TRIPLES)


def keys(one):
    """Return head, relation and tail, as nodes are called."""
    return (
        unique_name(one.head, one.head_kind),
        one.relation,
        unique_name(one.tail, one.tail_kind),
    )


def expected_nodes():
    """Return the name and the kinds of every node, the slow way."""
    names, kinds = {}, {}
    for one in TRIPLES:
        head, _, tail = keys(one)
        names |= {head: one.head, tail: one.tail}
        kinds.setdefault(head, set()).add(one.head_kind)
        kinds.setdefault(tail, set()).add(one.tail_kind)
    return {key: (names[key], sorted(kinds[key])) for key in names}


def rebuilt(nodes, head, tail, sources, **rest):
    """Return the triple of an edge, by the names of its nodes."""
    return ExtractedTriple(
        head=nodes[head][0],
        tail=nodes[tail][0],
        sources=tuple(TripleSource(**one) for one in sources),
        **{**rest, "status": Status(rest["status"])},
    )


def test_nodes_are_names_but_annotations_are_nodes_of_their_own():
    nodes = expected_nodes()
    assert nodes["int"] == ("int", ["external", "module"])
    assert nodes["type:int"] == ("int", ["type"])
    assert nodes["g"] == ("g", ["function", "method"])
    assert nodes["f"] == ("f", ["function", "module"])


def test_jsonl(tmp_path):
    path = tmp_path / "t.jsonl"
    export_triples(given, path)
    lines = path.read_text(encoding="ascii").splitlines()
    assert [json.loads(line) for line in lines] == [
        {**asdict(one), "sources": [asdict(s) for s in one.sources]}
        for one in TRIPLES
    ]
    first = json.loads(lines[0])
    assert list(first) == [field.name for field in fields(ExtractedTriple)]
    assert list(first["sources"][0]) == [f.name for f in fields(TripleSource)]


def test_jsonl_is_read_back_one_by_one(tmp_path):
    path = tmp_path / "t.jsonl"
    export_triples(given, path)
    assert list(read_jsonl(path)) == TRIPLES
    with path.open("a") as file:
        file.write('{"head": "cut sho')
    read = read_jsonl(path)
    assert [next(read) for _ in TRIPLES] == TRIPLES
    last = len(TRIPLES) + 1
    with pytest.raises(ValueError, match=rf"'path' .* line {last} of '.*\)"):
        next(read)


@pytest.mark.parametrize("line", ["null", "[]", "{}", '{"sources": [1]}', "\n"])
def test_a_line_that_is_no_triple_is_refused(tmp_path, line):
    path = tmp_path / "t.jsonl"
    path.write_text(line)
    with pytest.raises(ValueError, match=r"line 1 of '.*t\.jsonl'\)$"):
        list(read_jsonl(path))


def all_unescaped(value):
    if isinstance(value, dict):
        return {name: all_unescaped(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [all_unescaped(inner) for inner in value]
    return unescape(value) if isinstance(value, str) else value


def test_parquet(tmp_path, monkeypatch):
    read = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 7)
    path = tmp_path / "t.parquet"
    export_triples(given, path)
    rows = all_unescaped(read.read_table(path).to_pylist())
    assert rows == [
        {**asdict(one), "sources": [asdict(s) for s in one.sources]}
        for one in TRIPLES
    ]
    assert list(rows[0]) == [field.name for field in fields(ExtractedTriple)]
    assert read.ParquetFile(path).num_row_groups == -(-len(TRIPLES) // 7)


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"gmert-pyg\[parquet\]"):
        check_format(tmp_path / "t.parquet")


def csv_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ARRAYS = {"file": str, "line": int, "start": int, "end": int, "chunk": str}


def test_csv_has_the_headers_of_a_graph_database(tmp_path):
    path = tmp_path / "t.csv"
    export_triples(given, path)
    nodes = {
        unescape(row[":ID"]): (unescape(row["name"]), row[":LABEL"].split(";"))
        for row in csv_rows(tmp_path / "t.nodes.csv")
    }
    assert nodes == expected_nodes()
    assert len(csv_rows(tmp_path / "t.nodes.csv")) == len(nodes)
    found = []
    for row in csv_rows(path):
        columns = {
            name: [
                kind(unescape(value))
                for value in next(
                    v for k, v in row.items() if k.split(":")[0] == name
                ).split(";")
            ]
            for name, kind in ARRAYS.items()
        }
        found.append(
            rebuilt(
                nodes,
                unescape(row[":START_ID"]),
                unescape(row[":END_ID"]),
                [
                    dict(zip(columns, values, strict=True))
                    for values in zip(*columns.values(), strict=True)
                ],
                relation=unescape(row[":TYPE"]),
                confidence=float(row["confidence:double"]),
                similarity=float(row["similarity:double"]),
                **{
                    name: row[name]
                    for name in ("head_kind", "tail_kind", "decoding", "status")
                },
            )
        )
    assert found == TRIPLES


def test_csv_quotes_what_an_importer_would_trim_but_no_header(tmp_path):
    path = tmp_path / "t.csv"
    export_triples(lambda: [triple(" a", "calls", "b ")], path)
    lines = path.read_text().splitlines()
    assert lines[0].startswith(":START_ID,:TYPE,:END_ID,")
    assert "line:int[]" in lines[0]
    assert lines[1].startswith('" a","calls","b ","function"')
    nodes = nodes_path(path).read_text().splitlines()
    assert nodes == [
        ":ID,name,:LABEL",
        '" a"," a","function"',
        '"b ","b ","function"',
    ]


IRI = r"<([^\x00-\x20<>\"{}|^`\\]*)>"
BLANK = r"(_:[A-Za-z0-9]+)"
STRING = r"\"((?:[^\"\\\n\r]|\\[tbnrf\"'\\]|\\u[0-9A-Fa-f]{4})*)\""
STATEMENT = re.compile(
    rf"(?:{IRI}|{BLANK}) {IRI} (?:{IRI}|{BLANK}|{STRING}(?:\^\^{IRI})?) \."
)
ECHAR = dict(zip("tbnrf\"'\\", "\t\b\n\r\f\"'\\", strict=True))
NUMBERS = {"integer": int, "double": float}


def literal_value(written, datatype):
    text = re.sub(
        r"\\u([0-9A-Fa-f]{4})|\\(.)",
        lambda found: ECHAR.get(found[2]) or chr(int(found[1], 16)),
        written,
    )
    if datatype is None:
        return unescape(text)
    return NUMBERS[datatype.rpartition("#")[2]](text)


def ntriples(path):
    """Return what is said of every subject: by predicate, the objects."""
    said = {}
    lines = path.read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    assert len(set(lines)) == len(lines)
    for line in lines:
        found = STATEMENT.fullmatch(line)
        assert found is not None, line
        subject, blank, predicate, iri, node, text, datatype = found.groups()
        value = iri or node
        if text is not None:
            value = literal_value(text, datatype)
        elif iri and iri.startswith("urn:gmert:"):
            value = unquote(iri.split(":", 3)[3], errors="surrogatepass")
        if subject:
            subject = unquote(subject.split(":", 3)[3], errors="surrogatepass")
        predicate = re.split("[:#]", predicate)[-1]
        said.setdefault(subject or blank, {}).setdefault(predicate, []).append(
            value
        )
    return said


def test_ntriples(tmp_path):
    path = tmp_path / "t.nt"
    export_triples(given, path)
    said = ntriples(path)
    nodes = {
        key: (*about["label"], about["type"])
        for key, about in said.items()
        if not key.startswith("_:")
    }
    assert nodes == expected_nodes()
    found = []
    for number in range(len(TRIPLES)):
        about = dict(said[f"_:t{number}"])
        sources = [
            {name: value for name, [value] in said[node].items()}
            for node in about.pop("source")
        ]
        assert about.pop("type")[0].endswith("#Statement")
        one = {name: value for name, [value] in about.items()}
        head, tail = one.pop("subject"), one.pop("object")
        relation = one.pop("predicate")
        assert tail in said[head][relation]
        found.append(
            rebuilt(nodes, head, tail, sources, relation=relation, **one)
        )
    assert found == TRIPLES


def of_graph(graph, written=str, sources=lambda sources: sources):
    """Return the nodes and the triples of a graph of networkx."""
    nodes = {
        written(key): (written(data["name"]), data["kind"].split(";"))
        for key, data in graph.nodes(data=True)
    }
    triples = [
        rebuilt(
            nodes,
            written(head),
            written(tail),
            sources(data["sources"]),
            **{k: v for k, v in data.items() if k not in ("sources", "id")},
        )
        for head, tail, data in graph.edges(data=True)
    ]
    return nodes, sorted(triples, key=lambda x: (x.head, x.relation, x.tail))


def test_graphml_is_what_networkx_reads(tmp_path):
    path = tmp_path / "t.graphml"
    export_triples(given, path)
    graph = nx.read_graphml(path, force_multigraph=True)
    nodes, triples = of_graph(
        graph, unescape, lambda text: json.loads(unescape(text))
    )
    assert nodes == expected_nodes()
    assert triples == TRIPLES


def test_networkx():
    graph = to_networkx(given())
    for *_, relation, data in graph.edges(keys=True, data=True):
        data["relation"] = relation
    nodes, triples = of_graph(graph)
    assert nodes == expected_nodes()
    assert triples == TRIPLES


def test_hetero():
    data = to_hetero(given())
    assert data.validate()
    kinds = {kind for one in TRIPLES for kind in (one.head_kind, one.tail_kind)}
    assert set(data.node_types) == kinds
    found = []
    for head_kind, relation, tail_kind in data.edge_types:
        edges = data[head_kind, relation, tail_kind]
        heads, tails = data[head_kind].name, data[tail_kind].name
        assert len(set(heads)) == len(heads) == data[head_kind].num_nodes
        for i, (head, tail) in enumerate(edges.edge_index.t().tolist()):
            status = tuple(Status)[edges.status[i]]
            found.append(
                (
                    *(heads[head], relation, tails[tail]),
                    *(head_kind, tail_kind),
                    round(float(edges.confidence[i]), 6),
                    *(float(edges.similarity[i]), status),
                )
            )
    assert sorted(found) == [
        (
            *(one.head, one.relation, one.tail, one.head_kind, one.tail_kind),
            *(one.confidence, one.similarity, one.status),
        )
        for one in TRIPLES
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_no_triple_at_all(tmp_path, name):
    if name == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"t.{name}"
    export_triples(lambda: iter(()), path)
    if name in ("jsonl", "nt"):
        assert path.read_bytes() == b""
    elif name == "graphml":
        assert len(nx.read_graphml(path)) == 0
    elif name == "csv":
        assert csv_rows(path) == csv_rows(nodes_path(path)) == []
    else:
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        assert table.num_rows == 0
        assert table.column_names[0] == "head"


def test_no_triple_is_an_empty_graph():
    assert len(to_networkx([])) == 0
    assert to_hetero([]).node_types == []


@pytest.mark.parametrize("name", FORMATS)
def test_triples_that_fail_leave_what_was_there(tmp_path, name):
    if name == "parquet":
        pytest.importorskip("pyarrow")

    def failing():
        yield from TRIPLES
        raise RuntimeError("stopped")

    path = tmp_path / f"t.{name}"
    with pytest.raises(RuntimeError, match="stopped"):
        export_triples(failing, path)
    assert not list(tmp_path.iterdir())
    path.write_text("older")
    with pytest.raises(RuntimeError, match="stopped"):
        export_triples(failing, path)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["older"]


@pytest.mark.parametrize("name", FORMATS)
def test_an_output_that_cannot_be_written_leaves_nothing(tmp_path, name):
    if name == "parquet":
        pytest.importorskip("pyarrow")
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        export_triples(given, tmp_path / "file" / f"t.{name}")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("taken", ["t.csv", "t.nodes.csv"])
def test_a_directory_is_refused_before_anything_is_read(tmp_path, taken):
    (tmp_path / taken).mkdir()
    for refuse in (
        lambda path: check_format(path),
        lambda path: export_triples(lambda: 1 / 0, path),
    ):
        with pytest.raises(
            ValueError, match=rf"'path' must be a file \(got .*{taken}'\)$"
        ):
            refuse(tmp_path / "t.csv")
    assert [path.name for path in tmp_path.iterdir()] == [taken]


def test_formats_are_named_by_suffix_or_argument(tmp_path):
    assert check_format("a/T.NT") == "nt"
    assert check_format("t.txt", "csv") == "csv"
    with pytest.raises(ValueError, match=r"'path' must end in .*'\.graphml'"):
        check_format("t.xml")
    with pytest.raises(ValueError, match=r"'format' must be one of .*'xml'"):
        export_triples(given, tmp_path / "t.nt", "xml")
    export_triples(given, tmp_path / "t.any", "jsonl")
    assert list(read_jsonl(tmp_path / "t.any")) == TRIPLES


def peak(path, number):
    """Return the most memory that Python held while writing triples."""
    one = triple("m.f", "calls", "", sources=SOURCES[:1])
    tracemalloc.start()
    try:
        export_triples(
            lambda: (
                replace(one, head=f"m.f{i // 5}", tail=f"g{i}")
                for i in range(number)
            ),
            path,
        )
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", FORMATS)
def test_memory_does_not_grow_with_the_number_of_triples(
    tmp_path, monkeypatch, name
):
    if name == "parquet":
        pytest.importorskip("pyarrow")
        monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 100)
    path = tmp_path / f"t.{name}"
    peak(path, 10)  # what is kept once
    assert peak(path, 8_000) < 1.5 * peak(path, 1_000)
