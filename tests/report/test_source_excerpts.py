import pytest

from gmert_pyg.distill.extraction.extracted_triples import TripleSource
from gmert_pyg.report.source_excerpts import read_excerpt


def excerpt(file, line):
    return read_excerpt(
        TripleSource(file=str(file), line=line, start=0, end=1, chunk="a")
    )


@pytest.mark.parametrize(
    ("line", "numbers"), [(1, [1, 2, 3]), (4, [2, 3, 4, 5, 6]), (8, [6, 7, 8])]
)
def test_lines_around_a_mention_are_numbered(tmp_path, line, numbers):
    path = tmp_path / "a.py"
    path.write_text("\n".join(f"x{number} = '変\f'" for number in range(1, 9)))
    assert excerpt(path, line).split("\n") == [
        f"{number:>5}  x{number} = '変\f'" for number in numbers
    ]


def test_what_cannot_be_read_has_no_excerpt(tmp_path):
    (tmp_path / "short.py").write_text("x")
    (tmp_path / "bytes.py").write_bytes(b"\xff")
    for name, line in (
        *(("gone.py", 1), ("short.py", 2), ("short.py", 0)),
        *(("bytes.py", 1), ("a\0b.py", 1), ("", 1)),
    ):
        assert excerpt(tmp_path / name, line) == "", name
