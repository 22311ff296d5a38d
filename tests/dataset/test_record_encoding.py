"""Any nested record survives encoding; what is shared stays shared."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from enum import StrEnum

from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.data.storage.record_encoding import RecordDecoder, RecordEncoder


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(slots=True)
class Table:
    paths: list[str]
    start: array[int] = field(default_factory=lambda: array("i"))


@dataclass(slots=True)
class Row:
    name: str
    colour: Colour
    size: float
    note: str | None = None


@dataclass(slots=True)
class Record:
    first: Table
    second: Table
    rows: list[Row]
    names: dict[str, str]
    counts: list[int]
    done: bool
    extra: Table | None = None


TEXT = st.text(max_size=5)
INTS = st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5)
ROWS = st.builds(
    Row,
    TEXT,
    st.sampled_from(Colour),
    st.floats(allow_nan=False),
    st.none() | TEXT,
)


@st.composite
def records(draw):
    paths = draw(st.lists(TEXT, max_size=4))
    first, second, third = (array("i", draw(INTS)) for _ in range(3))
    return Record(
        Table(paths, first),
        Table(paths, second),
        draw(st.lists(ROWS, max_size=3)),
        draw(st.dictionaries(TEXT, TEXT, max_size=3)),
        draw(INTS),
        draw(st.booleans()),
        draw(st.none() | st.just(Table(["other"], third))),
    )


@given(records())
def test_decoding_undoes_encoding(record):
    encoder = RecordEncoder()
    data, lists = json.loads(
        json.dumps([encoder.encode(record), encoder.lists])
    )
    decoded = RecordDecoder(encoder.integers, lists).decode(Record, data)
    assert decoded == record
    assert decoded.first.paths is decoded.second.paths
    assert all(type(row.colour) is Colour for row in decoded.rows)
    assert type(decoded.first.start) is array
