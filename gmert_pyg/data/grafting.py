"""Choosing the triples of a knowledge graph that chains carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.assembly import Grafts
from gmert_pyg.data.ranges import join, ranges
from gmert_pyg.data.tails import Tails
from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mentions:
    """The identifiers of a text that stand for entities.

    Args:
        start: the first character of each.
        end: the character after its last one.
        entity: the entity it stands for.
        name: a number for its text, from `Tails.name_ids`.
    """

    start: IntArray
    end: IntArray
    entity: IntArray
    name: IntArray


@dataclass(frozen=True, slots=True)
class _Heads:
    """The mentions that roots of some window cover.

    Args:
        first: the first root of each.
        length: the number of its roots.
        window: its window.
        entity: the entity it stands for.
        name: a number for its text.
    """

    first: IntArray
    length: IntArray
    window: IntArray
    entity: IntArray
    name: IntArray


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Triples that some window may carry.

    Args:
        triple: the triple of the knowledge graph.
        window: the window.
        group: the number of the pair (window, head entity).
        group_size: by group, the number of mentions.
    """

    triple: IntArray
    window: IntArray
    group: IntArray
    group_size: IntArray


class Grafter:
    r"""Grafts triples of a knowledge graph on chains.

    Every mention of an entity may head the entity's triples. A triple is
    grafted at most once on a chain, a mention heads at most
    `max_triples_per_head`, and the mentions of one entity take its triples in
    turn. Where there are more triples than room, rare relations come before
    frequent ones, and, within a relation, tails that the text does not name
    before those that it names: they tell most.

    Args:
        kg: the knowledge graph.
        tails: the tokens of its tails.
        max_triples_per_head: the most triples of one mention.

    Raises:
        ValueError: if `max_triples_per_head` is not positive.
    """

    def __init__(
        self, kg: CodeKG, tails: Tails, max_triples_per_head: int
    ) -> None:
        if max_triples_per_head < 1:
            raise ValueError(
                "'max_triples_per_head' must be positive (got"
                f" {max_triples_per_head})"
            )
        self.kg = kg
        self.tails = tails
        self.max_triples_per_head = max_triples_per_head
        triples = kg.triples
        frequency = np.bincount(triples.relation, minlength=1)
        # Rank of the relation, the rarest first; ties go to the smaller id.
        rarity = np.argsort(np.argsort(frequency, kind="stable"))
        self._rarity = rarity[triples.relation]
        usable = np.flatnonzero(tails.usable[triples.tail])
        self._by_head = usable[np.argsort(triples.head[usable], kind="stable")]
        self._pointers = np.searchsorted(
            triples.head[self._by_head], np.arange(len(kg.entities) + 1)
        )

    def graft(
        self, windows: Windows, mentions: Mentions, module: int
    ) -> Grafts:
        """Choose the triples of all windows of a file.

        Args:
            windows: the chains.
            mentions: the mentions of the file, in order.
            module: the number of the file in the knowledge graph.
        """
        heads = _covered(windows, mentions)
        candidates, groups = self._candidates(heads)
        evidence = self._evidence(candidates, windows, module)
        # Sums of products stay far below 2 ** 63: windows times names.
        tail = self.kg.triples.tail[candidates.triple]
        named = self._name_key(candidates.window, self.tails.name[tail])
        local = np.isin(named, self._name_key(heads.window, heads.name))
        local[evidence[0]] = True
        chosen, mention = self._choose(candidates, groups, local)
        order = np.lexsort((candidates.triple[chosen], heads.first[mention]))
        chosen, mention = chosen[order], mention[order]
        source_root, source_triple = self._sources(
            heads, candidates, chosen, evidence
        )
        triple = candidates.triple[chosen]
        tail_length, tail_ids = self.tails.tokens(
            self.kg.triples.tail[triple].astype(np.int64)
        )
        return Grafts(
            window=candidates.window[chosen],
            first_root=heads.first[mention],
            num_roots=heads.length[mention],
            relation=self.kg.triples.relation[triple].astype(np.int64),
            tail_length=tail_length,
            tail_ids=tail_ids,
            local=local[chosen],
            kg_triple=triple,
            source_root=source_root,
            source_triple=source_triple,
        )

    def _name_key(self, window: IntArray, name: IntArray) -> IntArray:
        return window * (self.tails.num_names + 1) + name

    def _candidates(self, heads: _Heads) -> tuple[_Candidates, IntArray]:
        """Return all triples of the entities of each window.

        Also the mentions sorted by (window, entity), text order in each pair.
        """
        num_entities = len(self.kg.entities)
        keys = heads.window * num_entities + heads.entity
        by_group = np.argsort(keys, kind="stable")
        pairs, size = np.unique(keys, return_counts=True)
        window, entity = np.divmod(pairs, num_entities)
        start = self._pointers[entity]
        count = self._pointers[entity + 1] - start
        group = np.repeat(np.arange(len(pairs)), count)
        candidates = _Candidates(
            self._by_head[ranges(start, count)], window[group], group, size
        )
        return candidates, by_group

    def _choose(
        self, candidates: _Candidates, by_group: IntArray, local: BoolArray
    ) -> tuple[IntArray, IntArray]:
        """Choose candidates, and for each the mention that heads it."""
        triple, group = candidates.triple, candidates.group
        order = np.lexsort((triple, local, self._rarity[triple], group))
        size = candidates.group_size
        first_mention = np.cumsum(size) - size
        count = np.bincount(group, minlength=len(size))
        place = ranges(np.zeros_like(count), count)
        kept = place < size[group[order]] * self.max_triples_per_head
        order, place = order[kept], place[kept]
        owner = group[order]
        return order, by_group[first_mention[owner] + place % size[owner]]

    def _evidence(
        self, candidates: _Candidates, windows: Windows, module: int
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Find where in its own window each candidate was derived from.

        Returns:
            For each such place: the candidate, its first root and the number
            of its roots.
        """
        evidence = self.kg.evidence
        start = evidence.pointers[candidates.triple]
        count = evidence.pointers[candidates.triple + 1] - start
        which = np.repeat(np.arange(len(count)), count)
        entry = ranges(start, count)
        here = evidence.module[entry] == module
        entry, which = entry[here], which[here]
        found = windows.locate(
            evidence.start[entry], evidence.end[entry], partial=True
        )
        which = which[found.span]
        own = found.window == candidates.window[which]
        return which[own], found.first[own], found.length[own]

    def _sources(
        self,
        heads: _Heads,
        candidates: _Candidates,
        chosen: IntArray,
        evidence: tuple[IntArray, IntArray, IntArray],
    ) -> tuple[IntArray, IntArray]:
        """Find the roots that chosen triples can be read off.

        They are the places a triple was derived from, and, for a tail that is
        no variable, every mention of its name: a call that is masked must not
        be readable from a leaf.
        """
        which, first, length = evidence
        number = np.full(len(candidates.triple), -1)
        number[chosen] = np.arange(len(chosen))
        told = number[which] >= 0
        tail = self.kg.triples.tail[candidates.triple[chosen]]
        free = np.flatnonzero(~self.tails.is_bound[tail])
        named, mention = join(
            self._name_key(
                candidates.window[chosen[free]], self.tails.name[tail[free]]
            ),
            self._name_key(heads.window, heads.name),
        )
        triple = np.concatenate([number[which[told]], free[named]])
        first = np.concatenate([first[told], heads.first[mention]])
        length = np.concatenate([length[told], heads.length[mention]])
        pairs = np.unique(
            np.stack([np.repeat(triple, length), ranges(first, length)]),
            axis=1,
        )
        return pairs[1], pairs[0]


def _covered(windows: Windows, mentions: Mentions) -> _Heads:
    """Return the mentions that windows hold, as stretches of roots."""
    found = windows.locate(mentions.start, mentions.end)
    return _Heads(
        found.first,
        found.length,
        found.window,
        mentions.entity[found.span],
        mentions.name[found.span],
    )
