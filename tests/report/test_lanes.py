from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.report.lanes import Hanging, pack_lanes

hangings = st.lists(
    st.builds(
        lambda stem, width: Hanging(stem, stem + width),
        st.integers(0, 40).map(float),
        st.integers(1, 25).map(float),
    ),
    max_size=25,
)


@given(hangings, st.sampled_from([0.0, 1.0, 3.0]))
def test_nothing_overlaps_or_is_crossed(items, gap):
    lanes = pack_lanes(items, gap)
    for i, a in enumerate(items):
        for j, b in enumerate(items):
            if i == j:
                continue
            if lanes[i] == lanes[j]:
                assert a.right + gap < b.stem or b.right + gap < a.stem
            if lanes[i] > lanes[j] and a.stem != b.stem:
                # a's connector passes b's lane
                assert not b.stem <= a.stem <= b.right


@given(hangings)
def test_no_lane_is_left_empty(items):
    assert set(pack_lanes(items)) == set(range(len(set(pack_lanes(items)))))


def test_items_apart_share_the_top_lane():
    assert pack_lanes([Hanging(0, 5), Hanging(10, 12)]) == [0, 0]


def test_items_of_one_stem_hang_below_each_other():
    assert pack_lanes([Hanging(3, 5), Hanging(3, 9)]) == [0, 1]
