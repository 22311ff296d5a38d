"""Reading source files into chain graphs."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.assembly import assemble
from gmert_pyg.data.chunking.chunks import Chunks
from gmert_pyg.data.chunking.options import ChunkOptions
from gmert_pyg.data.chunking.units import Units, holders, num_functions
from gmert_pyg.data.grafting import Grafter, Mentions
from gmert_pyg.data.graph_store import GraphStore
from gmert_pyg.data.occurrences import OccurrenceEdges
from gmert_pyg.data.root_tokens import RootTokens, root_tokens
from gmert_pyg.data.tails import Tails
from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import LineIndex


@dataclass(frozen=True, kw_only=True)
class GraphOptions(ChunkOptions):
    """What decides the graphs of given code, how it is cut included.

    Args:
        max_triples_per_head: the most triples that one mention heads.
        max_tail_length: triples with longer tails, in tokens, are left out.
        occurrences: whether to add the edges between occurrences of names.
    """

    max_triples_per_head: int = 4
    max_tail_length: int = 16
    occurrences: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the options as JSON-serialisable data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """What went into graphs.

    Args:
        functions: the number of functions that no other holds.
        units: the number of functions, classes or files that became graphs.
        mentions: the number of identifiers in them.
        linked: how many of these are covered by roots and linked to an entity.
        roots: the number of roots of the files.
        roots_outside: how many of these lie in no unit, so in no graph.
        roots_repeated: how many roots of graphs are repeated signatures.
        forced_cuts: the number of cuts inside a simple statement, a header or
            a comment that is longer than a window.
    """

    functions: int = 0
    units: int = 0
    mentions: int = 0
    linked: int = 0
    roots: int = 0
    roots_outside: int = 0
    roots_repeated: int = 0
    forced_cuts: int = 0

    def __add__(self, other: BuildCounts) -> BuildCounts:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return BuildCounts(*(mine + others for mine, others in pairs))


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
        self.grafter = Grafter(kg, self.tails, options.max_triples_per_head)

    def chunks(self, module: int, text: str) -> tuple[GraphStore, BuildCounts]:
        """Build the graphs of a file: of its functions, classes, or all of it.

        Args:
            module: the number of the file in the knowledge graph.
            text: its text.
        """
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
        mentions = self._mentions(module, text)
        counts = BuildCounts(
            functions=num_functions(definitions),
            units=len(units.names),
            mentions=_num_inside(units, roots, mentions),
            linked=_num_held(chunks.windows, mentions),
            roots=len(roots),
            roots_outside=len(roots) - int((units.stop - units.first).sum()),
            roots_repeated=chunks.num_repeated,
            forced_cuts=chunks.forced_cuts,
        )
        return self._build(module, text, chunks, names, mentions), counts

    def whole_file(self, module: int, text: str) -> GraphStore:
        """Build one graph of a whole file, however long."""
        roots = root_tokens(text, self.tokenizer)
        first, stop = np.array([[0], [len(roots)]])
        chunks = Chunks(
            Windows.take(roots, first, stop), np.array([0]), first, stop, 0
        )
        names = [self.kg.modules[module].name]
        mentions = self._mentions(module, text)
        return self._build(module, text, chunks, names, mentions)

    def _build(
        self,
        module: int,
        text: str,
        chunks: Chunks,
        names: list[str],
        mentions: Mentions,
    ) -> GraphStore:
        windows = chunks.windows
        start, end = chunks.extents(windows.text)
        occurrences = OccurrenceEdges.none()
        if self.options.occurrences:
            occurrences = OccurrenceEdges.find(self.kg, module, windows)
        lines = LineIndex(text)
        return assemble(
            windows,
            self.grafter.graft(windows, mentions, module),
            occurrences,
            {
                "path": [self.kg.modules[module].path] * len(names),
                "qualified_name": names,
            },
            {
                "line_start": [lines.line(offset) for offset in start.tolist()],
                "line_end": [lines.line(offset - 1) for offset in end.tolist()],
            },
        )

    def _mentions(self, module: int, text: str) -> Mentions:
        start, end, entity = self.kg.mentions(module)
        names = [
            text[first:last]
            for first, last in zip(start.tolist(), end.tolist(), strict=True)
        ]
        return Mentions(
            start.astype(np.int64),
            end.astype(np.int64),
            entity.astype(np.int64),
            self.tails.name_ids(names),
        )


def _num_inside(units: Units, roots: RootTokens, mentions: Mentions) -> int:
    """Count the mentions between the first and the last root of units."""
    low = np.searchsorted(mentions.start, roots.start[units.first])
    high = np.searchsorted(mentions.start, roots.end[units.stop - 1])
    return int((high - low).sum())


def _num_held(windows: Windows, mentions: Mentions) -> int:
    """Count the mentions that some window holds."""
    return len(np.unique(windows.locate(mentions.start, mentions.end).span))
