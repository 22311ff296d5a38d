import ast
import re
import sysconfig
from pathlib import Path

import pytest

from gmert_pyg.parsing import StatementTable, parse_module, read_source
from gmert_pyg.parsing.python.spans import Spans

STDLIB = Path(sysconfig.get_path("stdlib"))
FILES = [
    STDLIB / name
    for name in ("argparse.py", "dataclasses.py", "inspect.py", "typing.py")
] + sorted((STDLIB / "asyncio").glob("*.py"))
NOTHING = re.compile(r"(?:[\s;\\]|#[^\r\n]*)*")


def table(code: str) -> StatementTable:
    return parse_module(code, "m.py", "m").statements


def rows(code: str) -> list[tuple[int, str]]:
    """Return the depth and the text of every row."""
    found = table(code)
    return [
        (depth, code[start:end])
        for start, end, depth in zip(
            found.start, found.end, found.depth, strict=True
        )
    ]


def test_simple_statements():
    assert rows("import a  # one\n\n# two\nx = (1,\n 2); y = 3\n") == [
        (0, "import a"),
        (0, "x = (1,\n 2)"),
        (0, "y = 3"),
    ]


def test_a_definition_holds_decorators_header_and_body():
    code = (
        "@a(1)\n@b\nasync def f(x: int = (2), /) -> 'r:':  # c:\n  # d\n  pass"
    )
    assert rows(code) == [
        (0, code),
        (1, "@a(1)\n@b\nasync def f(x: int = (2), /) -> 'r:':"),
        (2, "@a(1)"),
        (2, "@b"),
        (2, "async def f(x: int = (2), /) -> 'r:':"),
        (1, "pass"),
    ]


@pytest.mark.parametrize(
    "header",
    [
        "def f():",
        "def f(a, b=lambda: {1: 2}):",
        "def f(a, *, b={1: 2}, c):",
        "def f(*a: 'x:', **b: {1: 2}) :",
        "def f(*, a, b=1 if 2 else (3)):",
        "class C:",
        "class C(B, *A, metaclass=M[1:2], **k):",
        "with (open({1: 2}[1]) as a, b[1:2] as c):",
        "with a(lambda: 1):",
        "for a, b in (c[1:]):",
        "while (x := y[1:2]):",
        "if a[1:2] and (b  # :\n):",
        "if é == 'é:':",
    ],
)
def test_a_header_ends_at_its_colon(header):
    assert rows(f"{header}\n    pass\n") == [
        (0, f"{header}\n    pass"),
        (1, header),
        (1, "pass"),
    ]


def test_every_branch_is_a_clause():
    code = "if a:\n  b\nelif c: d\n# e\nelse :\n  if f:\n    g\nh"
    assert rows(code) == [
        (0, code[:-2]),
        (1, "if a:\n  b"),
        (2, "if a:"),
        (2, "b"),
        (1, "elif c: d"),
        (2, "elif c:"),
        (2, "d"),
        (1, "else :\n  if f:\n    g"),
        (2, "else :"),
        (2, "if f:\n    g"),
        (3, "if f:"),
        (3, "g"),
        (0, "h"),
    ]


def test_an_if_inside_else_is_no_branch():
    code = "if a:\n  b\nelse:\n  if c:\n    d\n"
    assert (2, "if c:\n    d") in rows(code)
    assert (3, "if c:") in rows(code)


def test_clauses_of_try_and_loops():
    code = (
        "try:\n  a\nexcept (B, C) as e:\n  c\nexcept:\n  d\nelse:  # x\n  e\n"
        "finally:\n  f"
    )
    clauses = [text for depth, text in rows(code) if depth == 1]
    assert clauses == [
        "try:\n  a",
        "except (B, C) as e:\n  c",
        "except:\n  d",
        "else:  # x\n  e",
        "finally:\n  f",
    ]
    assert (2, "except (B, C) as e:") in rows(code)
    loop = "for a in b:\n  c\nelse:\n  d"
    assert [text for depth, text in rows(loop) if depth == 1] == [
        "for a in b:\n  c",
        "else:\n  d",
    ]


def test_cases_of_match():
    code = (
        "match a[1:2]:\n  # case x: not this one\n  case {'k': 1} if b:\n"
        "    c\n  case ([*_]): d\n"
    )
    assert rows(code) == [
        (0, code[:-1]),
        (1, "match a[1:2]:"),
        (1, "case {'k': 1} if b:\n    c"),
        (2, "case {'k': 1} if b:"),
        (2, "c"),
        (1, "case ([*_]): d"),
        (2, "case ([*_]):"),
        (2, "d"),
    ]


def test_a_long_chain_of_branches_does_not_recurse():
    code = "if a:\n  b\n" + "elif a:\n  b\n" * 900
    assert [depth for depth, _ in rows(code)].count(1) == 901


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_rows_nest_and_leave_out_nothing_but_comments(path):
    text = read_source(path)
    found = parse_module(text, str(path), "m").statements
    extents = list(zip(found.start, found.end, found.depth, strict=True))
    open_rows: list[list[int]] = [[0, len(text), -1, 0]]
    gaps = []
    for start, end, depth in [*extents, (len(text), len(text), 0)]:
        while open_rows[-1][2] >= depth:
            _, closed_end, _, seen = open_rows.pop()
            gaps.append((seen, closed_end))
        parent = open_rows[-1]
        assert parent[2] == depth - 1
        assert parent[3] <= start <= end <= parent[1]
        gaps.append((parent[3], start))
        parent[3] = end
        open_rows.append([start, end, depth, start])
    for start, end in gaps:
        # A row without rows in it is a gap from its start to its end.
        if (start, end) not in {(s, e) for s, e, _ in extents}:
            assert NOTHING.fullmatch(text[start:end])


def test_every_statement_of_the_tree_starts_a_row():
    for path in FILES:
        text = read_source(path)
        spans = Spans(text)
        starts = set(parse_module(text, str(path), "m").statements.start)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.stmt):
                assert spans.offset(node) in starts


def test_definitions_start_where_their_rows_do():
    for path in FILES:
        text = read_source(path)
        facts = parse_module(text, str(path), "m")
        table = facts.statements
        extents = set(zip(table.start, table.end, strict=True))
        # Of rows that start together, the last is the innermost.
        innermost = dict(zip(table.start, table.end, strict=True))
        for definition in facts.definitions:
            assert (definition.start, definition.end) in extents
            header = innermost[definition.header_start]
            assert text[header - 1] == ":"
            assert header <= definition.body_start
