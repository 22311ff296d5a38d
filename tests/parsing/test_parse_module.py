import pickle
import sys
import warnings
from pathlib import Path

import pytest

from gmert_pyg.parsing import SourceError, parse_module, read_source

SOURCES = Path(__file__).parents[1] / "data" / "sources"


def triples(facts):
    return {(fact.head, fact.relation, fact.tail) for fact in facts.facts}


def parse(code, **options):
    return parse_module(code, "m.py", "m", **options)


def target(code, mark, facts=None):
    """Return what the identifier at `|` in the code names."""
    start = code.index(mark) + mark.index("|")
    code = code.replace(mark, mark.replace("|", ""))
    found = {m.start: m.target for m in parse(code).mentions}
    return found[start]


@pytest.fixture(scope="module")
def scopes():
    path = SOURCES / "scopes.py"
    return parse_module(read_source(path), str(path), "scopes")


@pytest.mark.parametrize(
    "triple",
    [
        ("scopes", "contains", "scopes.counter"),
        ("scopes.counter", "contains", "scopes.counter.advance"),
        ("scopes.counter", "has_parameter", "scopes.counter.step"),
        ("scopes.total", "flows_to", "scopes.counter.step"),
        ("scopes.counter", "declares", "scopes.counter.count"),
        ("scopes.counter", "declares", "scopes.counter.<comp1>.count"),
        ("scopes", "declares", "scopes.total"),
        ("scopes.counter.count", "flows_to", "scopes.total"),
        ("scopes.counter.advance.by", "flows_to", "scopes.counter.count"),
        ("scopes.Box", "has_field", "scopes.Box.total"),
        ("scopes.Box.read", "has_parameter", "scopes.Box.read.rest"),
        ("scopes.Box.read", "has_parameter", "scopes.Box.read.key"),
        ("scopes.Box.read", "calls", "os.path.join"),
        ("scopes.Box.read.key", "flows_to", "os.path.join"),
        ("scopes.Box.read.key", "flows_to", "scopes.Box.read.stream"),
        ("scopes.Box.read.items", "flows_to", "scopes.Box.read.item"),
        ("scopes.Box.read", "calls", "builtins.print"),
        ("scopes.Box.read", "calls", "collections.OrderedDict"),
        ("scopes.Box.read.found", "has_type", "collections.OrderedDict()"),
        ("scopes", "imports", "os.path"),
        ("collections.OrderedDict", "imported_from", "collections"),
        ("scopes.match_it", "declares", "scopes.match_it.others"),
        ("scopes.match_it", "declares", "scopes.match_it.remaining"),
        ("scopes.match_it", "declares", "scopes.match_it.box"),
    ],
)
def test_asserted_facts(scopes, triple):
    assert triple in triples(scopes)


@pytest.mark.parametrize(
    "triple",
    [
        ("scopes.counter.advance", "declares", "scopes.counter.advance.count"),
        ("scopes.counter.advance", "declares", "scopes.counter.advance.total"),
        ("scopes.Box.read", "has_parameter", "scopes.Box.read.self"),
        ("scopes.Box", "declares", "scopes.Box.total"),
        ("scopes.match_it", "declares", "scopes.match_it._"),
        ("scopes.counter.start", "flows_to", "scopes.total"),
        ("scopes.counter.<comp1>.count", "flows_to", "scopes.counter.count"),
    ],
)
def test_refuted_facts(scopes, triple):
    assert triple not in triples(scopes)


@pytest.mark.parametrize(
    ("code", "mark", "expected"),
    [
        ("x = 1\nclass C:\n  x = 2\n  def f(s): return x", "return |x", "m.x"),
        ("class C:\n  x = 2\n  y = x", "y = |x", "m.C.x"),
        ("class C:\n  x = [1]\n  y = [x for _ in x]", "in |x", "m.C.x"),
        ("class C:\n  x = [1]\n  y = [x for _ in x]", "[|x for", "?x"),
        ("y = 1\nf = lambda y: y", ": |y", "m.<lambda1>.y"),
        ("[z := i for i in a]\nz", "\n|z", "m.z"),
        (
            "def f():\n  def g():\n    nonlocal x\n    x\n  x = 1",
            "  |x\n",
            "m.f.x",
        ),
        ("import a.b.c\na.b", "\na.|b", "a.b"),
        ("import a.b as c\nc.d", "c.|d", "a.b.d"),
        ("from . import q", "|q", "q"),
        ("from .a import b as c\nc", "\n|c", "a.b"),
        ("def f(x: 'C'): x.y\nclass C: pass", "x.|y", "m.C.y"),
        ("def f(x: 'C | None'): x.y\nclass C: pass", "x.|y", "m.C.y"),
        ("def f(x): x.y", "x.|y", "?.y"),
        ("x = []\nx.append(1)", "x.|append", "builtins.list.append"),
        ("', '.join(x)", ".|join", "builtins.str.join"),
        ("class C:\n  def f(self): self.g", "self.|g", "m.C.g"),
        ("class C:\n  @staticmethod\n  def f(s): s.g", "s.|g", "?.g"),
        ("class C:\n  @classmethod\n  def f(c): c.g", "c.|g", "m.C.g"),
        ("class C:\n  def f(self): super().g()", "().|g", "m.C.super().g"),
        ("def f(a): pass\nf(a=1)", "f(|a=1", "m.f.a"),
        ("from q import f\nf(a=1)", "f(|a=1", "q.f.=a"),
        ("def f(*a: int): a.b", "a.|b", "builtins.tuple.b"),
        ("try: pass\nexcept (E) as e: e", ": |e", "m.e"),
        ("for i, (j, *k) in x: pass", "*|k", "m.k"),
        ("undefined", "|undefined", "?undefined"),
        ("from os import *\nundefined", "|undefined", "m.undefined"),
        ("def f(): return f.x", "f.|x", "m.f.x"),
        ("global g\ng = 1", "global |g", "m.g"),
    ],
)
def test_mention_targets(code, mark, expected):
    assert (
        target(code.replace(mark.replace("|", ""), mark, 1), mark) == expected
    )


def test_positions_in_odd_layouts():
    code = (
        "\x0cimport a . \\\n  b as c\r\n"
        "@c.d(\n 1)\n"
        "async \\\n  def été(\n  á, *,\n  b=c): # def f\n"
        "  global x  ,\\\n   y\n"
        "  try: pass\n"
        "  except (\n   E # as q\n  ) as e: pass\n"
        "  match á:\n"
        "    case E(k = (v), l=[*w], m={**z}) as u: pass\n"
        "class  K ( E , metaclass = c ) : pass\n"
    )
    facts = parse(code)
    texts = [code[m.start : m.end] for m in facts.mentions]
    expected = "a b c c d été á b c x y E e á E k v l w m z u K E metaclass c"
    assert " ".join(texts) == expected
    assert facts.dropped_spans == 0


def test_definitions_cover_decorators_and_bodies():
    code = (
        "class C:\n  @a\n  @b\n  def f(self):\n"
        "    def g(): pass\n    return g\nx"
    )
    spans = {
        d.qualified_name: (code[d.start : d.end], d.parent, d.nested)
        for d in parse(code).definitions
    }
    assert spans["m.C.f"][0].startswith("@a\n  @b\n  def f")
    assert spans["m.C.f"][0].endswith("return g")
    assert spans["m.C.f"][1:] == ("m.C", False)
    assert spans["m.C.f.g"] == ("def g(): pass", "m.C.f", True)
    method = next(
        d for d in parse(code).definitions if d.qualified_name == "m.C.f"
    )
    assert code[method.header_start :].startswith("def f")
    assert code[method.body_start :].startswith("def g")
    assert (method.line, method.end_line) == (2, 6)


def test_fstrings_are_searched_or_exact():
    code = (
        "def f(a, w):\n"
        "  return f'{a!r:>{w}}' 'a' f'''a\n{a + w}{[a for a in w]}'''"
        " f\"{f'{w}'}\"\n"
    )
    facts = parse(code)
    inside = [m for m in facts.mentions if m.start > code.index("return")]
    assert facts.dropped_spans == 0
    assert [code[m.start : m.end] for m in inside] == [*"awawaaww"]
    assert [m.target.rpartition(".")[2] for m in inside] == [*"awawaaww"]


def test_returns_are_inferred_from_all_results():
    code = (
        "class A: pass\n"
        "def one(): return A()\n"
        "def two(x):\n  if x: return A()\n  return None\n"
        "def gen():\n  yield 1\n  return A()\n"
        "def noted() -> dict[str, 'A']: ...\n"
    )
    stated = {t for t in triples(parse(code)) if t[1] == "returns"}
    assert stated == {
        ("m.one", "returns", "m.A"),
        ("m.noted", "returns", "type:dict[str, 'A']"),
    }


def test_evidence_is_text_of_the_tail():
    code = "import q\ndef f(x):\n  y = q.g(x)\n  y.z(f(x))\n"
    for fact in parse(code).facts:
        name = fact.tail.rpartition(".")[2]
        if fact.relation in ("calls", "flows_to", "contains", "imports"):
            assert code[fact.start : fact.end] == name
        assert code[: fact.start].count("\n") + 1 == fact.line


def test_module_facts_pickle():
    facts = parse("def f(x): return x.y")
    again = pickle.loads(pickle.dumps(facts))
    assert again == facts
    assert list(again.facts) == list(facts.facts)
    assert again.mentions[-1] == facts.mentions[-1]


@pytest.fixture
def usual_recursion_limit():
    """Undo what torch's compiler does: it raises the limit for good."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("usual_recursion_limit")
@pytest.mark.parametrize(
    "code",
    [
        "def f(:",
        "x = " + "(" * 2000 + ")" * 2000,
        "x = " + "-" * 2000 + "1",
        "x = a" + ".b()" * 2000,
        "lambda: " * 900 + "1",
        "x = '\0'",
        "x = '\udc80'",
        "if x:\n\ty\n        z",
    ],
)
def test_bad_source_is_refused_in_one_line(code):
    with pytest.raises(SourceError) as caught:
        parse(code)
    assert caught.value.path == "m.py"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "\n",
        "x = " + "+".join(["a"] * 900),
        "if a: pass\n" + "elif b: pass\n" * 700,
        "x = " + "[" * 90 + "]" * 90,
    ],
)
def test_deep_but_ordinary_source_is_read(code):
    assert parse(code).dropped_spans == 0


def test_warnings_of_parsed_code_are_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse("x = '\\d'\nx is 1\n")
