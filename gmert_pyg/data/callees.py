"""The names by which arguments found the parameters that they are linked to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.occurrences import OccurrenceEdges
from gmert_pyg.data.ranges import RaggedLists, join, ranges
from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG

IntArray = NDArray[np.int64]


class CalleeNames(NamedTuple):
    r"""Roots of names of functions, and arguments that were bound by them.

    Of `f(x)` and `def f(y)`, the edge from `x` to `y` tells each `f` from the
    other.

    Args:
        root: :math:`[C]`, roots of names, among the roots of all windows;
            ascending.
        argument: :math:`[C]`, the first root of an argument whose parameter is
            one of that function; in the same window.
    """

    root: IntArray
    argument: IntArray

    @classmethod
    def find(
        cls,
        kg: CodeKG,
        module: int,
        windows: Windows,
        occurrences: OccurrenceEdges,
    ) -> CalleeNames:
        """Find the names of all functions that arguments are linked to.

        Every mention of the function in a window counts, or of the class, if
        it is a constructor.

        Args:
            kg: the knowledge graph.
            module: the number of the file that the windows were taken from.
            windows: the windows.
            occurrences: their occurrence edges.
        """
        argument, parameter = _bindings(kg, occurrences)
        if len(argument) == 0:
            return cls(argument, argument)
        start, end, entity = kg.mentions(module)
        # No token crosses the end of an identifier: the last one that starts
        # before a root ends is the one that the root is part of.
        ends = windows.roots.end[parameter]
        target = entity[np.searchsorted(start, ends) - 1]
        known, number = np.unique(target, return_inverse=True)
        functions = RaggedLists([_functions(kg, int(p)) for p in known])
        length, function = functions.take(number)
        argument = np.repeat(argument, length)

        mention = np.flatnonzero(np.isin(entity, function))
        places = windows.locate(
            start[mention].astype(np.int64),
            end[mention].astype(np.int64),
            partial=True,
        )
        num_entities = len(kg.entities)
        bound, place = join(
            windows.of_root[argument] * num_entities + function,
            places.window * num_entities + entity[mention][places.span],
        )
        length = places.length[place]
        root = ranges(places.first[place], length)
        argument = np.repeat(argument[bound], length)
        num_roots = len(windows.roots)
        root, argument = np.divmod(
            np.unique(root * num_roots + argument), num_roots
        )
        return cls(root, argument)


def _bindings(
    kg: CodeKG, occurrences: OccurrenceEdges
) -> tuple[IntArray, IntArray]:
    """Return the ends of the edges from arguments to what they bind."""
    if "argument_of" not in kg.schema.occurrences:
        none = np.zeros(0, np.int64)
        return none, none
    binding = kg.schema.relation_id("argument_of")
    kept = occurrences.edge_type == binding
    return occurrences.source[kept], occurrences.target[kept]


def _functions(kg: CodeKG, parameter: int) -> list[int]:
    """Return the function of a parameter, and the class that it constructs."""
    owner = kg.entities[parameter].qualified_name.rpartition(".")[0]
    names = [owner]
    if owner.endswith(".__init__"):
        names.append(owner.removesuffix(".__init__"))
    found = [kg.entity_id(name) for name in names]
    # Only what a file defines stands somewhere with its parameters.
    return [n for n in found if n is not None and kg.entities[n].module >= 0]
