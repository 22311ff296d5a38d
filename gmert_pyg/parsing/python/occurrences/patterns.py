"""`match` statements."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gmert_pyg.parsing.python.occurrences.blocks import Block
from gmert_pyg.parsing.python.occurrences.conditions import branch
from gmert_pyg.parsing.python.occurrences.targets import assign_name
from gmert_pyg.parsing.python.occurrences.tracer import Tracer, traces
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND


@traces("Match")
def trace_match(tracer: Tracer, node: ast.Match) -> int:
    """`match`: a case that does not fit, or whose guard fails, is passed.

    The names of a pattern are bound once all of it fits.
    """
    sources = tracer.uses_of(node.subject)
    ends: list[Block] = []
    for case in node.cases:
        failed = _test(tracer, case.pattern)
        _capture(tracer, case.pattern, sources)
        if case.guard is not None:
            true, false = branch(tracer, case.guard)
            tracer.start(true)
            failed += false
        else:
            tracer.start([tracer.block])
        tracer.visit_body(case.body)
        ends.append(tracer.block)
        tracer.start(failed)
    tracer.start([*ends, tracer.block])
    return UNBOUND


def _test(tracer: Tracer, pattern: ast.pattern) -> list[Block]:
    """Visit what a pattern compares with; return where it may not fit."""
    if isinstance(pattern, ast.MatchOr):
        return _test_alternatives(tracer, pattern)
    if isinstance(pattern, (ast.MatchAs, ast.MatchStar)):
        inner = getattr(pattern, "pattern", None)
        return _test(tracer, inner) if inner is not None else []
    if isinstance(pattern, (ast.MatchValue, ast.MatchSingleton)):
        if isinstance(pattern, ast.MatchValue):
            tracer.visit(pattern.value)
        return _may_fail(tracer)
    failed: list[Block] = []
    if isinstance(pattern, ast.MatchClass):
        tracer.visit(pattern.cls)
    failed += _may_fail(tracer)
    if isinstance(pattern, ast.MatchMapping):
        tracer.visit_all(pattern.keys)
        failed += _may_fail(tracer)
    for inner in _parts(pattern):
        failed += _test(tracer, inner)
    return failed


def _test_alternatives(tracer: Tracer, pattern: ast.MatchOr) -> list[Block]:
    fits: list[Block] = []
    failed: list[Block] = []
    for number, inner in enumerate(pattern.patterns):
        if number:
            tracer.start(failed)
        failed = _test(tracer, inner)
        fits.append(tracer.block)
    tracer.start(fits)
    return failed


def _may_fail(tracer: Tracer) -> list[Block]:
    block = tracer.block
    tracer.start([block])
    return [block]


def _capture(
    tracer: Tracer, pattern: ast.pattern, sources: Sequence[int]
) -> None:
    """Bind the names of a pattern; of alternatives, one of them does."""
    if isinstance(pattern, ast.MatchOr):
        before, ends = tracer.block, []
        for inner in pattern.patterns:
            tracer.start([before])
            _capture(tracer, inner, sources)
            ends.append(tracer.block)
        tracer.start(ends)
        return
    for inner in _parts(pattern):
        _capture(tracer, inner, sources)
    if isinstance(pattern, ast.MatchMapping):
        if pattern.rest is not None:
            span = tracer.spans.rest(pattern)
            place = span[0] if span else UNBOUND
            assign_name(tracer, pattern.rest, place, sources)
    elif isinstance(pattern, (ast.MatchAs, ast.MatchStar)) and pattern.name:
        place = tracer.positions.at_end(pattern, pattern.name)
        assign_name(tracer, pattern.name, place, sources)


def _parts(pattern: ast.pattern) -> list[ast.pattern]:
    if isinstance(pattern, ast.MatchClass):
        return [*pattern.patterns, *pattern.kwd_patterns]
    if isinstance(pattern, (ast.MatchSequence, ast.MatchMapping)):
        return pattern.patterns
    inner = getattr(pattern, "pattern", None)
    return [inner] if inner is not None else []
