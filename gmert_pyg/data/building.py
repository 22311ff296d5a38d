"""Reading source files into chain graphs."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.assembly import assemble
from gmert_pyg.data.callees import CalleeNames
from gmert_pyg.data.chunking.chunks import Chunks
from gmert_pyg.data.chunking.options import ChunkOptions
from gmert_pyg.data.chunking.units import Units, holders, num_functions
from gmert_pyg.data.injection import Injector
from gmert_pyg.data.injection.candidates import Heads
from gmert_pyg.data.injection.options import InjectionOptions
from gmert_pyg.data.occurrences import OccurrenceEdges
from gmert_pyg.data.root_tokens import RootTokens, root_tokens
from gmert_pyg.data.storage.graph_store import GraphStore
from gmert_pyg.data.tails import Tails
from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import LineIndex

IntArray = NDArray[np.int64]

_KINDS = {bool: "True or False", int: "an integer", float: "a number"}


@dataclass(frozen=True, kw_only=True)
class GraphOptions(ChunkOptions, InjectionOptions):
    """What decides the graphs of given code: its chunks, and their triples.

    Args:
        max_tail_length: triples with longer tails, in tokens, are left out.
        occurrences: whether to add the edges between occurrences of names.
    """

    max_tail_length: int = 16
    occurrences: bool = True

    def __post_init__(self) -> None:
        for option in fields(self):
            _check_kind(option.name, getattr(self, option.name), option.default)
        ChunkOptions.__post_init__(self)
        InjectionOptions.__post_init__(self)

    def changed(self, **options: Any) -> GraphOptions:
        """Return these options with others in place of some.

        Raises:
            ValueError: if there is no option of a name, or if its value is of
                another kind or out of its range.
        """
        known = [option.name for option in fields(self)]
        for name in options.keys() - set(known):
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ValueError(
                f"'{name}' must be one of {', '.join(known)} (got the unknown"
                f" option '{name}'{hint})"
            )
        return replace(self, **options)


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """What went into graphs.

    Args:
        functions: the number of functions that no other holds.
        units: the number of functions, classes or files that became graphs.
        mentions: the number of identifiers in them.
        linked: how many of these are covered by roots and linked to an entity.
        file_roots: the number of roots of the files.
        outside_roots: how many of these lie in no unit, so in no graph.
        repeated_roots: how many roots of graphs are repeated signatures.
        forced_cuts: the number of cuts inside a simple statement, a header or
            a comment that is longer than a window.
    """

    functions: int = 0
    units: int = 0
    mentions: int = 0
    linked: int = 0
    file_roots: int = 0
    outside_roots: int = 0
    repeated_roots: int = 0
    forced_cuts: int = 0

    def __add__(self, other: BuildCounts) -> BuildCounts:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return BuildCounts(*(mine + others for mine, others in pairs))


@dataclass(frozen=True, slots=True)
class _Cut:
    """A file in chunks, and the name of the unit that each belongs to."""

    roots: RootTokens
    units: Units
    chunks: Chunks
    names: list[str]


class GraphBuilder:
    """Builds the chain graphs of the files of a knowledge graph.

    Args:
        kg: the knowledge graph.
        tokenizer: the tokenizer.
        options: what decides the graphs.
    """

    def __init__(
        self,
        kg: CodeKG,
        tokenizer: PreTrainedTokenizerFast,
        options: GraphOptions,
    ) -> None:
        self.kg = kg
        self.tokenizer = tokenizer
        self.options = options
        self.tails = Tails(kg, tokenizer, options.max_tail_length)
        self.injector = Injector(kg, self.tails, options)

    def chunks(
        self, module: int, text: str, roots: RootTokens | None = None
    ) -> tuple[GraphStore, BuildCounts]:
        """Build the graphs of a file: of its functions, classes, or all of it.

        Args:
            module: the number of the file in the knowledge graph.
            text: its text.
            roots: its roots, if they are known. (default: :obj:`None`)
        """
        cut = self._cut(module, text, roots)
        units, chunks = cut.units, cut.chunks
        start, end = (
            bound.astype(np.int64) for bound in self.kg.mentions(module)[:2]
        )
        counts = BuildCounts(
            functions=num_functions(self.kg.definitions(module)),
            units=len(units.names),
            mentions=_num_inside(units, cut.roots, start),
            linked=_num_held(chunks.windows, start, end),
            file_roots=len(cut.roots),
            outside_roots=len(cut.roots)
            - int((units.stop - units.first).sum()),
            repeated_roots=chunks.num_repeated,
            forced_cuts=chunks.forced_cuts,
        )
        return self._build(module, text, chunks, cut.names), counts

    def chunks_and_heads(
        self, module: int, text: str
    ) -> tuple[GraphStore, Heads]:
        """Build the graphs of a file, and list the mentions in them.

        Args:
            module: the number of the file in the knowledge graph.
            text: its text.

        Returns:
            The graphs, and the mentions, whose windows are the graphs and whose
            first roots are counted in their own window.
        """
        cut = self._cut(module, text)
        windows = cut.chunks.windows
        heads = Heads.of_file(windows, self.kg, module)
        order = np.lexsort((heads.first, heads.window))
        window = heads.window[order]
        located = Heads(
            window,
            heads.first[order] - windows.pointers[window],
            heads.length[order],
            heads.entity[order],
        )
        return self._build(module, text, cut.chunks, cut.names), located

    def _cut(
        self, module: int, text: str, roots: RootTokens | None = None
    ) -> _Cut:
        """Cut a file into chunks."""
        if roots is None:
            roots = root_tokens(text, self.tokenizer)
        definitions = self.kg.definitions(module)
        name = self.kg.modules[module].name
        units = Units.of_file(self.options.unit, roots, definitions, name)
        chunks = Chunks.cut(
            roots,
            units,
            self.kg.statements(module),
            definitions,
            self.options,
        )
        names = [units.names[number] for number in chunks.unit]
        if self.options.unit == "file":
            names = holders(*chunks.extents(roots), definitions, name)
        return _Cut(roots, units, chunks, names)

    def whole_file(self, module: int, text: str) -> GraphStore:
        """Build one graph of a whole file, however long."""
        roots = root_tokens(text, self.tokenizer)
        first, stop = np.array([[0], [len(roots)]])
        chunks = Chunks(
            Windows.take(roots, first, stop), np.array([0]), first, stop, 0
        )
        names = [self.kg.modules[module].name]
        return self._build(module, text, chunks, names)

    def _build(
        self,
        module: int,
        text: str,
        chunks: Chunks,
        names: list[str],
    ) -> GraphStore:
        windows = chunks.windows
        start, end = chunks.extents(windows.text)
        occurrences = OccurrenceEdges.none()
        if self.options.occurrences:
            occurrences = OccurrenceEdges.find(self.kg, module, windows)
        lines = LineIndex(text)
        return assemble(
            windows,
            self.injector.inject(windows, module, text),
            occurrences,
            CalleeNames.find(self.kg, module, windows, occurrences),
            {
                "path": [self.kg.modules[module].path] * len(names),
                "qualified_name": names,
            },
            {
                "line_start": [lines.line(offset) for offset in start.tolist()],
                "line_end": [lines.line(offset - 1) for offset in end.tolist()],
            },
        )


def _check_kind(name: str, value: object, default: object) -> None:
    """Refuse what is no number, or no flag, where the default is one."""
    kind: type = type(default)
    if kind is str:  # names that are checked one by one
        return
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or isinstance(value, bool) != (
        kind is bool
    ):
        raise ValueError(f"'{name}' must be {_KINDS[kind]} (got {value!r})")


def _num_inside(units: Units, roots: RootTokens, start: IntArray) -> int:
    """Count the mentions between the first and the last root of units."""
    low = np.searchsorted(start, roots.start[units.first])
    high = np.searchsorted(start, roots.end[units.stop - 1])
    return int((high - low).sum())


def _num_held(windows: Windows, start: IntArray, end: IntArray) -> int:
    """Count the mentions that some window holds."""
    return len(np.unique(windows.locate(start, end).span))
