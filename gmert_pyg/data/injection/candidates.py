"""The triples that the identifiers of a file's windows may carry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.injection.lexicon import Lexicon
from gmert_pyg.data.injection.places import Places
from gmert_pyg.data.injection.window_words import WindowWords
from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Heads:
    """The identifiers that windows hold, in the order of the text.

    Args:
        window: the window of each.
        first: its first root, among the roots of all windows.
        length: the number of its roots.
        entity: the entity it stands for.
    """

    window: IntArray
    first: IntArray
    length: IntArray
    entity: IntArray

    @classmethod
    def of_file(cls, windows: Windows, kg: CodeKG, module: int) -> Heads:
        """Find the mentions of a file in its windows."""
        start, end, entity = kg.mentions(module)
        found = windows.locate(start.astype(np.int64), end.astype(np.int64))
        return cls(
            found.window,
            found.first,
            found.length,
            entity.astype(np.int64)[found.span],
        )


class ProjectTriples:
    r"""What scores of triples are computed from, once for a knowledge graph.

    The surprisal of a triple is what its tail's text tells beyond the
    relation. Of the :math:`n_r` triples of relation :math:`r`, :math:`n_{rt}`
    have tails with the text :math:`t`:

    .. math::
        I = \log \frac{n_r}{n_{rt}} \Big/ \log n_r \in [0, 1],

    0 if all tails read alike, 1 for one that occurs once.

    Args:
        kg: the knowledge graph.
        usable: by entity, whether it may be a leaf.

    Attributes:
        lexicon: the texts of tails.
        places: where triples are stated.
        frequency: by relation, the number of its triples.
        fan_out: by triple, how many triples share its head and relation.
        surprisal: by triple, its surprisal.
    """

    def __init__(self, kg: CodeKG, usable: BoolArray) -> None:
        self.kg = kg
        self.lexicon = Lexicon(kg)
        self.places = Places(kg)
        triples = kg.triples
        self.frequency = np.bincount(
            triples.relation, minlength=kg.schema.num_relations
        )
        kinds = triples.head.astype(np.int64) * len(self.frequency)
        _, which, times = np.unique(
            kinds + triples.relation, return_inverse=True, return_counts=True
        )
        self.fan_out = times[which]
        text = self.lexicon.text[triples.tail]
        key = triples.relation * (text.max(initial=0) + 1) + text
        _, which, times = np.unique(
            key, return_inverse=True, return_counts=True
        )
        total = self.frequency[triples.relation]
        bits = np.log(total / times[which]) / np.log(np.maximum(total, 2))
        self.surprisal = np.where(total > 1, bits, 1.0)
        chosen = np.flatnonzero(usable[triples.tail])
        self._by_head = chosen[np.argsort(triples.head[chosen], kind="stable")]
        self._pointers = np.searchsorted(
            triples.head[self._by_head], np.arange(len(kg.entities) + 1)
        )

    def of_heads(self, entity: IntArray) -> tuple[IntArray, IntArray]:
        """Return all pairs (position in `entity`, triple of that entity)."""
        start = self._pointers[entity]
        count = self._pointers[entity + 1] - start
        head = np.repeat(np.arange(len(entity)), count)
        return head, self._by_head[ranges(start, count)]


@dataclass(frozen=True)
class Candidates:
    r"""What the heads of a file's windows may carry: :math:`C` candidates.

    Each is a mention of an entity in a window together with a triple whose head
    is that entity. A scorer rates them: it may use the columns, the texts, and
    the measures, which are computed when they are first asked for.

    Args:
        project: what is known of all triples.
        module: the number of the file in the knowledge graph.
        text: the text of the file.
        windows: its windows.
        heads: the mentions.
        words: the words of the windows.
        head: :math:`[C]`, positions in `heads`.
        triple: :math:`[C]`, triples of the knowledge graph.
        local: :math:`[C]`, whether the window names the tail, or the triple was
            read from it.
    """

    project: ProjectTriples
    module: int
    text: str
    windows: Windows
    heads: Heads
    words: WindowWords
    head: IntArray
    triple: IntArray
    local: BoolArray

    def __len__(self) -> int:
        return len(self.triple)

    @property
    def kg(self) -> CodeKG:
        """The knowledge graph."""
        return self.project.kg

    @cached_property
    def window(self) -> IntArray:
        """The window of each, [C]."""
        return self.heads.window[self.head]

    @cached_property
    def entity(self) -> IntArray:
        """The head entity of each, [C]."""
        return self.heads.entity[self.head]

    @cached_property
    def relation(self) -> IntArray:
        """The relation of each, [C]."""
        return self.kg.triples.relation[self.triple].astype(np.int64)

    @cached_property
    def tail(self) -> IntArray:
        """The tail entity of each, [C]."""
        return self.kg.triples.tail[self.triple].astype(np.int64)

    @cached_property
    def structural_distance(self) -> FloatArray:
        """How far from the window each is stated, [C]: see `Places`."""
        return self.project.places.distance(
            self.module, self.windows, self.window, self.triple
        )

    @cached_property
    def lexical_overlap(self) -> FloatArray:
        """How akin each tail is to the window, [C]: `WindowWords.overlap`."""
        text = self.project.lexicon.text[self.tail]
        return self.words.overlap(self.window, text)

    @property
    def fan_out(self) -> IntArray:
        """How many triples have the head and the relation of each, [C]."""
        fan_out: IntArray = self.project.fan_out[self.triple]
        return fan_out

    @property
    def surprisal(self) -> FloatArray:
        """What each tail tells beyond its relation, [C]."""
        return self.project.surprisal[self.triple]

    @property
    def confidence(self) -> FloatArray:
        """How far each triple is to be believed, [C]."""
        return self.kg.triples.confidence[self.triple].astype(np.float64)

    def window_texts(self) -> list[str]:
        """Return the text of every window of the file."""
        roots, text = self.windows.roots, self.text
        starts, ends = roots.start.tolist(), roots.end.tolist()
        pointers = self.windows.pointers.tolist()
        texts = []
        for low, high in pairwise(pointers):
            pieces, last = [], None
            for start, end in zip(
                starts[low:high], ends[low:high], strict=True
            ):
                if last is not None:
                    gap = text[last:start]
                    # A window may repeat what stands elsewhere in the file.
                    pieces.append(
                        gap if start >= last and not gap.strip() else "\n"
                    )
                pieces.append(text[start:end])
                last = end
            texts.append("".join(pieces))
        return texts

    def verbalise(self, triples: IntArray) -> list[str]:
        """Return triples as text: `Square inherits Shape`."""
        kg = self.kg
        names = [n.replace("_", " ") for n in kg.schema.relation_names]
        columns = kg.triples
        return [
            f"{kg.entities[head].name} {names[relation]} {kg.tail_text(tail)}"
            for head, relation, tail in zip(
                columns.head[triples].tolist(),
                columns.relation[triples].tolist(),
                columns.tail[triples].tolist(),
                strict=True,
            )
        ]
