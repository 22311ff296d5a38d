"""A model asked for the tails of all mentions of a project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gmert_pyg.data.building import GraphBuilder
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.injection.candidates import Heads
from gmert_pyg.data.injection.lexicon import subtokens
from gmert_pyg.distill.calibration import Calibration
from gmert_pyg.distill.completion.tail_decoder import TailDecoder
from gmert_pyg.distill.completion.tail_queries import TailAnswer, TailQueries
from gmert_pyg.distill.extraction.candidate_names import CandidateNames
from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    TripleSource,
)
from gmert_pyg.distill.extraction.head_queries import Asker
from gmert_pyg.distill.extraction.verdicts import Verdicts
from gmert_pyg.parsing import LineIndex, read_source

_QUERIES_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class Filters:
    r"""Which answers become triples.

    Args:
        threshold: the least confidence. (default: :obj:`0.0`)
        beta: the least similarity :math:`\beta` of tail and source: the share
            of the tail's words that stand in the chunk. (default: :obj:`0.0`)

    Raises:
        ValueError: if one is not within [0, 1].
    """

    threshold: float = 0.0
    beta: float = 0.0

    def __post_init__(self) -> None:
        for name in ("threshold", "beta"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"'{name}' must be in [0, 1] (got {value})")


class Extractor:
    """Asks for the triples of the files of a project.

    Args:
        builder: builds the graphs of the project.
        asker: says what to ask.
        decoder: answers.
        names: what tails may be called.
        decoding: how the decoder answers, in a word.
        calibration: tells how far it is to be believed.
            (default: as far as it says)
        filters: which answers become triples. (default: all)
    """

    def __init__(
        self,
        builder: GraphBuilder,
        asker: Asker,
        decoder: TailDecoder,
        names: CandidateNames,
        decoding: str,
        calibration: Calibration | None = None,
        filters: Filters | None = None,
    ) -> None:
        self.builder = builder
        self.kg = builder.kg
        self.asker = asker
        self.decoder = decoder
        self.names = names
        self.decoding = decoding
        self.calibration = calibration or Calibration()
        self.filters = filters or Filters()
        self.verdicts = Verdicts(builder.kg)
        self.num_queries = 0

    def of_file(self, module: int) -> Iterator[ExtractedTriple]:
        """Yield the triples of a file, each of one source.

        Args:
            module: the number of the file in the knowledge graph.
        """
        path = self.kg.modules[module].path
        text = read_source(path)
        store, heads = self.builder.chunks_and_heads(module, text)
        graphs = [store.get(number) for number in range(len(store))]
        asked = self.asker(heads)
        answers = self._answers(graphs, asked.queries)
        self.num_queries += len(asked.queries)
        sources = _Sources(path, text, graphs, heads)
        for number, own in enumerate(answers):
            for answer in own:
                triple = self._triple(
                    int(asked.queries.relation[number]),
                    int(asked.mention[number]),
                    answer,
                    heads,
                    sources,
                )
                if triple is not None:
                    yield triple

    def _answers(
        self, graphs: list[ChainGraph], queries: TailQueries
    ) -> Iterator[list[TailAnswer]]:
        """Yield the answers to queries, some of which are asked at once."""
        for first in range(0, len(queries), _QUERIES_AT_ONCE):
            part = queries.part(first, first + _QUERIES_AT_ONCE)
            yield from self.decoder(graphs, part)

    def _triple(
        self,
        relation: int,
        mention: int,
        answer: TailAnswer,
        heads: Heads,
        sources: _Sources,
    ) -> ExtractedTriple | None:
        """Return the triple of an answer, `None` if it is filtered out."""
        confidence = float(
            self.calibration.confidence(np.array(answer.log_probability))
        )
        if confidence < self.filters.threshold:
            return None
        tail = self.names.text(answer.tail)
        kind = self.names.kind(tail, self.kg.schema.relations[relation].range)
        if kind is None:
            return None
        similarity = sources.similarity(mention, tail)
        if similarity < self.filters.beta:
            return None
        head = int(heads.entity[mention])
        entity = self.kg.entities[head]
        return ExtractedTriple(
            head=entity.qualified_name,
            relation=self.kg.schema.relation_names[relation],
            tail=tail,
            head_kind=str(entity.kind),
            tail_kind=kind,
            confidence=round(confidence, 6),
            similarity=round(similarity, 6),
            decoding=self.decoding,
            status=self.verdicts.status(head, relation, tail),
            sources=(sources.of(mention),),
        )


class _Sources:
    """Where the mentions of a file stand, and among which words."""

    def __init__(
        self, path: str, text: str, graphs: list[ChainGraph], heads: Heads
    ) -> None:
        self.path = path
        self.text = text
        self.graphs = graphs
        self.heads = heads
        self.lines = LineIndex(text)
        self._words: dict[int, set[str]] = {}

    def of(self, mention: int) -> TripleSource:
        graph = self.graphs[int(self.heads.window[mention])]
        first = int(self.heads.first[mention])
        last = first + int(self.heads.length[mention]) - 1
        start = int(graph.root_span[first, 0])
        return TripleSource(
            file=self.path,
            line=self.lines.line(start),
            start=start,
            end=int(graph.root_span[last, 1]),
            chunk=graph.qualified_name,
        )

    def similarity(self, mention: int, tail: str) -> float:
        """Return the share of a tail's words that stand in the chunk."""
        words = set(subtokens(tail))
        if not words:
            return 0.0
        window = int(self.heads.window[mention])
        if window not in self._words:
            spans = self.graphs[window].root_span.tolist()
            # Roots do not cut words, but for those that are many tokens long.
            self._words[window] = set(subtokens(_joined(self.text, spans)))
        return len(words & self._words[window]) / len(words)


def _joined(text: str, spans: list[list[int]]) -> str:
    """Return the text of roots, with spaces where the text has a gap."""
    pieces, last = [], None
    for start, end in spans:
        if last is not None and start != last:
            pieces.append(" ")
        pieces.append(text[start:end])
        last = end
    return "".join(pieces)
