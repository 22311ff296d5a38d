"""Model cards: what a saved model is, in words, beside its weights."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from transformers import PreTrainedModel

from gmert_pyg.nn.model_card_content import model_card
from gmert_pyg.whole_output import whole_file

FILE_NAME = "README.md"
_SIGNATURE = (
    "\n<!-- Written by gmert_pyg: {digest}\nIt is replaced when the model is"
    " trained again, unless anything in it was changed. -->\n"
)
_MARK = re.compile(
    re.escape(_SIGNATURE).replace(r"\{digest\}", "([0-9a-f]{64})") + r"\Z"
)


@dataclass(frozen=True, slots=True)
class CardMetric:
    """One measured figure.

    Args:
        task: what was predicted.
        name: the metric.
        value: its value.
        num_items: over how many items. (default: not stated)
        baselines: the values of baselines on the same items, by name.
    """

    task: str
    name: str
    value: float
    num_items: int | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a model card says that the model itself does not know.

    Args:
        license: the licence of the weights, as the hub spells it, such as
            `"mit"`. (default: not stated)
        base_model: the checkpoint that training started from.
            (default: not stated)
        dataset: the name of the data that the metrics are about.
            (default: not stated)
        data: what the model was trained on, by name of the fact.
        training: how it was trained, by name of the fact.
        metrics: what was measured, on data that was held out.
    """

    license: str | None = None
    base_model: str | None = None
    dataset: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    training: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[CardMetric] = ()


def write_model_card(
    model: PreTrainedModel,
    directory: str | os.PathLike[str],
    facts: CardFacts | None = None,
) -> bool:
    """Write the card of a model into its directory, as `README.md`.

    A card that somebody wrote or changed stays as it is. So does one of ours if
    there is nothing to add to it, that is, without `facts`.

    Args:
        model: the model.
        directory: where it is saved.
        facts: what to say about its training. (default: nothing is known)

    Returns:
        Whether a card was written.

    Example:
        >>> from gmert_pyg.nn import GraphMertConfig, GraphMertModel
        >>> model = GraphMertModel(GraphMertConfig.small())
        >>> metric = CardMetric("masked tokens", "accuracy", 0.61)
        >>> facts = CardFacts(license="mit", metrics=[metric])
        >>> write_model_card(model, "runs/small", facts)  # doctest: +SKIP
        True
    """
    path = Path(directory, FILE_NAME)
    if path.exists() and (facts is None or not is_untouched(path)):
        return False
    content = str(model_card(model, facts or CardFacts()))
    with whole_file(path) as temporary:
        temporary.write_text(
            content + _SIGNATURE.format(digest=_digest(content)),
            encoding="utf-8",
        )
    return True


def is_untouched(path: str | os.PathLike[str]) -> bool:
    """Tell whether a card is one of ours, and unchanged since."""
    # Text mode: another system's line ends are no change.
    text = Path(path).read_text(encoding="utf-8", errors="replace")
    mark = _MARK.search(text)
    return mark is not None and mark[1] == _digest(text[: mark.start()])


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
