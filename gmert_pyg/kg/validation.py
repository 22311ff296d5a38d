"""Checks that a knowledge graph is what its schema declares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.kg.admission import Admission
from gmert_pyg.kg.contents import Contents
from gmert_pyg.parsing.columns import RESOLUTIONS


def validate(contents: Contents) -> None:
    """Check ids, order, confidences, domains and ranges of all triples.

    Args:
        contents: what to check.

    Raises:
        ValueError: for the first triple that breaks a rule, naming it.
    """
    triples, evidence = contents.triples, contents.evidence
    num_entities, num_modules = len(contents.entities), len(contents.modules)
    for name, bound in (
        ("head", num_entities),
        ("relation", contents.schema.num_relations),
        ("tail", num_entities),
        ("module", num_modules),
        ("resolution", len(RESOLUTIONS)),
    ):
        _within(f"triples.{name}", getattr(triples, name), bound)
    _within("evidence.module", evidence.module, num_modules)
    for module, (_, _, entity) in zip(
        contents.modules, contents.mentions, strict=True
    ):
        _within(f"mentions of {module.path}", entity, num_entities)
    pointers = evidence.pointers
    if (
        len(pointers) != len(triples) + 1
        or pointers[0] != 0
        or pointers[-1] != len(evidence)
        or (np.diff(pointers) < 1).any()
    ):
        raise ValueError(
            "'evidence' must have a place for each triple (got"
            f" {len(evidence)} places for {len(triples)} triples)"
        )
    keys = np.stack([triples.head, triples.relation, triples.tail])
    order = np.lexsort(keys[::-1])
    if not np.array_equal(order, np.arange(len(triples))) or (
        (np.diff(keys, axis=1) == 0).all(0).any()
    ):
        raise ValueError(
            "'triples' must be sorted and unique (got another order)"
        )
    _refuse(
        ~((triples.confidence > 0) & (triples.confidence <= 1)),
        contents,
        "a confidence in (0, 1]",
    )
    admitted = Admission(contents.schema).admits(
        [entity.kind for entity in contents.entities],
        triples.head,
        triples.relation,
        triples.tail,
    )
    _refuse(~admitted, contents, "kinds within its domain and range")


def _within(name: str, values: NDArray[np.integer], bound: int) -> None:
    wrong = values[(values < 0) | (values >= bound)]
    if len(wrong):
        raise ValueError(f"'{name}' must be in [0, {bound}) (got {wrong[0]})")


def _refuse(wrong: NDArray[np.bool_], contents: Contents, rule: str) -> None:
    if not wrong.any():
        return
    first = int(np.argmax(wrong))
    triples = contents.triples
    head = contents.entities[triples.head[first]]
    tail = contents.entities[triples.tail[first]]
    relation = contents.schema.relation_names[triples.relation[first]]
    raise ValueError(
        f"'triples' must have {rule} (got {head.kind} '{head.qualified_name}'"
        f" {relation} {tail.kind} '{tail.qualified_name}' with confidence"
        f" {triples.confidence[first]})"
    )
