"""The edges between occurrences, asserted and refuted by name and line."""

import argparse
import ast
import asyncio.base_events
import json.decoder
import re
import sys
import textwrap
import typing
from pathlib import Path

import pytest

from gmert_pyg.parsing import LineIndex, parse_module, read_source
from gmert_pyg.schema import DEFAULT_SCHEMA

SOURCES = Path(__file__).parents[1] / "data" / "sources"
FIXTURE = SOURCES / "occurrences.py"
REAL = [json.decoder, argparse, typing, asyncio.base_events]


class Edges:
    """The edges of a text, by the names at their ends.

    `x@3` is the first `x` of line 3, `x@3.2` the second one; `text` may be a
    function of the fixture, whose lines count from its `def`.
    """

    def __init__(self, text):
        self.text = text
        table = parse_module(text, "m.py", "m").occurrences
        self.edges = set(
            zip(table.source, table.target, table.kind, strict=True)
        )

    def place(self, name):
        name, _, where = name.partition("@")
        line, _, number = where.partition(".")
        index = LineIndex(self.text)
        rows = self.text.splitlines()
        found = re.finditer(rf"\b{name}\b", rows[int(line) - 1])
        starts = [index.starts[int(line) - 1] + m.start() for m in found]
        return starts[int(number or 1) - 1]

    def has(self, source, kind, target):
        code = DEFAULT_SCHEMA.occurrences.index(kind)
        return (self.place(source), self.place(target), code) in self.edges

    def targets(self, source, kind):
        code = DEFAULT_SCHEMA.occurrences.index(kind)
        place = self.place(source)
        return {t for s, t, k in self.edges if (s, k) == (place, code)}

    def check(self, source, kind, *targets):
        """Assert that these are all targets of an occurrence."""
        expected = {self.place(target) for target in targets}
        assert self.targets(source, kind) == expected, source


def edges_of(name):
    """Return the edges of a function or a class of the fixture, by itself."""
    text = read_source(FIXTURE)
    for node in ast.parse(text).body:
        if getattr(node, "name", None) == name:
            return Edges(ast.get_source_segment(text, node) + "\n")
    raise AssertionError(name)


def test_branches_join():
    edges = edges_of("branches")
    edges.check("x@8", "last_write", "x@3", "x@1")
    edges.check("x@8", "last_use", "x@5")
    edges.check("x@5", "last_use", "x@4")
    edges.check("x@7", "last_write", "x@1")
    edges.check("x@3", "last_use")
    assert not edges.has("x@8", "last_write", "x@7")


def test_loops_come_round():
    edges = edges_of("loops")
    edges.check("total@6", "last_write", "total@2", "total@6")
    edges.check("item@4", "last_use", "item@4", "item@6")
    edges.check("item@3", "last_write", "item@3")
    edges.check("total@8.2", "last_write", "total@2", "total@6")
    edges.check("total@10", "last_write", "total@8", "total@12")
    # Only the `break` leaves the second loop.
    edges.check("total@13", "last_write", "total@8", "total@12")
    edges.check("total@13", "last_use", "total@10")
    edges.check("item@3", "computed_from", "items@3")
    edges.check("items@12", "last_use", "items@3", "items@12")


def test_any_point_of_a_try_body_reaches_its_handlers():
    edges = edges_of("errors")
    edges.check("data@7", "last_write", "data@2", "data@4", "data@5")
    edges.check("error@7", "last_write", "error@6")
    edges.check(
        "data@10",
        "last_write",
        *("data@2", "data@4", "data@5"),
    )
    edges.check("data@10", "last_use", "data@5.2", "data@7")
    # The error goes on after `finally`.
    edges.check("data@11", "last_write", "data@5")
    edges.check("data@11", "last_use", "data@10")
    edges.check("data@5", "computed_from", "data@5.2")


def test_conditions_stop_early():
    edges = edges_of("short")
    edges.check("found@3", "last_write", "found@2")
    edges.check("b@4", "last_use", "b@2")
    edges.check("b@5", "last_use", "b@2")
    edges.check("found@2", "computed_from", "b@2")
    edges.check("a@5", "last_use", "a@4")
    # Where `b` is false, `found` may have been bound before.
    edges.check("found@5", "last_write", "found@2")


def test_patterns_bind_what_fits():
    edges = edges_of("patterns")
    edges.check("rest@4", "last_write", "rest@3")
    edges.check("first@3.2", "last_write", "first@3")
    edges.check("others@6", "last_write", "others@5")
    edges.check("px@8", "last_write", "px@7", "px@7.2")
    edges.check("first@3", "computed_from", "command@2")
    # The last case fits whatever is left.
    edges.check("command@11", "last_use")


def test_comprehensions_have_variables_of_their_own():
    edges = edges_of("comprehensions")
    edges.check("x@2", "last_write", "x@2.2")
    edges.check("row@2.2", "last_write", "row@2")
    edges.check("row@2.3", "last_use", "row@2.2")
    edges.check("x@4", "last_write", "x@1")
    edges.check("x@3", "last_write", "x@1")
    edges.check("v@3.2", "last_write", "v@3")
    edges.check("v@3", "computed_from", "k@3.2")
    edges.check("k@3", "last_write", "k@3.3")
    assert edges.has("flat@2", "computed_from", "rows@2")


def test_fields_are_followed_by_their_text():
    edges = edges_of("Account")
    edges.check("balance@11", "last_write", "balance@10")
    edges.check("balance@11", "last_use", "balance@10")
    edges.check("balance@12", "last_use", "balance@11")
    edges.check("owner@5", "computed_from", "owner@5.2")
    edges.check("owner@18", "computed_from", "text@18")
    # Another object is `other` now.
    edges.check("owner@20", "last_write")
    edges.check("limit@4.2", "last_write", "limit@2")
    edges.check("limit@4", "computed_from", "limit@4.2")


def test_arguments_bind_parameters():
    text = read_source(FIXTURE)
    edges = Edges(text)

    def line(part):
        return next(
            n for n, row in enumerate(text.splitlines(), 1) if part in row
        )

    init, deposit = line("owner, *, limit"), line("def deposit")
    log, make = line("def log"), line("other = Account")
    edges.check(f"text@{make}", "argument_of", f"owner@{init}")
    edges.check(
        f"values@{make}",
        "argument_of",
        *(f"limit@{make}", f"limit@{init}"),
    )
    edges.check(f"text@{make + 1}", "argument_of", f"amount@{deposit}")
    edges.check(
        f"values@{make + 1}",
        "argument_of",
        *(f"note@{make + 1}", f"note@{deposit}"),
    )
    unbound = line("Account.deposit")
    edges.check(f"self@{unbound}", "argument_of", f"self@{deposit}")
    edges.check(f"values@{unbound}", "argument_of", f"amount@{deposit}")
    logged = line("self.log")
    edges.check(f"note@{logged}", "argument_of", f"text@{log}")
    edges.check(f"balance@{logged}", "argument_of", f"values@{log}")
    above = line("super().__init__")
    edges.check(f"owner@{above}", "argument_of", f"owner@{init}")
    assert edges.has(f"rate@{above}", "argument_of", f"limit@{init}")
    edges.check(f"rate@{above + 1}", "argument_of", f"amount@{deposit}")
    opened = line("yield cls(name)")
    edges.check(f"name@{opened}", "argument_of", f"owner@{init}")
    edges.check(f"name@{opened}", "returns_to", f"open@{opened - 1}")


def test_inner_calls_keep_their_arguments():
    text = read_source(FIXTURE)
    edges = Edges(text)
    last = len(text.splitlines())
    edges.check(f"first@{last}", "argument_of")
    edges.check(f"args@{last}", "argument_of")
    edges.check(f"paths@{last}", "argument_of")
    edges.check(f"first@{last}", "returns_to", f"forward@{last - 4}")
    edges.check(f"items@{last - 2}", "computed_from", f"kwargs@{last - 2}")
    edges.check(f"args@{last - 1}", "argument_of")


def test_closures_see_every_write_of_the_file():
    edges = edges_of("outer")
    edges.check("count@6.2", "last_write", "count@2", "count@6", "count@9")
    edges.check("count@7", "last_write", "count@6")
    edges.check("count@10", "last_write", "count@9")
    edges.check("count@10", "argument_of", "by@4")
    edges.check("step@10", "last_write", "step@4")


def check(text, *expected):
    edges = Edges(textwrap.dedent(text))
    for source, kind, *targets in expected:
        edges.check(source, kind, *targets)


def test_the_value_is_evaluated_before_the_target():
    check(
        "x = 1\nx = x\nx, y = y, x\n",
        ("x@2.2", "last_write", "x@1"),
        ("x@2", "last_use", "x@2.2"),
        ("x@3", "last_use", "x@3.2"),
        ("x@3", "computed_from", "y@3.2"),
        ("y@3", "computed_from", "x@3.2"),
    )


def test_an_augmented_assignment_reads_first():
    check(
        "x = 1\nx += (x := 2)\n",
        ("x@2.2", "last_use", "x@2"),
        ("x@2", "last_write", "x@1", "x@2.2"),
    )


def test_items_are_read_to_be_assigned():
    check(
        "a = b = i = 0\na[i] = b\n",
        ("a@2", "last_write", "a@1"),
        ("a@2", "computed_from", "b@2"),
        ("i@2", "last_use"),
    )


def test_class_bodies_run_in_place_and_methods_do_not_see_them():
    check(
        """\
        x = z = 1
        class C:
            y = z
            x = 2
            def f(self):
                return x
        x, z
        """,
        ("y@3", "computed_from", "z@3"),
        ("z@3", "last_write", "z@1"),
        ("x@4", "last_write"),
        ("x@6", "last_write", "x@1"),
        ("x@7", "last_write", "x@1"),
        ("z@7", "last_use", "z@3"),
    )


def test_builtins_are_no_variables():
    edges = Edges("print(1)\nx = print(2)\n")
    assert not edges.edges


def test_an_exception_name_is_gone_after_its_clause():
    check(
        """\
        e = 0
        try:
            f()
        except E as e:
            pass
        print(e)
        """,
        ("e@6", "last_write", "e@1"),
    )


def test_a_jump_passes_finally():
    check(
        """\
        def f(x, xs):
            for i in xs:
                try:
                    x = 1
                    break
                finally:
                    x = x + 2
            else:
                x = 3
            return x
        """,
        ("x@7.2", "last_write", "x@1", "x@4"),
        ("x@10", "last_write", "x@7", "x@9"),
    )


def test_dead_code_is_left_out():
    check(
        """\
        def f(x):
            return x
            x = x
            return x
        """,
        ("x@4", "last_write"),
        ("x@3.2", "last_write"),
    )


def test_many_branches_neither_recurse_nor_grow():
    rows = ["def f(x):", "    if x == 0:", "        x = 0"]
    for number in range(300):
        rows += [f"    elif x == {number}:", f"        x = {number}"]
    rows += ["    return x", "x = " + " + ".join(["x"] * 900)]
    table = parse_module("\n".join(rows) + "\n", "m.py", "m").occurrences
    assert len(table) < 20 * len(rows)


@pytest.mark.parametrize("module", REAL, ids=lambda module: module.__name__)
def test_ends_are_mentions_and_chains_keep_the_name(module):
    text = read_source(module.__file__)
    facts = parse_module(text, "m.py", "m")
    names = {m.start: text[m.start : m.end] for m in facts.mentions}
    table = facts.occurrences
    chains = ("last_use", "last_write")
    seen = set()
    for source, target, kind in zip(
        table.source, table.target, table.kind, strict=True
    ):
        relation = DEFAULT_SCHEMA.occurrences[kind]
        seen.add(relation)
        assert source in names
        assert target in names
        if relation in chains:
            assert names[source] == names[target]
    assert seen == set(DEFAULT_SCHEMA.occurrences)
    edges = list(zip(table.source, table.target, table.kind, strict=True))
    assert edges == sorted(set(edges))
    assert parse_module(text, "m.py", "m").occurrences == table


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new syntax")
def test_type_parameters():
    check("def f[T](x: T): return x\n", ("T@1.2", "last_write", "T@1"))


def test_names_in_strings_and_of_other_alphabets():
    check(
        "été = 1\nprint(f'{été} {été!r:>{été}}')\n",
        ("été@2", "last_write", "été@1"),
        ("été@2.2", "last_use", "été@2"),
        ("été@2.3", "last_use", "été@2.2"),
    )
