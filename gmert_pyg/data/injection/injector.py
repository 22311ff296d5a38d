"""Choosing the triples of a knowledge graph that chains carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.assembly import Grafts
from gmert_pyg.data.injection.candidates import (
    Candidates,
    Heads,
    ProjectTriples,
)
from gmert_pyg.data.injection.leak_sources import LeakSources
from gmert_pyg.data.injection.options import InjectionOptions
from gmert_pyg.data.injection.scorers import find_scorer, scores
from gmert_pyg.data.injection.selection import select
from gmert_pyg.data.injection.window_words import WindowWords
from gmert_pyg.data.tails import Tails
from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG

IntArray = NDArray[np.int64]


class Injector:
    """Injects the triples of a knowledge graph into chains.

    Every mention of an entity in a window may head the entity's triples, from
    its own file or from any other of the project. They are rated by a scorer
    and chosen as in :func:`~gmert_pyg.data.injection.select`.

    Args:
        kg: the knowledge graph.
        tails: the tokens of its tails.
        options: what decides the choice.
    """

    def __init__(
        self, kg: CodeKG, tails: Tails, options: InjectionOptions
    ) -> None:
        self.kg = kg
        self.tails = tails
        self.options = options
        self.project = ProjectTriples(kg, tails.usable)
        self.scorer = find_scorer(options.scorer)

    def inject(self, windows: Windows, module: int, text: str) -> Grafts:
        """Choose the triples of all windows of a file.

        Args:
            windows: the chains.
            module: the number of the file in the knowledge graph.
            text: the text of the file.

        Raises:
            ValueError: if the scorer does not return one number in [0, 1] for
                each candidate.
        """
        candidates, sources = self.candidates(windows, module, text)
        chosen = self._choose(candidates)
        heads, head = candidates.heads, candidates.head[chosen]
        triple = candidates.triple[chosen]
        order = np.lexsort((triple, heads.first[head]))
        chosen, head, triple = chosen[order], head[order], triple[order]
        window, tail = heads.window[head], candidates.tail[chosen]
        source_root, source_triple = sources.roots(
            window,
            triple,
            self.project.lexicon.text[tail],
            self.tails.is_bound[tail],
        )
        tail_length, tail_ids = self.tails.tokens(tail)
        return Grafts(
            window=window,
            first_root=heads.first[head],
            num_roots=heads.length[head],
            relation=candidates.relation[chosen],
            tail_length=tail_length,
            tail_ids=tail_ids,
            local=candidates.local[chosen],
            kg_triple=triple,
            source_root=source_root,
            source_triple=source_triple,
        )

    def candidates(
        self, windows: Windows, module: int, text: str
    ) -> tuple[Candidates, LeakSources]:
        """List what the windows of a file may carry, and what tells it."""
        lexicon = self.project.lexicon
        words = WindowWords(windows, text, lexicon)
        sources = LeakSources.of_file(
            windows,
            self.project.places.of_file(module),
            words,
            len(self.kg.triples),
        )
        heads = Heads.of_file(windows, self.kg, module)
        head, triple = self.project.of_heads(heads.entity)
        text_of_tail = lexicon.text[self.kg.triples.tail[triple]]
        local = sources.is_local(heads.window[head], triple, text_of_tail)
        if self.options.local_only or self.options.non_local_only:
            kept = local == self.options.local_only
            head, triple, local = head[kept], triple[kept], local[kept]
        return (
            Candidates(
                self.project,
                module,
                text,
                windows,
                heads,
                words,
                head,
                triple,
                local,
            ),
            sources,
        )

    def _choose(self, candidates: Candidates) -> IntArray:
        per_file = self.options.unique == "file"
        window = candidates.window
        return select(
            scope=np.zeros_like(window) if per_file else window,
            entity=candidates.entity,
            head=candidates.head,
            triple=candidates.triple,
            frequency=self.project.frequency[candidates.relation],
            score=scores(self.scorer, candidates),
            alpha=self.options.alpha,
            max_triples_per_head=self.options.max_triples_per_head,
        )
