import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.data.root_tokens import RootTokens
from gmert_pyg.data.windows import Windows


def text_of(spans: list[tuple[int, int]]) -> RootTokens:
    """Return roots with given spans of characters."""
    start, end = np.array(spans, np.int64).reshape(-1, 2).T
    flags = np.ones(len(spans), bool)
    return RootTokens(np.arange(len(spans)), start, end, flags, ~flags)


def places(windows: Windows, *spans: tuple[int, int], **options: bool):
    """Return where windows hold spans, one tuple for each place."""
    start, end = np.array(spans, np.int64).reshape(-1, 2).T
    found = windows.locate(start, end, **options)
    assert all(column.dtype == np.int64 for column in found)
    return [tuple(map(int, row)) for row in zip(*found, strict=True)]


# Six roots: `def`, `f`, `():`, `aa`, `bb`, `cc`.
TEXT = text_of([(0, 3), (4, 5), (5, 8), (9, 11), (11, 13), (14, 16)])


def test_windows_without_overlap_hold_a_span_once():
    windows = Windows.take(TEXT, np.array([0, 3]), np.array([3, 3]))
    assert windows.pointers.tolist() == [0, 3, 6]
    assert windows.of_root.tolist() == [0, 0, 0, 1, 1, 1]
    assert places(windows, (4, 5), (9, 13)) == [(0, 0, 1, 1), (1, 1, 3, 2)]


def test_a_repeated_root_is_found_in_every_window():
    # Window 0 is the whole text; window 1 repeats `def f` before `bb cc`.
    windows = Windows.take(
        TEXT, np.array([0, 0, 4]), np.array([6, 2, 2]), np.array([0, 1, 1])
    )
    assert windows.pointers.tolist() == [0, 6, 10]
    assert windows.roots.ids.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 4, 5]
    assert places(windows, (4, 5)) == [(0, 0, 1, 1), (0, 1, 7, 1)]
    # Spans may come in any order, and their numbers are kept.
    assert places(windows, (14, 16), (0, 3)) == [
        (0, 0, 5, 1),
        (0, 1, 9, 1),
        (1, 0, 0, 1),
        (1, 1, 6, 1),
    ]


def test_a_span_is_clipped_to_its_stretch():
    # `f():` goes on in the text, but not in the stretch of window 1.
    windows = Windows.take(
        TEXT, np.array([0, 0, 4]), np.array([6, 2, 2]), np.array([0, 1, 1])
    )
    assert places(windows, (4, 8)) == [(0, 0, 1, 2), (0, 1, 7, 1)]


def test_later_parts_count_only_if_asked():
    windows = Windows.take(TEXT, np.array([0, 4]), np.array([4, 2]))
    assert places(windows, (9, 13)) == [(0, 0, 3, 1)]
    assert places(windows, (9, 13), partial=True) == [
        (0, 0, 3, 1),
        (0, 1, 4, 1),
    ]


def test_stretches_that_meet_are_one():
    # The signature and the part that follows it directly: no cut between.
    windows = Windows.take(
        TEXT, np.array([1, 3]), np.array([2, 2]), np.array([0, 0])
    )
    assert places(windows, (5, 11), partial=True) == [(0, 0, 1, 2)]


def test_spans_that_no_root_covers_have_no_place():
    windows = Windows.take(TEXT, np.array([0]), np.array([3]))
    assert places(windows, (3, 4), (9, 11), (20, 30), partial=True) == []
    none = Windows.take(TEXT, np.array([], np.int64), np.array([], np.int64))
    assert len(none) == 0
    assert places(none, (0, 3)) == []


STRETCHES = st.lists(
    st.lists(
        st.tuples(st.integers(0, 11), st.integers(1, 6)),
        min_size=1,
        max_size=3,
    ),
    min_size=1,
    max_size=4,
)
SPANS = st.lists(
    st.tuples(st.integers(0, 36), st.integers(1, 12)), min_size=1, max_size=6
)


@given(STRETCHES, SPANS, st.booleans())
def test_located_places_are_those_that_a_search_finds(
    stretches, spans, partial
):
    text = text_of([(3 * root, 3 * root + 2) for root in range(12)])
    parts = [
        (first, min(length, 12 - first), number)
        for number, window in enumerate(stretches)
        for first, length in window
    ]
    windows = Windows.take(text, *np.array(parts, np.int64).T)
    expected = []
    for number, (start, length) in enumerate(spans):
        inside = {
            root
            for root in range(12)
            if 3 * root < start + length and 3 * root + 2 > start
        }
        # Walk along the roots of all windows; a run ends where the text jumps.
        before, run = (-1, -1), None
        for place, root in enumerate(windows.roots.ids.tolist()):
            here = (int(windows.of_root[place]), root)
            goes_on = here == (before[0], before[1] + 1)
            if root not in inside:
                run = None
            elif run is not None and goes_on:
                run[3] += 1
            elif root == min(inside) or partial:
                run = [number, here[0], place, 1]
                expected.append(run)
            else:
                run = None
            before = here
    ends = [(start, start + length) for start, length in spans]
    assert places(windows, *ends, partial=partial) == [
        tuple(run) for run in expected
    ]
