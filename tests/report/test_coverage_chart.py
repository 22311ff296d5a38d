from xml.etree import ElementTree

import pytest

from gmert_pyg.report.coverage_chart import CoveragePoint, coverage_chart


def point(threshold=0.5, coverage=0.5, precision=0.5, count=1):
    return CoveragePoint(
        threshold=threshold,
        coverage=coverage,
        precision=precision,
        count=count,
    )


@pytest.mark.parametrize("name", ["threshold", "coverage", "precision"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_shares_must_be_shares(name, value):
    with pytest.raises(ValueError, match=rf"'{name}' .*\(got {value}\)"):
        point(**{name: value})


def test_count_must_not_be_negative():
    with pytest.raises(ValueError, match=r"'count' .*\(got -1\)"):
        point(count=-1)


def test_thresholds_are_written_where_they_have_room():
    points = [point(t / 100, 1 - t / 100, t / 100) for t in range(100)]
    root = ElementTree.fromstring(str(coverage_chart(points)))
    texts = ["".join(text.itertext()) for text in root.iter("text")]
    written = [text for text in texts if len(text) == 4]
    assert len(written) == 8
    assert written[0] == "0.99"  # the least coverage


def test_the_order_of_the_points_does_not_matter():
    points = [point(0.1, 0.9), point(0.9, 0.1), point(0.5, 0.4)]
    assert coverage_chart(points) == coverage_chart(points[::-1])
