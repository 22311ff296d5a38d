"""From the text of a Python file to the facts it states."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence

from gmert_pyg.parsing.facts import ModuleFacts
from gmert_pyg.parsing.python import (
    definitions,
    expressions,
    extended,
    statements,
)
from gmert_pyg.parsing.python.binder import Binder
from gmert_pyg.parsing.python.extents import statement_table
from gmert_pyg.parsing.python.extraction import (
    Extractor,
    ModuleView,
    run_extractors,
)
from gmert_pyg.parsing.python.flow import extract_flow
from gmert_pyg.parsing.python.occurrences import find_occurrences
from gmert_pyg.parsing.python.spans import Spans
from gmert_pyg.parsing.python.walker import Walker
from gmert_pyg.parsing.source_file import SourceError
from gmert_pyg.schema import EntityKind

# Importing these modules registers their visitors.
VISITORS = (definitions, expressions, extended, statements)


def parse_module(
    text: str,
    path: str,
    module: str,
    is_package: bool = False,
    extractors: Sequence[Extractor] = (),
) -> ModuleFacts:
    """Analyse one file.

    Args:
        text: its text.
        path: its path, for messages and provenance.
        module: its dotted module name.
        is_package: whether it is the `__init__.py` of a package.
        extractors: what reads further facts from its tree. (default: none)

    Returns:
        its entities, definitions, mentions and facts.

    Raises:
        SourceError: if the text is not Python of this interpreter's version,
            or is nested too deeply to be analysed.
        ValueError: if an extractor yields what is no fact of the file.
    """
    tree = _parse(text, path)
    spans = Spans(text)
    package = module if is_package else module.rpartition(".")[0]
    binder = Binder(module, package)
    binder.run(tree)
    walker = Walker(spans, binder, package)
    recorder = walker.recorder
    name = module.rpartition(".")[2]
    recorder.entity(module, name, EntityKind.MODULE, None)
    extended.document(walker, module, tree.body)
    try:
        walker.visit_all(tree.body)
        while walker.bodies:
            walker.bodies.popleft()()
        table = statement_table(tree, spans)
        if extractors:
            view = ModuleView(module, path, spans, recorder)
            run_extractors(extractors, tree, view, recorder)
        mentions, facts = recorder.tables()
        occurrences = find_occurrences(tree, spans, binder, mentions)
        flow = extract_flow(tree, spans.index, binder, package)
    except RecursionError as error:
        raise SourceError("nested too deeply", path) from error
    return ModuleFacts(
        path=path,
        module=module,
        entities=list(recorder.entities.values()),
        definitions=sorted(recorder.definitions, key=lambda d: d.start),
        mentions=mentions,
        facts=facts,
        aliases=recorder.aliases,
        assigned=recorder.assigned,
        held=recorder.held,
        stars=list(dict.fromkeys(walker.stars)),
        is_package=is_package,
        num_chars=len(text),
        dropped_spans=recorder.dropped_spans,
        statements=table,
        occurrences=occurrences,
        flow=flow,
    )


def _parse(text: str, path: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, path)
    except SyntaxError as error:
        where = f" (line {error.lineno})" if error.lineno else ""
        raise SourceError(f"{error.msg}{where}", path) from error
    except (RecursionError, MemoryError) as error:
        raise SourceError("nested too deeply", path) from error
    except ValueError as error:
        raise SourceError(str(error), path) from error
