import sys

import pytest

from gmert_pyg.parsing import SourceError, parse_source
from gmert_pyg.parsing.treesitter import (
    MissingGrammarError,
    load_grammar,
    parse_with_grammar,
)

for grammar in ("c", "go", "java", "javascript", "python", "typescript"):
    pytest.importorskip(f"tree_sitter_{grammar}")


def parse(language, code):
    return parse_with_grammar(code, "m", "m", language=language)


def triples(language, code):
    facts = parse(language, code).facts
    return {(fact.head, fact.relation, fact.tail) for fact in facts}


def target(language, code):
    """Return what the identifier at `|` in the code names."""
    start = code.index("|")
    facts = parse(language, code.replace("|", ""))
    return {m.start: m.target for m in facts.mentions}[start]


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("java", "class A { int x; int f(int x) { return |x; } }", "m.A.f.x"),
        ("java", "class A { int x; int f() { return |x; } }", "m.A.x"),
        ("java", "class A { A f() { return this.|f(); } }", "m.A.f"),
        ("java", "class A extends B { void f() { |g(); } }", "m.A.g"),
        ("java", "class A { void f() { |g(); } }", "?g"),
        ("java", "class A { int f; int f() { return |f; } }", "m.A.<field>.f"),
        (
            "java",
            "class A { int f; int f() { return this.|f; } }",
            "m.A.<field>.f",
        ),
        ("java", "class A { int f; int f() { return |f(); } }", "m.A.f"),
        ("java", "class A { int f; int f() { return this.|f(); } }", "m.A.f"),
        ("python", "class A:\n  def f(s): return |s()\n  print 1", "m.A.f.s"),
        ("java", "class A { A() {} A f() { return new |A(); } }", "m.A"),
        ("java", "class A { void f(|String s) {} }", "java.lang.String"),
        ("java", "class A { void f(A a) { a.x.|y(); } A x; }", "m.A.x.y"),
        ("java", "class A { void f() { x: while (true) break |x; } }", "?x"),
        ("java", "class A { void f() { { int x; } int y = |x; } }", "?x"),
        ("javascript", "let x; { let x; |x }", "m.<scope1>.x"),
        ("javascript", "let x; { let x; } |x", "m.x"),
        ("javascript", "function f() { if (a) { var x } |x }", "m.f.x"),
        ("javascript", "class A { f() { this.|f() } }", "m.A.f"),
        ("javascript", "class A { f() { g(() => this.|f()) } }", "m.A.f"),
        ("javascript", "class A { f() { g(function () { this.|f }) } }", "?.f"),
        ("javascript", "class A { x = 1; f() { |x } }", "?x"),
        ("javascript", "import a from './b'; |a", "b.default"),
        ("javascript", "import { a as c } from './b.js'; |c", "b.a"),
        ("javascript", "import * as a from './b/index.js'; a.|c", "b.c"),
        ("javascript", "import a from 'b'; a.|c", "b.c"),
        ("javascript", "const { a: { b } } = c; |b", "m.b"),
        ("javascript", "for (const x of y) { |x }", "m.x"),
        ("javascript", "const x = { |k: 1 }", "?k"),
        ("typescript", "interface A { b: A } let x: A; x.b.|b", "m.A.b.b"),
        ("typescript", "function f<T>(x: |T) {}", "m.f.T"),
        ("typescript", "namespace N { const x = 1; |x }", "m.N.x"),
        (
            "typescript",
            "class A { constructor(private x: A) { this.|x } }",
            "m.A.x",
        ),
        ("typescript", "let a = (b as C); class C { d() {} } a.|d()", "m.C.d"),
        ("go", "package p; func f() { x := 1; { x := |x } }", "m.f.x"),
        ("go", "package p; func f() { x := 1; { |x := x } }", "m.f.<scope1>.x"),
        ("go", "package p; func f() { |g() }", "m.g"),
        ("go", "package p; func f() { |len(x) }", "builtin.len"),
        ("go", 'package p; import "a/b/v2"; var x = b.|C', "a/b/v2.C"),
        ("go", "package p; type A struct { b int }; var x = A{|b: 1}", "m.A.b"),
        ("go", "package p; var b = 1; var x = map[int]int{|b: 1}", "m.b"),
        ("go", "package p; func (a *A) f() { a.|g() }", "m.A.g"),
        ("c", "struct a { int b; }; int f(struct a *x) { x->|b; }", "m.a.b"),
        ("c", "typedef struct { int b; } A; int f(A x) { x.|b; }", "m.A.b"),
        ("c", "typedef struct a A; struct a { int b; }; |A x;", "m.a"),
        ("c", "int x; void f(void) { { int x; } |x; }", "m.x"),
        ("c", "enum e { A }; int f(void) { return |A; }", "m.A"),
        ("python", "class A:\n  def f(s): s.|f\n  print 1", "m.A.f"),
        ("python", "def f():\n  global x\n  |x = 1\n  print 1", "m.x"),
        ("python", "from .a import b as c\n|c\nprint 1", "a.b"),
    ],
)
def test_mention_targets(language, code, expected):
    assert target(language, code) == expected


@pytest.mark.parametrize(
    ("language", "code", "triple"),
    [
        (
            "java",
            "class A { int[] f(int... n) { return null; } }",
            ("m.A.f", "has_parameter", "m.A.f.n"),
        ),
        (
            "java",
            "class A { void f() { new B() { void g() { h(1); } }; } }",
            ("m.A.f.<class1>.g", "calls", "?h"),
        ),
        (
            "javascript",
            "const f = (x, { y }) => { z = x + y }",
            ("m.f", "has_parameter", "m.f.y"),
        ),
        (
            "javascript",
            "class A extends B { constructor(a) { super(a) } }",
            ("m.A.constructor", "calls", "m.A.super().constructor"),
        ),
        (
            "typescript",
            "enum E { A, B = 2 }",
            ("m.E", "has_field", "m.E.A"),
        ),
        (
            "typescript",
            "abstract class A { abstract f(x: number): Promise<A>; }",
            ("m.A.f", "returns", "type:Promise<A>"),
        ),
        (
            "go",
            "package p; func f() (int, error) { return 1, nil }",
            ("m.f", "returns", "type:(int, error)"),
        ),
        (
            "go",
            "package p; func f(a, b int) { a, c := b, a }",
            ("m.f.a", "flows_to", "m.f.c"),
        ),
        (
            "c",
            "int f(int a) { int b = a, c = 1; return b; }",
            ("m.f.a", "flows_to", "m.f.b"),
        ),
        (
            "c",
            "int f(a, b) int a; char b; { return a; }",
            ("m.f", "has_parameter", "m.f.b"),
        ),
    ],
)
def test_asserted_facts(language, code, triple):
    assert triple in triples(language, code)


@pytest.mark.parametrize(
    ("language", "code", "triple"),
    [
        (
            "c",
            "int f(int a) { int b = a, c = 1; return b; }",
            ("m.f.a", "flows_to", "m.f.c"),
        ),
        (
            "go",
            "package p; func f(a, b int) { a, c := b, a }",
            ("m.f.b", "flows_to", "m.f.c"),
        ),
        (
            "javascript",
            "f(() => { g(x) }); let x",
            ("m.x", "flows_to", "?f"),
        ),
        (
            "typescript",
            "function f(x: { y: number }) {}",
            ("m.f", "declares", "m.f.y"),
        ),
        ("c", "int (*f)(int a);", ("m", "contains", "m.f")),
    ],
)
def test_refuted_facts(language, code, triple):
    assert triple not in triples(language, code)


def test_definitions_leave_decorators_before_the_header():
    code = "class A {\n  @Override /* é */ @B(1)\n  public int f() { g(); }\n}"
    found = {d.qualified_name: d for d in parse("java", code).definitions}
    method = found["m.A.f"]
    assert code[method.start :].startswith("@Override")
    assert code[method.header_start :].startswith("public int f")
    assert code[method.body_start :].startswith("g();")
    assert code[: method.end].endswith("g(); }")
    assert (method.parent, method.nested) == ("m.A", False)
    code = "// é\nexport const f = async (x) => {\n  return x;\n};\n"
    (function,) = parse("javascript", code).definitions
    assert code[function.start :].startswith("export const f")
    assert code[function.body_start :].startswith("return x")
    assert (function.line, function.end_line) == (2, 4)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("java", "class A { int x = " + "(" * 5000 + "1" + ")" * 5000 + "; }"),
        ("javascript", "x" + ".a()" * 5000),
        ("typescript", "type A = " + "B<" * 5000),
        ("go", "package p; var x = " + "f(" * 5000),
        ("c", "int x = " + "-" * 5000 + "1;"),
        ("c", "void f(void) " + "{" * 5000),
        ("python", "x = " + "[" * 5000),
    ],
)
def test_deep_nesting_is_read(language, code):
    parse(language, code)


@pytest.mark.parametrize("code", ["class A { \0 }", "class A { // \udc80\n }"])
def test_bad_text_is_refused_in_one_line(code):
    with pytest.raises(SourceError) as caught:
        parse("java", code)
    assert "\n" not in str(caught.value)


def test_errors_are_read_past():
    facts = parse("java", "class A { void f() { g( } void h() { f(); } }")
    assert facts.recovered
    assert not parse("java", "class A { }").recovered
    assert "m.A.h" in {entity.qualified_name for entity in facts.entities}


def test_broken_python_is_recovered_or_refused():
    code = "def f(x):\n    print x\n    return g(x)\ndef g(y): pass\n"
    facts = parse_source(code, "m.py", "m")
    assert (facts.language, facts.recovered) == ("python", True)
    assert ("m.f", "calls", "m.g") in {
        (fact.head, fact.relation, fact.tail) for fact in facts.facts
    }
    deep = f"def f():\n    return {'(' * 2000}{')' * 2000}\n"
    assert parse_source(deep, "m.py", "m").recovered
    assert not parse_source("x = 1", "m.py", "m").recovered
    with pytest.raises(SourceError, match="line 2"):
        parse_source(code, "m.py", "m", recover=False)
    for nothing in ("def (", "\0", "x = '\udc80'"):
        with pytest.raises(SourceError):
            parse_source(nothing, "m.py", "m")


def test_unknown_language_is_refused():
    with pytest.raises(ValueError, match=r"'language' must be .*'cobol'"):
        parse_source("x", "m", "m", language="cobol")


@pytest.fixture
def no_grammars(monkeypatch):
    for module in ("tree_sitter_java", "tree_sitter_python"):
        monkeypatch.setitem(sys.modules, module, None)
    load_grammar.cache_clear()
    yield
    load_grammar.cache_clear()


@pytest.mark.usefixtures("no_grammars")
def test_without_the_extra_its_name_is_told():
    with pytest.raises(MissingGrammarError, match=r"gmert-pyg\[languages\]"):
        parse("java", "class A { }")
    with pytest.raises(SourceError, match=r"line 1.*gmert-pyg\[languages\]"):
        parse_source("print 1", "m.py", "m")
    assert parse_source("x = 1", "m.py", "m").entities
