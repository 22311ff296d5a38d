"""Edges between the identifiers of a file: which occurrence is meant."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.columns import MentionTable, OccurrenceTable
from gmert_pyg.parsing.python.binder import Binder
from gmert_pyg.parsing.python.occurrences import (
    calls,
    conditions,
    control_flow,
    exceptions,
    expressions,
    patterns,
    statements,
    units,
)
from gmert_pyg.parsing.python.occurrences.positions import Positions
from gmert_pyg.parsing.python.occurrences.signatures import Signatures
from gmert_pyg.parsing.python.occurrences.tracer import Tracer
from gmert_pyg.parsing.python.spans import Spans

# Importing these modules registers their visitors.
VISITORS = (
    *(calls, conditions, control_flow, exceptions),
    *(expressions, patterns, statements, units),
)


def find_occurrences(
    tree: ast.Module, spans: Spans, binder: Binder, mentions: MentionTable
) -> OccurrenceTable:
    """Return the edges between the identifiers of a file.

    Args:
        tree: its syntax tree.
        spans: its positions.
        binder: its scopes.
        mentions: its identifiers.
    """
    positions = Positions(spans)
    signatures = Signatures(binder.scopes, positions, mentions)
    tracer = Tracer(positions, binder.scopes, binder.root, signatures)
    tracer.visit_body(tree.body)
    waiting = tracer.waiting
    done = 0
    while done < len(waiting):
        for run in list(waiting.values())[done:]:
            run()
            done += 1
    return tracer.table()
