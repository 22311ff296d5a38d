import json

import networkx as nx
import pytest

from gmert_pyg.distill.completed_triples import (
    CompletedTriple,
    Status,
    write_graphml,
    write_jsonl,
)

TRIPLES = [
    CompletedTriple(
        head='m.<f>&"x"',
        relation="calls",
        tail="naïve\n日",
        hidden_tail="g",
        confidence=0.5,
        status=Status.KNOWN,
        local=True,
        file="a b.py",
        line=3,
    ),
    CompletedTriple(
        head="m.g",
        relation="returns",
        tail="\x00\x1b",
        hidden_tail="int",
        confidence=0.25,
        status=Status.UNCONFIRMED,
        local=False,
        file="c.py",
        line=1,
    ),
]


def test_jsonl_comes_back(tmp_path):
    write_jsonl(TRIPLES, tmp_path / "kg.jsonl")
    text = (tmp_path / "kg.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    assert [CompletedTriple(**row) for row in rows] == TRIPLES


def test_graphml_comes_back(tmp_path):
    write_graphml(TRIPLES, tmp_path / "kg.graphml")
    graph = nx.read_graphml(tmp_path / "kg.graphml")
    edges = {head: (tail, data) for head, tail, data in graph.edges(data=True)}
    tail, data = edges['m.<f>&"x"']
    assert tail == "naïve\n日"
    assert (data["relation"], data["file"], data["line"]) == (
        "calls", "a b.py", 3,
    )  # fmt: skip
    assert data["confidence"] == 0.5
    # XML has no NUL and no escape character.
    assert edges["m.g"][0] == "\ufffd\ufffd"


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_jsonl(TRIPLES, tmp_path / "file" / "kg.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
