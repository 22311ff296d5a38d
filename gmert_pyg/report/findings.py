"""Sentences that say what the numbers of a report say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gmert_pyg.report.content import CompletedRow, MetricRow

CONTENDERS = {
    "model": "the model",
    "majority": "the majority baseline",
    "lookup": "the lookup baseline",
}


def percent(share: float) -> str:
    """Write a share as a percentage with one decimal."""
    return f"{100 * share:.1f} %"


def best_of(row: MetricRow) -> frozenset[str]:
    """Name the contenders with the highest value, as far as it is shown."""
    shown = {name: round(getattr(row, name), 3) for name in CONTENDERS}
    highest = max(shown.values())
    return frozenset(n for n, value in shown.items() if value == highest)


def winner_sentences(metrics: Sequence[MetricRow]) -> list[str]:
    """Say who is best where, and by how much."""
    won: dict[frozenset[str], list[MetricRow]] = {}
    for row in metrics:
        won.setdefault(best_of(row), []).append(row)
    sentences = []
    for name, called in CONTENDERS.items():
        rows = won.pop(frozenset({name}), [])
        if rows:
            where = "everywhere" if len(rows) == len(metrics) else ""
            places = _join([_victory(row, name) for row in rows])
            sentence = f"{called} is best {where or 'in'}{':' * bool(where)}"
            sentences.append(_capital(f"{sentence} {places}."))
    for names, rows in won.items():
        called = _join([CONTENDERS[n] for n in CONTENDERS if n in names])
        places = _join([_place(row) for row in rows])
        sentences.append(_capital(f"{called} are level in {places}."))
    behind = [row for row in metrics if row.model <= row.majority]
    if behind:
        places = _join([_place(row) for row in behind])
        sentences.append(
            f"The model is not above the majority baseline in {places}."
        )
    return sentences


def completion_sentence(completions: Sequence[CompletedRow]) -> str:
    """Say how many completions were confirmed."""
    counts = Counter(row.status for row in completions)
    total = len(completions)
    return (
        f"Of the {total:,} completion{'s' * (total != 1)} listed,"
        f" {counts['hidden']:,} restored exactly the tail that was hidden,"
        f" {counts['known']:,} gave another tail that static analysis states"
        f" for the same head and relation, and {counts['unconfirmed']:,} are"
        " not stated by static analysis."
    )


def _victory(row: MetricRow, winner: str) -> str:
    rivals = {n: getattr(row, n) for n in CONTENDERS if n != winner}
    rival = max(rivals, key=lambda name: rivals[name])
    return (
        f"{_place(row)} ({percent(getattr(row, winner))} against"
        f" {percent(rivals[rival])} of {CONTENDERS[rival]})"
    )


def _place(row: MetricRow) -> str:
    return f"{row.metric} on {row.task}"


def _join(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1]


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
