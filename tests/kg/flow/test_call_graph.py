"""The analysis ends, gives the same each time, and knows what it lacks."""

import pytest

from gmert_pyg.kg.flow import CallGraph, propagation
from gmert_pyg.parsing import parse_module


def graph(code, **options):
    return CallGraph([parse_module(code, "a.py", "a")], **options)


def many_callees(count):
    functions = "".join(f"def f{i}():\n    pass\n\n\n" for i in range(count))
    names = ", ".join(f"f{i}" for i in range(count))
    return f"{functions}for f in [{names}]:\n    f()\n"


def test_a_site_with_too_many_callees_is_unknown():
    assert len(set(graph(many_callees(3), limit=4).edges())) == 3
    assert not set(graph(many_callees(4), limit=4).edges())


@pytest.mark.parametrize(
    "code",
    [
        "def f(*a):\n    f(f, *a)\n\n\nf(f)\n",
        "def f(**k):\n    f(x=k, **k)\n\n\nf(y=f)\n",
        "class A(A):\n    pass\n\n\nA().x()\n",
        "class A:\n    pass\n\n\nA.a = A\nA.a.a.a.a()\n",
        "from a import *\nfrom a import b\nb()\n",
        "x = []\nx.append(x)\nx[0][0] = x[0]\nfor y in x:\n    y()\n",
        "import e\nwhile e:\n    e = e.f().g()\n",
        "f = lambda g: g(g)\nf(f)\n",
    ],
)
def test_programs_that_feed_on_themselves_end(code):
    assert graph(code).complete


def test_work_is_bounded(monkeypatch):
    code = many_callees(8)
    assert graph(code).complete
    monkeypatch.setattr(propagation, "MAX_STEPS", 10)
    assert not graph(code).complete


def test_equal_files_give_equal_graphs():
    first, second = graph(many_callees(5)), graph(many_callees(5))
    assert list(first.edges()) == list(second.edges())
    assert first.made == second.made


def test_sites_stand_where_the_callee_is_named():
    code = "def f():\n    return f\n\n\nd = {'é': f}\nd['é']()\nf()()\n"
    table = parse_module(code, "a.py", "a").flow
    sites = {
        (code[start:end], bool(named), line)
        for start, end, named, line in zip(
            table.site_start,
            table.site_end,
            table.site_named,
            table.site_line,
            strict=True,
        )
        if start >= 0
    }
    assert sites == {("d", False, 6), ("f", True, 7), ("f", False, 7)}


def test_partials_of_partials_end():
    code = (
        "from functools import partial\n"
        "def g(*args):\n    pass\n"
        "def wrap(f, *rest):\n"
        "    for x in rest:\n"
        "        f = partial(f, x, g, f)\n"
        "    return partial(f, wrap, f)\n"
        "h = wrap(wrap(g, 1, 2), wrap, g)\n"
        "h(h, partial(h, h))(partial)\n"
    )
    found = graph(code)
    assert found.complete
    assert {("a", "a.wrap"), ("a", "a.g")} <= set(found.edges())
