"""Edges between the identifiers of a file: which occurrence is meant.

Every edge leads from an identifier to what it refers back to: from a later
access to an earlier one, from a result to what it was made of, from an argument
to what it binds. They are those of `"Learning to Represent Programs with
Graphs" <https://arxiv.org/abs/1711.00740>`_ and `"Global Relational Models of
Source Code" <https://openreview.net/forum?id=B1lnbRNtwr>`_:

=================  ==========================================================
``last_use``       from a read or write of a variable to the reads of it that
                   may have been the last before (the papers' LastRead); in a
                   loop, that may be the same identifier
``last_write``     from a read or write to the writes that may have been the
                   last before
``computed_from``  from what is assigned to every variable in the value: of
                   names, attributes, items (their holder), loop and `with`
                   targets, patterns, and defaults of parameters
``argument_of``    from every variable in an argument, but those in calls
                   inside it, to the keyword that names it, and to the
                   parameter, if the file defines what is called
``returns_to``     from every variable in the value of `return` or `yield` to
                   the name of the function where it is defined
=================  ==========================================================

*Variables* are names that the file binds, by scope, and dotted texts on them,
such as `self.x`; imports, functions and classes have last uses and writes, but
are no data that others are computed from. An assignment to `a` ends what was
known of `a.b`; calls and other names of the same object are not looked into.

Any path counts, whatever the conditions: branches, loops, `match`, conditions
that stop early, jumps through `finally`. Any point of a `try` body may raise;
`with` silences nothing; code that no path reaches has no last accesses. A
function, whose body runs at some later time, has paths of its own: before its
first access to a variable of an enclosing scope, any write to it in the file
may have been the last, and no read. Generators are taken to run in place.
"""

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
