r"""Facts that users' own extractors read from a file.

A relation of one's own, from a function to the tests that call it:

>>> from gmert_pyg.kg import CodeKG
>>> from gmert_pyg.parsing import parse_module
>>> from gmert_pyg.schema import Relation, Schema
>>> def tests(tree, view):
...     for test in ast.walk(tree):
...         if not isinstance(test, ast.FunctionDef):
...             continue
...         for node in ast.walk(test):
...             if isinstance(node, ast.Call) and test.name.startswith("test_"):
...                 tested = view.path_of(node.func)
...                 if tested is not None:
...                     span = view.span(node.func)
...                     yield tested, "tested_by", view.path_of(test), span
>>> kinds = ["function", "method"]
>>> schema = Schema("tests", 1, (Relation.of("tested_by", kinds, kinds),))
>>> code = "def f(): pass\ndef test_f(): f()"
>>> facts = parse_module(code, "m.py", "m", extractors=[tests])
>>> table = CodeKG.from_modules([facts], schema).to_pandas()
>>> table[["head", "relation", "tail"]].values.tolist()
[['m.f', 'tested_by', 'm.test_f']]

`CodeKG.from_source` takes extractors too.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from gmert_pyg.parsing.facts import Definition
from gmert_pyg.parsing.python.recorder import Recorder
from gmert_pyg.parsing.python.spans import Span, Spans


class Extracted(NamedTuple):
    """A triple that an extractor states; a plain tuple will do.

    Args:
        head: the path of its head.
        relation: a relation that the schema names.
        tail: the path of its tail.
        span: the characters that it was read from.
    """

    head: str
    relation: str
    tail: str
    span: Span


class ModuleView:
    """What an extractor may ask about a file, beside its syntax tree.

    Args:
        module: the dotted name of the file's module.
        path: the file.
        spans: its positions.
        recorder: what was found in it.
    """

    def __init__(
        self, module: str, path: str, spans: Spans, recorder: Recorder
    ) -> None:
        self.module = module
        self.path = path
        self.text = spans.text
        self._spans = spans
        self._targets = recorder.targets()
        self._definitions: list[Definition] = sorted(
            recorder.definitions, key=lambda definition: definition.start
        )
        self._starts = [definition.start for definition in self._definitions]

    def span(self, node: ast.expr | ast.stmt | ast.arg) -> Span:
        """Return the characters of a node's own name, or else of the node.

        The own name of an attribute is its last part; functions, classes and
        parameters have theirs too.
        """
        found: Span | None = None
        if isinstance(node, ast.Name):
            found = self._spans.name(node)
        elif isinstance(node, ast.Attribute):
            found = self._spans.attribute(node)
        elif isinstance(node, ast.arg):
            found = self._spans.at_start(node, node.arg)
        elif isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            found = self._spans.header(node, node.name)[1]
        if found is not None:
            return found
        return self._spans.offset(node), self._spans.end(node)  # type: ignore[arg-type]

    def path_of(self, node: ast.expr | ast.stmt | ast.arg) -> str | None:
        """Return the path of what the own name of a node stands for.

        That is what the analysis of the file found; `None` if the node has no
        name of its own. All paths are resolved across files later on.
        """
        return self._targets.get(self.span(node)[0])

    def owner(self, node: ast.expr | ast.stmt | ast.arg) -> str:
        """Return the definition or module whose code a node belongs to."""
        place = self.span(node)[0]
        last = bisect_right(self._starts, place)
        for definition in reversed(self._definitions[:last]):
            if definition.end > place:
                return definition.qualified_name
        return self.module


Extractor = Callable[
    [ast.Module, ModuleView],
    Iterable[Extracted | tuple[str, str, str, Span]],
]
"""Reads facts from a file's tree, which it must not change."""


def run_extractors(
    extractors: Sequence[Extractor],
    tree: ast.Module,
    view: ModuleView,
    recorder: Recorder,
) -> None:
    """Record what extractors state about a file.

    Raises:
        ValueError: if one yields anything but names and a span of the text.
    """
    for extractor in extractors:
        for statement in extractor(tree, view):
            head, relation, tail, (start, end) = _checked(statement, view)
            recorder.extracted(head, relation, tail, (start, end))


def _checked(
    statement: Extracted | tuple[str, str, str, Span], view: ModuleView
) -> tuple[str, str, str, Span]:
    try:
        head, relation, tail, (start, end) = statement
        named = all(isinstance(x, str) and x for x in (head, relation, tail))
        placed = 0 <= start <= end <= len(view.text)
    except (TypeError, ValueError):
        named = placed = False
    if not named or not placed:
        raise ValueError(
            "'extractors' must yield (head, relation, tail, (start, end)) with"
            f" names and characters of '{view.path}' (got {statement!r})"
        )
    return head, relation, tail, (start, end)
