import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    Status,
    TripleSource,
)
from gmert_pyg.distill.extraction.working_file import WorkingFile


def source(file="a.py", start=0, **fields):
    fields = {"line": 1, "end": start + 3, "chunk": "a.f", **fields}
    return TripleSource(file=file, start=start, **fields)


def triple(tail="g", *sources, **fields):
    fields = {
        "head": "a.f",
        "relation": "calls",
        "head_kind": "function",
        "tail_kind": "function",
        "confidence": 0.5,
        "similarity": 0.5,
        "decoding": "rank",
        "status": Status.NOVEL,
        **fields,
    }
    return ExtractedTriple(tail=tail, sources=sources or (source(),), **fields)


def found(file):
    return list(file.triples())


def test_triples_of_several_files_are_merged(tmp_path):
    first, second, third = (
        source("b.py", 9, chunk="b"),
        source("a.py", 7),
        source("a.py", 20),
    )
    best = triple(
        "g",
        third,
        confidence=0.9,
        similarity=0.1,
        tail_kind="method",
        status=Status.KNOWN,
        decoding="beam",
    )
    with WorkingFile(tmp_path / "w", "s") as file:
        file.add("b.py", [triple("g", first, similarity=0.7), triple("h")])
        file.add("a.py", iter([triple("g", second), best]))
        merged, other = found(file)
    assert merged == replace(
        best, similarity=0.7, sources=(second, third, first)
    )
    assert other == triple("h")


def test_a_mention_that_two_windows_hold_is_one_source(tmp_path):
    with WorkingFile(tmp_path / "w", "s") as file:
        file.add("a.py", [triple(), triple(confidence=0.6), triple()])
        assert found(file) == [triple(confidence=0.6)]


def test_triples_are_sorted_and_can_be_read_twice(tmp_path):
    names = ["é", "b", "a", "Z", "\uffff", "\U0001f600", "a b", ""]
    triples = [
        triple(tail, head=head, relation=relation)
        for tail in names
        for head in ("z", "a")
        for relation in ("returns", "calls")
    ]
    with WorkingFile(tmp_path / "w", "s") as file:
        file.add("a.py", triples)
        pairs = list(zip(file.triples(), file.triples(), strict=True))
    assert all(once == again for once, again in pairs)
    assert [once for once, _ in pairs] == sorted(
        triples, key=lambda one: (one.head, one.relation, one.tail)
    )


def test_all_characters_come_back(tmp_path):
    name = "\ud800 \x00 \n <&>'\" \\ \udcff 日"
    given = triple(
        name,
        source(name, chunk=name),
        head=name,
        relation=name,
        head_kind=name,
        decoding=name,
    )
    with WorkingFile(tmp_path / "w", name) as file:
        file.add(name, [given])
    with WorkingFile(tmp_path / "w", name) as file:
        assert file.done == {name}
        assert found(file) == [given]


def test_it_goes_on_where_it_was_closed(tmp_path):
    path = tmp_path / "deep" / "w"
    with WorkingFile(path, "s") as file:
        file.add("a.py", [triple("g")])
        file.add("empty.py", [])
        assert found(file) == [triple("g")]  # which makes the index, too
    with WorkingFile(path, "s") as file:
        assert file.done == {"a.py", "empty.py"}
        file.add("b.py", [triple("a")])
        assert found(file) == [triple("a"), triple("g")]


def test_other_settings_begin_anew(tmp_path):
    with WorkingFile(tmp_path / "w", "s") as file:
        file.add("a.py", [triple()])
    for _ in range(2):
        with WorkingFile(tmp_path / "w", "t") as file:
            assert file.done == set()
            assert found(file) == []


@pytest.mark.parametrize("content", [b"", b"no database" * 100])
def test_what_is_no_database_is_begun_anew(tmp_path, content):
    (tmp_path / "w").write_bytes(content)
    with WorkingFile(tmp_path / "w", "s") as file:
        assert file.done == set()
        file.add("a.py", [triple()])
        assert found(file) == [triple()]


def test_a_database_of_something_else_is_begun_anew(tmp_path):
    connection = sqlite3.connect(tmp_path / "w")
    connection.execute("CREATE TABLE found (x)")
    connection.close()
    with WorkingFile(tmp_path / "w", "s") as file:
        file.add("a.py", [triple()])
        assert found(file) == [triple()]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_file_that_fails_is_left_out(tmp_path, error):
    def broken():
        yield triple("never")
        raise error

    with WorkingFile(tmp_path / "w", "s") as file:
        file.add("a.py", [triple()])
        with pytest.raises(error):
            file.add("b.py", broken())
        assert file.done == {"a.py"}
        assert found(file) == [triple()]
        file.add("c.py", [triple("h")])
    with WorkingFile(tmp_path / "w", "s") as file:
        assert file.done == {"a.py", "c.py"}
        assert found(file) == [triple(), triple("h")]


KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from test_working_file import WorkingFile, triple
def killed():
    # More than SQLite keeps in memory, so that the file itself is changed.
    for number in range(3_000):
        yield triple(f"{number:02000}")
    os.kill(os.getpid(), 9)
with WorkingFile(sys.argv[2], "s") as file:
    file.add("a.py", [triple()])
    file.add("b.py", killed())
"""


# Most of its seconds go into the import of torch by the process.
def test_a_process_killed_in_the_middle_of_a_file_leaves_it_out(tmp_path):
    path = tmp_path / "w"
    here = __file__.rpartition("/")[0]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, here, str(path)], check=False
    )
    assert ended.returncode == -9
    assert (tmp_path / "w-journal").stat().st_size
    with WorkingFile(path, "s") as file:
        assert file.done == {"a.py"}
        assert found(file) == [triple()]


def test_two_at_once_are_refused_and_nothing_is_lost(tmp_path, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *a, **k: connect(*a, timeout=0, **k)
    )
    with WorkingFile(tmp_path / "w", "s") as file:
        file.add("a.py", [triple()])
        for settings in ("s", "t"):
            with pytest.raises(ValueError, match=r"one process.*got '.*w'"):
                WorkingFile(tmp_path / "w", settings)
        assert found(file) == [triple()]


def test_it_is_deleted_with_what_sqlite_keeps_beside_it(tmp_path):
    (tmp_path / "w.jsonl").touch()
    for suffix in ("-journal", "-wal", "-shm"):
        (tmp_path / f"w{suffix}").touch()
    with WorkingFile(tmp_path / "w", "s") as file:
        file.add("a.py", [triple()])
        file.delete()
    assert [path.name for path in tmp_path.iterdir()] == ["w.jsonl"]
