import pytest

from gmert_pyg.parsing import (
    SourceError,
    language_of,
    read_source,
    suffixes_of,
)


def test_files_are_told_apart_by_their_endings():
    names = ("a.py", "a.java", "a.d.ts", "a.tsx", "a.mjs", "a.go", "a.h", "a")
    assert [language_of(name) for name in names] == [
        *("python", "java", "typescript", "typescript", "javascript"),
        *("go", "c", "python"),
    ]


def test_endings_of_languages():
    assert suffixes_of("python") == (".py",)
    assert suffixes_of(("go", "c")) == (".go", ".c", ".h")
    assert set(suffixes_of("python")) < set(suffixes_of("all"))


@pytest.mark.parametrize("languages", ["cobol", ["c", "cobol"], []])
def test_unknown_languages_are_refused(languages):
    with pytest.raises(ValueError, match="'languages' must be 'all' or some"):
        suffixes_of(languages)


def test_other_languages_are_read_as_utf8(tmp_path):
    path = tmp_path / "A.java"
    path.write_bytes(b"\xef\xbb\xbf// coding: latin-1\r\nclass \xc3\x89 {}\r")
    assert read_source(path) == "// coding: latin-1\nclass É {}\n"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"'\xff'", "utf-8 at byte 1"), (b"\0", "null")]
)
def test_bad_files_of_other_languages_are_refused(tmp_path, content, reason):
    path = tmp_path / "bad.js"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=reason) as caught:
        read_source(path)
    assert caught.value.path == str(path)
