"""Choosing the triples of a knowledge graph that a chain carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.assembly import Grafts
from gmert_pyg.data.root_tokens import RootTokens, tail_tokens
from gmert_pyg.kg import CodeKG
from gmert_pyg.schema import EntityKind

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mentions:
    """The identifiers of a text that stand for entities.

    Args:
        start: the first character of each.
        end: the character after its last one.
        entity: the entity it stands for.
        name: a number for its text, from `Grafter.name_ids`.
    """

    start: IntArray
    end: IntArray
    entity: IntArray
    name: IntArray

    def within(self, start: int, end: int) -> Mentions:
        """Return the mentions inside a character span, in order."""
        low = np.searchsorted(self.start, start)
        high = np.searchsorted(self.start, end)
        inside = slice(int(low), int(high))
        kept = self.end[inside] <= end
        return Mentions(
            self.start[inside][kept],
            self.end[inside][kept],
            self.entity[inside][kept],
            self.name[inside][kept],
        )


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
        tokenizer: for the tails.
        max_triples_per_head: the most triples of one mention.
        max_tail_length: longer tails, in tokens, are never grafted; their
            number is `num_long_tails`.

    Raises:
        ValueError: if a limit is not positive.
    """

    def __init__(
        self,
        kg: CodeKG,
        tokenizer: PreTrainedTokenizerFast,
        max_triples_per_head: int,
        max_tail_length: int,
    ) -> None:
        for name, value in (
            ("max_triples_per_head", max_triples_per_head),
            ("max_tail_length", max_tail_length),
        ):
            if value < 1:
                raise ValueError(f"'{name}' must be positive (got {value})")
        self.kg = kg
        self.max_triples_per_head = max_triples_per_head
        self._names: dict[str, int] = {}
        triples = kg.triples
        self._read_tails(tokenizer)
        long = self._tail_length[triples.tail] > max_tail_length
        empty = self._tail_length[triples.tail] == 0
        self.num_long_tails = int(long.sum())
        frequency = np.bincount(triples.relation, minlength=1)
        # Rank of the relation, the rarest first; ties go to the smaller id.
        rarity = np.argsort(np.argsort(frequency, kind="stable"))
        self._rarity = rarity[triples.relation]
        usable = np.flatnonzero(~long & ~empty)
        order = usable[np.argsort(triples.head[usable], kind="stable")]
        self._by_head = order
        self._pointers = np.searchsorted(
            triples.head[order], np.arange(len(kg.entities) + 1)
        )

    def name_ids(self, names: list[str]) -> IntArray:
        """Number names, the same alike."""
        known = self._names
        return np.array(
            [known.setdefault(name, len(known)) for name in names], np.int64
        )

    def _read_tails(self, tokenizer: PreTrainedTokenizerFast) -> None:
        """Tokenize the text of every entity that is some triple's tail."""
        kg = self.kg
        is_tail = np.zeros(len(kg.entities), bool)
        is_tail[kg.triples.tail] = True
        tails = np.flatnonzero(is_tail)
        texts = [kg.tail_text(int(entity)) for entity in tails]
        tokens = tail_tokens(texts, tokenizer)
        self._tail_length = np.zeros(len(kg.entities), np.int64)
        self._tail_length[tails] = [len(ids) for ids in tokens]
        self._tail_first = np.cumsum(self._tail_length) - self._tail_length
        self._tail_ids = np.array(
            [token for ids in tokens for token in ids], np.int64
        )
        self._tail_name = np.full(len(kg.entities), -1)
        # A dotted module is named in the text by its last part.
        self._tail_name[tails] = self.name_ids(
            [text.rpartition(".")[2] for text in texts]
        )
        bound = (EntityKind.VARIABLE, EntityKind.PARAMETER)
        self._tail_is_bound = np.array(
            [entity.kind in bound for entity in kg.entities], bool
        )

    def graft(
        self, roots: RootTokens, mentions: Mentions, module: int
    ) -> Grafts:
        """Choose the triples of a chain.

        Args:
            roots: the chain.
            mentions: all mentions inside it, in order.
            module: the file that the chain is part of, as the knowledge graph
                numbers it.
        """
        first, length = roots.spans(mentions.start, mentions.end)
        headed = length > 0
        candidate, owner = self._candidates(mentions.entity[headed])
        evidence = self._evidence(candidate, module, roots)
        local = np.isin(
            self._tail_name[self.kg.triples.tail[candidate]], mentions.name
        )
        local[evidence[0]] = True
        chosen, mention = self._choose(
            candidate, owner, mentions.entity[headed], local
        )
        anchor = first[headed][mention]
        order = np.lexsort((candidate[chosen], anchor))
        chosen, mention = chosen[order], mention[order]
        triple = candidate[chosen]
        tail = self.kg.triples.tail[triple]
        source_root, source_triple = self._sources(
            roots, mentions, evidence, chosen, tail
        )
        return Grafts(
            first_root=anchor[order],
            num_roots=length[headed][mention],
            relation=self.kg.triples.relation[triple].astype(np.int64),
            tail_length=self._tail_length[tail],
            tail_ids=self._tail_ids[
                ranges(self._tail_first[tail], self._tail_length[tail])
            ],
            local=local[chosen],
            kg_triple=triple.astype(np.int64),
            source_root=source_root,
            source_triple=source_triple,
        )

    def _candidates(self, entities: IntArray) -> tuple[IntArray, IntArray]:
        """Return all triples headed by the entities, and their heads."""
        heads = np.unique(entities)
        start = self._pointers[heads]
        count = self._pointers[heads + 1] - start
        return self._by_head[ranges(start, count)], np.repeat(heads, count)

    def _choose(
        self,
        candidate: IntArray,
        owner: IntArray,
        entities: IntArray,
        local: BoolArray,
    ) -> tuple[IntArray, IntArray]:
        """Choose candidates, and for each the mention that heads it."""
        order = np.lexsort((candidate, local, self._rarity[candidate], owner))
        heads, count = np.unique(entities, return_counts=True)
        by_entity = np.argsort(entities, kind="stable")
        first_mention = np.cumsum(count) - count
        head = np.searchsorted(heads, owner[order])
        group_start = np.searchsorted(owner[order], heads)
        place = np.arange(len(order)) - group_start[head]
        kept = place < count[head] * self.max_triples_per_head
        head, place = head[kept], place[kept]
        turn = first_mention[head] + place % count[head]
        return order[kept], by_entity[turn]

    def _evidence(
        self, candidate: IntArray, module: int, roots: RootTokens
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Find where in the chain candidates were derived from.

        Returns:
            For each such place: the candidate, and the span's characters.
        """
        evidence = self.kg.evidence
        start = evidence.pointers[candidate]
        count = evidence.pointers[candidate + 1] - start
        which = np.repeat(np.arange(len(candidate)), count)
        entry = ranges(start, count)
        here = evidence.module[entry] == module
        if len(roots):
            here &= evidence.start[entry] >= roots.start[0]
            here &= evidence.end[entry] <= roots.end[-1]
        entry, which = entry[here], which[here]
        return which, evidence.start[entry], evidence.end[entry]

    def _sources(
        self,
        roots: RootTokens,
        mentions: Mentions,
        evidence: tuple[IntArray, IntArray, IntArray],
        chosen: IntArray,
        tail: IntArray,
    ) -> tuple[IntArray, IntArray]:
        """Find the roots that chosen triples can be read off.

        They are the places a triple was derived from, and, for a tail that is
        no variable, every mention of its name: a call that is masked must not
        be readable from a leaf.
        """
        which, start, end = evidence
        number = np.full(int(which.max(initial=-1)) + 1, -1)
        inside = chosen < len(number)
        number[chosen[inside]] = np.flatnonzero(inside)
        triple = number[which]
        named, mention = np.nonzero(
            (self._tail_name[tail][:, None] == mentions.name[None, :])
            & ~self._tail_is_bound[tail][:, None]
        )
        starts = np.concatenate([start[triple >= 0], mentions.start[mention]])
        ends = np.concatenate([end[triple >= 0], mentions.end[mention]])
        triples = np.concatenate([triple[triple >= 0], named])
        first, length = roots.spans(starts, ends)
        pairs = np.stack(
            [np.repeat(triples, length), ranges(first, length)]
        ).astype(np.int64)
        pairs = np.unique(pairs, axis=1)
        return pairs[1], pairs[0]


def ranges(start: IntArray, count: IntArray) -> IntArray:
    """Return `start[0], ..., start[0] + count[0] - 1, start[1], ...`.

    Example:
        >>> ranges(np.array([5, 9]), np.array([2, 1])).tolist()
        [5, 6, 9]
    """
    offset = np.cumsum(count) - count
    return np.repeat(start - offset, count) + np.arange(int(count.sum()))
