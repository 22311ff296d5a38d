"""The ways to write tails, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gmert_pyg.distill.completion.beam_search import BeamSearch
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.completion.mask_predict import MaskPredict
from gmert_pyg.distill.completion.name_ranking import NameRanking
from gmert_pyg.distill.completion.tail_decoder import TailDecoder
from gmert_pyg.distill.completion.tail_lengths import TailLengths
from gmert_pyg.distill.completion.tail_names import TailNames

DECODERS: dict[str, type[TailDecoder]] = {
    "rank": NameRanking,
    "beam": BeamSearch,
    "mask-predict": MaskPredict,
}


def make_decoder(
    name: str,
    scorer: GroupScorer,
    lengths: TailLengths,
    *,
    names: Sequence[TailNames] | None = None,
    **options: Any,
) -> TailDecoder:
    """Return a decoder.

    Args:
        name: one of `DECODERS`.
        scorer: asks the model.
        lengths: how long tails are.
        names: by relation, the names that a tail may be.
            (default: any tokens)
        **options (optional): those of the decoder.

    Raises:
        ValueError: if there is no such decoder, or it needs names.
    """
    if name not in DECODERS:
        raise ValueError(
            f"'decoding' must be one of {', '.join(DECODERS)} (got '{name}')"
        )
    if names is None and DECODERS[name] is NameRanking:
        raise ValueError(f"'names' must be given to '{name}' (got None)")
    return DECODERS[name](scorer, lengths, names=names, **options)
