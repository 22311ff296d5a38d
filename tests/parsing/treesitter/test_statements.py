import re
from pathlib import Path

import pytest

from gmert_pyg.parsing import language_of, read_source
from gmert_pyg.parsing.treesitter import parse_with_grammar

for grammar in ("c", "go", "java", "javascript", "python", "typescript"):
    pytest.importorskip(f"tree_sitter_{grammar}")

DATA = Path(__file__).parents[2] / "data" / "languages"
FILES = sorted(path for path in DATA.glob("**/*.*") if path.suffix != ".mod")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|#[^\n]*", re.DOTALL)


def rows(language, code):
    facts = parse_with_grammar(code, "m", "m", language=language)
    table = facts.statements
    return [
        (depth, code[start:end])
        for start, end, depth in zip(
            table.start, table.end, table.depth, strict=True
        )
    ]


def test_a_method_holds_header_and_body():
    code = (
        "class A {\n  @B int f(int x) {\n    g();  // é\n    return x;\n  }\n}"
    )
    method = code[code.index("@B") : code.rindex("}") - 1]
    assert rows("java", code) == [
        (0, code),
        (1, "class A {"),
        (1, method),
        (2, "@B int f(int x) {"),
        (2, "g();"),
        (2, "return x;"),
    ]


def test_clauses_have_headers_and_bodies_of_their_own():
    code = "if (a) { b(); } else if (c) { d(); } else { e(); }"
    assert rows("javascript", code) == [
        (0, code),
        (1, "if (a) { b(); }"),
        (2, "if (a) {"),
        (2, "b();"),
        (1, "else if (c) { d(); }"),
        (2, "else if (c) {"),
        (2, "d();"),
        (1, "else { e(); }"),
        (2, "else {"),
        (2, "e();"),
    ]


def test_what_follows_a_body_is_a_row():
    code = "void f(void) { do { g(); } while (x); }"
    assert rows("c", code) == [
        (0, code),
        (1, "void f(void) {"),
        (1, "do { g(); } while (x);"),
        (2, "do {"),
        (2, "g();"),
        (2, "while (x);"),
    ]


def test_a_callback_is_cut_into_its_statements():
    code = "on('x', () => { a(); b(); }, 1);"
    assert rows("javascript", code)[1:] == [
        (1, "on('x', () => {"),
        (1, "a();"),
        (1, "b();"),
        (1, "1);"),
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_rows_nest_and_leave_only_punctuation_between_them(path):
    text = read_source(path)
    language = "tsx" if path.suffix == ".tsx" else language_of(path)
    facts = parse_with_grammar(text, str(path), "m", language=language)
    table = facts.statements
    assert len(table)
    covered = {}
    around = [(0, len(text))]
    for start, end, depth in zip(
        table.start, table.end, table.depth, strict=True
    ):
        del around[depth + 1 :]
        assert around[depth][0] <= start < end <= around[depth][1]
        before = covered.get(tuple(around), around[depth][0])
        assert start >= before
        if not facts.recovered:
            between = COMMENT.sub("", text[before:start])
            assert not re.search(r"\w", between)
        covered[tuple(around)] = end
        around.append((start, end))
