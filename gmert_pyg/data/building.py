"""Reading source files into chain graphs."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.assembly import assemble
from gmert_pyg.data.grafting import Grafter, Mentions
from gmert_pyg.data.graph_store import GraphStore
from gmert_pyg.data.root_tokens import RootTokens, root_tokens
from gmert_pyg.data.tails import Tails
from gmert_pyg.data.windows import Windows, cut_windows
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import Definition, LineIndex
from gmert_pyg.schema import EntityKind

_FUNCTIONS = (EntityKind.FUNCTION, EntityKind.METHOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphOptions:
    """What decides the graphs of given code.

    Args:
        max_roots: longer functions are cut into windows of this many roots.
        max_triples_per_head: the most triples that one mention heads.
        max_tail_length: triples with longer tails, in tokens, are left out.
    """

    max_roots: int = 128
    max_triples_per_head: int = 4
    max_tail_length: int = 16

    def to_dict(self) -> dict[str, int]:
        """Return the options as JSON-serialisable data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """What went into graphs.

    Args:
        functions: the number of functions.
        mentions: the number of identifiers.
        linked: how many of them are covered by roots and linked to an entity.
    """

    functions: int = 0
    mentions: int = 0
    linked: int = 0

    def __add__(self, other: BuildCounts) -> BuildCounts:
        return BuildCounts(
            self.functions + other.functions,
            self.mentions + other.mentions,
            self.linked + other.linked,
        )


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

    def functions(
        self, module: int, text: str, roots: RootTokens | None = None
    ) -> tuple[GraphStore, BuildCounts]:
        """Build the graphs of all functions of a file, nested ones inside.

        Args:
            module: the number of the file in the knowledge graph.
            text: its text.
            roots: its roots, if they are known. (default: :obj:`None`)
        """
        if roots is None:
            roots = root_tokens(text, self.tokenizer)
        functions = outermost_functions(self.kg, module)
        first, length = roots.spans(
            np.array([function.start for function in functions], np.int64),
            np.array([function.end for function in functions], np.int64),
        )
        cuts, names = [], []
        for function, start, stop in zip(
            functions, first.tolist(), (first + length).tolist(), strict=True
        ):
            windows = cut_windows(roots, start, stop, self.options.max_roots)
            cuts += windows
            names += [function.qualified_name] * len(windows)
        return self._build(module, text, roots, cuts, names, len(functions))

    def whole_file(self, module: int, text: str) -> GraphStore:
        """Build one graph of a whole file."""
        roots = root_tokens(text, self.tokenizer)
        name = self.kg.modules[module].name
        return self._build(module, text, roots, [(0, len(roots))], [name], 0)[0]

    def _build(
        self,
        module: int,
        text: str,
        roots: RootTokens,
        cuts: list[tuple[int, int]],
        names: list[str],
        num_functions: int,
    ) -> tuple[GraphStore, BuildCounts]:
        first, length = np.array(cuts, np.int64).reshape(-1, 2).T
        windows = Windows.take(roots, first, length)
        mentions = self._mentions(module, text)
        grafts = self.grafter.graft(windows, mentions, module)
        lines = LineIndex(text)
        starts = roots.start[first].tolist()
        ends = roots.end[first + length - 1].tolist()
        store = assemble(
            windows,
            grafts,
            {
                "path": [self.kg.modules[module].path] * len(names),
                "qualified_name": names,
            },
            {
                "line_start": [lines.line(start) for start in starts],
                "line_end": [lines.line(end - 1) for end in ends],
            },
        )
        return store, self._counts(windows, mentions, num_functions)

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

    @staticmethod
    def _counts(
        windows: Windows, mentions: Mentions, num_functions: int
    ) -> BuildCounts:
        """Count the mentions between the first and the last root of windows."""
        if len(windows) == 0:
            return BuildCounts()
        start = windows.roots.start[windows.pointers[:-1]]
        end = windows.roots.end[windows.pointers[1:] - 1]
        inside = np.searchsorted(mentions.start, end) - np.searchsorted(
            mentions.start, start
        )
        linked = np.unique(windows.locate(mentions.start, mentions.end).span)
        return BuildCounts(num_functions, int(inside.sum()), len(linked))


def outermost_functions(kg: CodeKG, module: int) -> list[Definition]:
    """Return the functions and methods of a file that no function holds."""
    functions, end = [], -1
    for definition in sorted(
        kg.definitions(module), key=lambda item: (item.start, -item.end)
    ):
        if definition.kind in _FUNCTIONS and definition.start >= end:
            functions.append(definition)
            end = definition.end
    return functions
