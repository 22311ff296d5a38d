import ast

import pytest

from gmert_pyg.parsing import LineIndex, SourceError, read_source


def test_read_source_honours_declared_encodings(tmp_path):
    path = tmp_path / "latin.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nå = 'é'\n".encode("latin-1"))
    assert read_source(path).endswith("å = 'é'\n")


def test_read_source_drops_byte_order_mark_and_carriage_returns(tmp_path):
    path = tmp_path / "bom.py"
    path.write_bytes(b"\xef\xbb\xbfx = 1\r\ny = 2\r")
    assert read_source(path) == "x = 1\ny = 2\n"


def test_read_source_of_empty_file(tmp_path):
    path = tmp_path / "empty.py"
    path.write_bytes(b"")
    assert read_source(path) == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x = 1\0", "null bytes"),
        (b"x = '\xff'", "invalid or missing encoding"),
        (b"\n\n\n'\xff'", "utf-8 at byte 4"),
        (b"# coding: klingon\n", "unknown encoding"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "encoding problem"),
        (b"# coding: rot13\nk = 1\n", "decode"),
    ],
)
def test_read_source_refuses(tmp_path, content, reason):
    path = tmp_path / "bad.py"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=reason) as caught:
        read_source(path)
    assert caught.value.path == str(path)
    assert "\n" not in str(caught.value)


def test_read_source_of_missing_file(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        read_source(tmp_path / "none.py")


def test_line_index_splits_like_the_parser():
    text = "a = 1\r\nb = '\x0c\u2028'; c = 2\rdé = 'é'; f = 3\n"
    index = LineIndex(text)
    assert [index.line(text.index(name)) for name in "abcf"] == [1, 2, 2, 3]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            start = index.offset(node.lineno, node.col_offset)
            assert text[start : start + len(node.id)] == node.id
