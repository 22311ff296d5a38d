"""How code is cut into windows: roots are words here, as they are counted."""

import ast
import itertools
import re
import sysconfig
import textwrap
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.chunking.chunks import Chunks
from gmert_pyg.data.chunking.cutting import Cutter, _cheapest
from gmert_pyg.data.chunking.options import ChunkOptions
from gmert_pyg.data.chunking.signatures import Signatures
from gmert_pyg.data.chunking.units import Units
from gmert_pyg.data.root_tokens import RootTokens, root_tokens
from gmert_pyg.parsing import ModuleFacts, parse_module, read_source
from gmert_pyg.parsing.python.spans import Spans

STDLIB = Path(sysconfig.get_path("stdlib"))
WORDS = re.compile(r"(?:[ \t\f]*\r?\n)+[ \t\f]*|\w+|[^\w\s]+")


def words(text: str) -> RootTokens:
    """Return a root for each word, operator, or line break with indentation."""
    found = list(WORDS.finditer(text))
    return RootTokens(
        np.arange(len(found)),
        np.array([match.start() for match in found], np.int64),
        np.array([match.end() for match in found], np.int64),
        np.ones(len(found), bool),
        np.array(["\n" in match.group() for match in found], bool),
    )


def cut(
    roots: RootTokens, facts: ModuleFacts, **options: object
) -> tuple[Units, Chunks]:
    chosen = ChunkOptions(**options)
    units = Units.of_file(chosen.unit, roots, facts.definitions, facts.module)
    return units, Chunks.cut(
        roots, units, facts.statements, facts.definitions, chosen
    )


def pieces(code: str, **options: object) -> list[str]:
    """Return the text of every window, roots joined by spaces."""
    facts = parse_module(code, "m.py", "m")
    windows = cut(words(code), facts, **options)[1].windows
    return [
        " ".join(
            code[start:end].replace("\n", "|").replace("    ", ">")
            for start, end in zip(
                windows.roots.start[first:last],
                windows.roots.end[first:last],
                strict=True,
            )
        )
        for first, last in itertools.pairwise(windows.pointers.tolist())
    ]


def forced(code: str, **options: object) -> int:
    facts = parse_module(code, "m.py", "m")
    return cut(words(code), facts, **options)[1].forced_cuts


LINES = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n"


def test_cuts_lie_between_statements():
    # 20 roots: as few windows as possible, as even as possible.
    assert pieces(LINES, unit="file", max_roots=12) == [
        "a = 1 | b = 2 | c = 3",
        "| d = 4 | e = 5 |",
    ]
    assert forced(LINES, unit="file", max_roots=12) == 0


def test_a_statement_that_fits_is_not_cut():
    code = "a = 1\nif b:\n    c = 2\n    d = 3\ne = 4\n"
    # Two windows of 10 would do, but for the `if` of 12 roots.
    assert pieces(code, unit="file", max_roots=12) == [
        "a = 1",
        "| if b : |> c = 2 |> d = 3",
        "| e = 4 |",
    ]


def test_a_statement_that_does_not_fit_is_opened():
    code = "a = 1\nif b:\n    c = 2\n    d = 3\nelse:\n    e = 4\n    f = 5\n"
    # Its clauses fit; a cut between them is shallower than one inside.
    assert pieces(code, unit="file", max_roots=16) == [
        "a = 1 | if b : |> c = 2 |> d = 3",
        "| else : |> e = 4 |> f = 5 |",
    ]


def test_comments_at_the_end_may_be_a_window_but_not_blank_lines():
    code = "a = 1\n# b c d e f g\n"
    assert pieces(code, unit="file", max_roots=9) == [
        "a = 1",
        "| # b c d e f g |",
    ]
    assert pieces(LINES[6:], unit="file", max_roots=15) == [
        "b = 2 | c = 3",
        "| d = 4 | e = 5 |",
    ]


def test_comments_and_blank_lines_go_with_the_next_statement():
    code = "a = 1  # one\n\n# two\nb = 2\n"
    assert pieces(code, unit="file", max_roots=8) == [
        "a = 1 # one",
        "|| # two | b = 2 |",
    ]


def test_a_comment_that_is_too_long_is_cut_instead_of_its_statement():
    code = "# a b c d e f\n# g h i j\nx = [1, 2]\n"
    assert pieces(code, unit="file", max_roots=9) == [
        "# a b c d e f",
        "| # g h i j",
        "| x = [ 1 , 2 ] |",
    ]
    assert forced(code, unit="file", max_roots=9) == 1


def test_a_long_simple_statement_is_cut_at_lines_then_words():
    code = "x = [\n  a, b,\n  c, d, e, f, g,\n]\n"
    assert pieces(code, unit="file", max_roots=9) == [
        "x = [ |   a , b ,",
        "|   c , d , e ,",
        "f , g , | ] |",
    ]
    assert forced(code, unit="file", max_roots=9) == 2


def test_long_tables_of_data_are_cut_at_few_of_their_places():
    code = "x = [" + "1, " * 5000 + "]\n"
    roots = words(code)
    cutter = Cutter(
        roots,
        parse_module(code, "m.py", "m").statements,
        np.zeros(len(roots), np.int64),
        128,
    )
    places, _ = cutter._places(0, len(roots))
    assert len(places) < len(roots) // 3
    starts, forced_cuts = cutter.cut(0, len(roots))
    assert len(starts) == forced_cuts + 1 == -(-len(roots) // 128)


METHODS = """@decorated
class C(B):
    x = 1

    @property
    def f(self):
        a = 1
        b = 2
        c = 3
"""


def test_windows_inside_definitions_repeat_their_signatures():
    assert pieces(
        METHODS, unit="file", max_roots=24, repeat_signature=True
    ) == [
        "@ decorated | class C ( B ): |> x = 1",
        # Of the class only: the decorator and the `def` are its own part.
        "| class C ( B ): ||> @ property |> def f ( self ): |>> a = 1",
        "| class C ( B ): |> def f ( self ): |>> b = 2 |>> c = 3 |",
    ]
    assert pieces(METHODS, unit="function", max_roots=16) == [
        "@ property |> def f ( self ): |>> a = 1",
        "|>> b = 2 |>> c = 3",
    ]


def test_a_signature_outside_of_the_unit_is_not_repeated():
    assert pieces(
        METHODS, unit="function", max_roots=18, repeat_signature=True
    ) == [
        "@ property |> def f ( self ): |>> a = 1",
        "|> def f ( self ): |>> b = 2 |>> c = 3",
    ]


def test_signatures_take_half_of_a_window_at_most():
    # Of 18 roots, 9 may be repeated: `class C` is left out. Of 10, none is.
    for max_roots, last in (
        (18, "|> def f ( self ): |>> c = 3 |"),
        (10, "|>> c = 3 |"),
    ):
        options = {"max_roots": max_roots, "repeat_signature": True}
        assert pieces(METHODS, unit="file", **options)[-1] == last


def test_units():
    code = (
        "import a\n\ndef f():\n    def g(): pass\n\n@d\nclass C:\n"
        "    def h(self): pass\n    x = 1\n\ny = 2\n"
    )
    facts = parse_module(code, "m.py", "m")
    found = {
        unit: cut(words(code), facts, unit=unit)[0].names
        for unit in ("function", "class", "file")
    }
    assert found == {
        "function": ["m.f", "m.C.h"],
        "class": ["m.f", "m.C"],
        "file": ["m"],
    }
    assert pieces(code, unit="class")[1] == (
        "@ d | class C : |> def h ( self ): pass |> x = 1"
    )
    assert pieces("", unit="file") == []


def test_a_root_that_two_units_share_goes_to_the_first():
    # As `}, function` would give in one line of JavaScript.
    code = "def f(): pass\ndef g(): pass"
    facts = parse_module(code, "m.py", "m")
    roots = words(code)[np.array([0, 1, 2, 3, 6, 7, 8])]
    end = roots.end.copy()
    end[3] = 17  # `pass`, the line break and `def` are one root
    shared = replace(roots, end=end)
    units = Units.of_file("function", shared, facts.definitions, "m")
    assert units.first.tolist() == [0, 4]
    assert units.stop.tolist() == [4, 7]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_roots": 7}, r"'max_roots' must be at least 8 \(got 7\)"),
        ({"unit": "line"}, r"'unit' must be one of .* \(got 'line'\)"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        ChunkOptions(**options)


PLACES = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 4), st.integers(0, 3)),
    min_size=2,
    max_size=9,
)


@given(PLACES)
def test_the_best_of_all_ways_to_cut_is_found(places):
    gaps, cost, repeated = (
        list(column) for column in zip(*places, strict=True)
    )
    position = [0, *itertools.accumulate(gaps)]
    cost = [0, *cost[1:], 0]

    def rating(starts: tuple[int, ...]) -> tuple[int, int, int] | None:
        lengths = [
            position[stop] - position[start]
            for start, stop in itertools.pairwise((*starts, len(position) - 1))
        ]
        if any(
            length + repeated[start] > 8
            for start, length in zip(starts, lengths, strict=True)
        ):
            return None
        return (
            len(starts),
            sum(cost[start] for start in starts),
            sum(length**2 for length in lengths),
        )

    ways = [
        (0, *inner)
        for count in range(len(position) - 1)
        for inner in itertools.combinations(range(1, len(position) - 1), count)
    ]
    best = min(rated for rated in map(rating, ways) if rated is not None)
    assert rating(tuple(_cheapest(position, cost, repeated, 8))) == best


@st.composite
def blocks(draw, depth=2):
    """Return statements of all lengths, with comments and blank lines."""
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        count = draw(st.sampled_from([1, 2, 4, 30]))
        names = ", ".join(f"name{n}" for n in range(count))
        forms = [
            f"{names} = value",
            f"# {names}",
            f"f(\n    {names},\n    {names})  # {names}",
            "a = 1; b = 2",
            f"'''{names}\n{names}'''",
            "",
        ]
        if depth:
            body = textwrap.indent(draw(blocks(depth - 1)), "    ")
            forms += [
                f"def f({names}):  # {names}\n{body}",
                f"@name({names})\nclass C:\n    # {names}\n{body}",
                f"if a:\n{body}\nelif b: c\n# {names}\nelse:\n{body}",
                f"for a in b:\n\n{body}",
                f"try:\n{body}\nfinally:\n    pass",
            ]
        lines.append(draw(st.sampled_from(forms)))
    return "\n".join([*lines, "pass"])


OPTIONS = {
    "unit": st.sampled_from(["function", "class", "file"]),
    "max_roots": st.integers(8, 300),
    "repeat_signature": st.booleans(),
}


@cache
def statements(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return where statements of a text start, decorators included, and end."""
    spans, extents = Spans(text), []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.stmt):
            continue
        start = spans.offset(node)
        for decorator in getattr(node, "decorator_list", [])[:1]:
            start = text.rfind("@", 0, spans.offset(decorator))
        if not text.startswith("elif", start):
            extents.append((start, spans.end(node)))
    start, end = np.array(extents, np.int64).reshape(-1, 2).T
    return start, end


def check(text: str, roots: RootTokens, facts: ModuleFacts, **options) -> None:
    """Check what holds of every way to cut."""
    max_roots = options["max_roots"]
    units, chunks = cut(roots, facts, **options)
    windows = chunks.windows
    # Own parts hold every root of every unit once, in the order of the text.
    for number in range(len(units.names)):
        own = np.flatnonzero(chunks.unit == number)
        assert chunks.first[own[0]] == units.first[number]
        assert chunks.stop[own[-1]] == units.stop[number]
        assert (chunks.first[own[1:]] == chunks.stop[own[:-1]]).all()
    assert (chunks.stop > chunks.first).all()
    if options["unit"] == "file" and len(roots):
        assert int((chunks.stop - chunks.first).sum()) == len(roots)
    # Windows end with their own part, and none is too long.
    size = np.diff(windows.pointers)
    length = chunks.stop - chunks.first
    assert (size <= max_roots).all()
    assert chunks.num_repeated == int((size - length).sum())
    for end, own, stop in zip(
        windows.pointers[1:], length, chunks.stop, strict=True
    ):
        assert (
            windows.roots.end[end - own : end] == roots.end[stop - own : stop]
        ).all()
    if not options["repeat_signature"]:
        assert (size == length).all()
    cuts = np.setdiff1d(chunks.first, units.first)
    # No word is cut that half a window could hold, ...
    starts = np.flatnonzero(roots.word_start | roots.line_break)
    starts = np.append(starts, len(roots))
    place = np.searchsorted(starts, cuts, side="right")
    word = starts[np.minimum(place, len(starts) - 1)] - starts[place - 1]
    # (A statement may end inside punctuation, as before a comment.)
    joined = [
        bool(re.fullmatch(r"\w\w", text[start - 1 : start + 1]))
        for start in roots.start[cuts].tolist()
    ]
    whole = (starts[place - 1] == cuts) | (word > max_roots // 2)
    assert (whole | ~np.array(joined, bool)).all()
    # ... and no statement that a window could hold.
    signatures = Signatures(
        roots,
        units.inside(roots, facts.definitions)
        if options["repeat_signature"]
        else (),
        facts.statements,
        max_roots // 2,
    )
    first, size = roots.spans(*statements(text))
    before = first.copy()
    while (broken := (before > 0) & roots.line_break[before - 1]).any():
        before[broken] -= 1
    needed = first + size - before + np.append(signatures.length, 0)[before]
    inside = np.searchsorted(cuts, first + size) > np.searchsorted(
        cuts, first, side="right"
    )
    assert not ((needed <= max_roots) & inside).any()


@settings(deadline=None, max_examples=60)
@given(blocks(), st.fixed_dictionaries(OPTIONS))
@example(
    "# c\n" * 9, {"unit": "file", "max_roots": 8, "repeat_signature": True}
)
def test_generated_programs_are_cut_well(code, options):
    check(code, words(code), parse_module(code, "m.py", "m"), **options)


@cache
def real_file(name: str) -> tuple[str, RootTokens, ModuleFacts]:
    text = read_source(STDLIB / name)
    roots = root_tokens(text, GraphMertTokenizer.default())
    return text, roots, parse_module(text, name, "m")


FILES = (
    "argparse.py",
    "asyncio/base_events.py",
    "encodings/cp1252.py",
    "html/entities.py",
    "tokenize.py",
    "typing.py",
)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(FILES), st.fixed_dictionaries(OPTIONS))
def test_real_files_are_cut_well(name, options):
    check(*real_file(name), **options)
