"""Reading source files into chain graphs."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.assembly import assemble
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.grafting import Grafter, Mentions
from gmert_pyg.data.root_tokens import RootTokens, root_tokens
from gmert_pyg.data.windows import cut_windows
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
    max_triples_per_head: int = 2
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
        self.grafter = Grafter(
            kg,
            tokenizer,
            options.max_triples_per_head,
            options.max_tail_length,
        )

    def functions(
        self, module: int, text: str
    ) -> tuple[list[ChainGraph], BuildCounts]:
        """Build the graphs of all functions of a file, nested ones inside.

        Args:
            module: the number of the file in the knowledge graph.
            text: its text.
        """
        roots = root_tokens(text, self.tokenizer)
        mentions = self._mentions(module, text)
        lines = LineIndex(text)
        graphs, counts = [], BuildCounts()
        for definition in outermost_functions(self.kg, module):
            first, length = roots.spans(
                np.array([definition.start]), np.array([definition.end])
            )
            body = roots[int(first[0]) : int(first[0] + length[0])]
            inside = mentions.within(definition.start, definition.end)
            covered = roots.spans(inside.start, inside.end)[1] > 0
            counts += BuildCounts(1, len(covered), int(covered.sum()))
            graphs += [
                self._graph(
                    body[window],
                    inside,
                    module,
                    lines,
                    definition.qualified_name,
                )
                for window in cut_windows(body, self.options.max_roots)
            ]
        return graphs, counts

    def whole_file(self, module: int, text: str) -> ChainGraph:
        """Return one graph of a whole file."""
        roots = root_tokens(text, self.tokenizer)
        return self._graph(
            roots,
            self._mentions(module, text),
            module,
            LineIndex(text),
            self.kg.modules[module].name,
        )

    def _mentions(self, module: int, text: str) -> Mentions:
        start, end, entity = self.kg.mentions(module)
        names = [
            text[first:last]
            for first, last in zip(start.tolist(), end.tolist(), strict=True)
        ]
        return Mentions(start, end, entity, self.grafter.name_ids(names))

    def _graph(
        self,
        roots: RootTokens,
        mentions: Mentions,
        module: int,
        lines: LineIndex,
        qualified_name: str,
    ) -> ChainGraph:
        start, end = int(roots.start[0]), int(roots.end[-1])
        inside = mentions.within(start, end)
        return assemble(
            roots,
            self.grafter.graft(roots, inside, module),
            path=self.kg.modules[module].path,
            qualified_name=qualified_name,
            line_start=lines.line(start),
            line_end=lines.line(max(start, end - 1)),
        )


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
