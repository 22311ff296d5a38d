"""The names that the tails of a project may be, by relation."""

from __future__ import annotations

import builtins
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.root_tokens import tail_tokens
from gmert_pyg.distill.completion.tail_names import TailNames
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import SourceError, parse_module, read_source
from gmert_pyg.schema import EntityKind

# What a module of the standard library offers is outside of the project: it
# may be a tail wherever something external may.
_NAMED = frozenset({EntityKind.CLASS, EntityKind.FUNCTION, EntityKind.METHOD})


class CandidateNames:
    """The names of a project's entities, and of what it imports.

    A tail of a relation may have the name of every entity of a kind in the
    relation's range. Where the range admits what is external, so may it the
    names of Python's builtins and those that modules of the standard library
    offer which the project imports; their source is parsed, never imported.

    Args:
        kg: the knowledge graph of the project.
        tokenizer: the tokenizer of the graphs.

    Attributes:
        names: by relation, the names as tokens.
        kinds: by text, the kinds that the project has of that name.
    """

    def __init__(self, kg: CodeKG, tokenizer: PreTrainedTokenizerFast) -> None:
        self.kinds: dict[str, set[EntityKind]] = {}
        for number, entity in enumerate(kg.entities):
            text = kg.tail_text(number)
            self.kinds.setdefault(text, set()).add(entity.kind)
        outside = set(imported_names(kg))
        texts = [*self.kinds, *(outside - self.kinds.keys())]
        tokens = tail_tokens(texts, tokenizer)
        self._text = {
            tuple(ids): text for ids, text in zip(tokens, texts, strict=True)
        }
        self.names = [
            TailNames(
                ids
                for text, ids in zip(texts, tokens, strict=True)
                if ids and self.admits(text, relation.range, outside)
            )
            for relation in kg.schema.relations
        ]
        self._tokenizer = tokenizer

    def admits(
        self,
        text: str,
        kinds: frozenset[EntityKind],
        outside: set[str],
    ) -> bool:
        """Tell whether a name may be that of a tail of some kinds."""
        if EntityKind.EXTERNAL in kinds and text in outside:
            return True
        return not kinds.isdisjoint(self.kinds.get(text, ()))

    def text(self, tail: tuple[int, ...]) -> str:
        """Return a tail as it is written in code."""
        known = self._text.get(tail)
        if known is None:
            known = str(self._tokenizer.decode(list(tail)))
        return known

    def kind(self, text: str, kinds: frozenset[EntityKind]) -> str | None:
        """Return what a tail is, `None` if it is nothing that may be one.

        Args:
            text: the tail.
            kinds: the range of its relation.
        """
        known = self.kinds.get(text)
        if known is None:
            is_open = EntityKind.EXTERNAL in kinds or EntityKind.TYPE in kinds
            return str(EntityKind.EXTERNAL) if is_open else None
        fitting = sorted(known & kinds)
        if fitting:
            return str(fitting[0])
        return None


def imported_names(kg: CodeKG) -> Iterator[str]:
    """Yield the names of builtins, and of the standard library's modules that
    a project imports.

    Args:
        kg: the knowledge graph of the project.
    """
    yield from (name for name in dir(builtins) if not name.startswith("_"))
    folder = Path(sysconfig.get_path("stdlib"))
    imports = {
        kg.entities[tail].qualified_name
        for relation, tail in zip(
            kg.triples.relation.tolist(), kg.triples.tail.tolist(), strict=True
        )
        if kg.schema.relation_names[relation] in ("imports", "imported_from")
    }
    for name in sorted(imports):
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            continue
        for path in (
            folder.joinpath(*parts).with_suffix(".py"),
            folder.joinpath(*parts, "__init__.py"),
        ):
            if path.is_file():
                yield from _defined_names(path, name)


def _defined_names(path: Path, module: str) -> Iterator[str]:
    """Yield what a module offers: what it defines, and what it takes over."""
    try:
        facts = parse_module(read_source(path), str(path), module)
    except SourceError:
        return
    kg = CodeKG.from_modules([facts])
    taken = kg.schema.relation_id("imported_from")
    heads = set(kg.triples.head[kg.triples.relation == taken].tolist())
    for number, entity in enumerate(kg.entities):
        offered = entity.kind in _NAMED or number in heads
        if offered and not entity.name.startswith("_"):
            yield entity.name
