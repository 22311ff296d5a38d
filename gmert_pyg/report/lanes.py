"""Packing strips that hang on stems, without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a stem: it takes the room from `stem` to `right`.

    Args:
        stem: where the connector comes down, its left end.
        right: its right end.
    """

    stem: float
    right: float


def pack_lanes(items: Sequence[Hanging], gap: float = 0.0) -> list[int]:
    """Choose for every item the lane, 0 on top, in which it hangs.

    Items are placed from the rightmost stem to the leftmost, each in the first
    lane with room. What is placed already starts right of a later stem, so no
    connector ever crosses an item, whichever lane it leads down to. Items on
    one stem share its connector.

    Args:
        items: what to place.
        gap: the room to leave on the right of an item.

    Returns:
        One lane per item, in the order of `items`.
    """
    order = sorted(range(len(items)), key=lambda i: -items[i].stem)
    lanes: list[list[Hanging]] = []
    chosen = [0] * len(items)
    for i in order:
        item, lane = items[i], 0
        while lane < len(lanes) and _is_taken(lanes[lane], item, gap):
            lane += 1
        while lane >= len(lanes):
            lanes.append([])
        for upper in lanes[:lane]:
            upper.append(Hanging(item.stem, item.stem))
        lanes[lane].append(item)
        chosen[i] = lane
    return chosen


def _is_taken(lane: Sequence[Hanging], item: Hanging, gap: float) -> bool:
    return any(
        other.stem <= item.right + gap and item.stem <= other.right + gap
        for other in lane
        if not (other.stem == other.right == item.stem)
    )
