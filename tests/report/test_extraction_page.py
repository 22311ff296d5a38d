import json
import re
import time

import pytest

from gmert_pyg.distill.extraction.extracted_triples import Status
from gmert_pyg.report.coverage_chart import CoveragePoint
from gmert_pyg.report.extraction_page import (
    render_extraction_page,
    write_extraction_page,
)

NASTY = [
    "<script>alert(1)</script>&\"'x",
    "</script><!--<script>",
    "]]>\\u003c\\",
    "line\nbreak\r\ttab\x00",
    "naïve 変数 😀",
    "\u2028\u2029\u202e\ufeff",
    "\udc80",
    "__proto__",
    "",
]


def render(triples, excerpt=lambda source: "", **given):
    return render_extraction_page(
        triples, title="t", facts={"model": "m"}, excerpt=excerpt, **given
    )


def stored(page):
    """The triples in a page, as dictionaries."""
    (text,) = re.findall(r'<script type="application/json".*?>(.*?)<', page)
    data = json.loads(text)
    columns = data["columns"]
    rows = [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    for row in rows:
        for name in set(row) - {
            *("confidence", "similarity", "line", "num_sources", "excerpt")
        }:
            row[name] = data["texts"][row[name]]
        lines = data["excerpts"][row["excerpt"]] if row["excerpt"] >= 0 else []
        row["excerpt"] = "\n".join(data["lines"][line] for line in lines)
    return rows


def test_triples_come_back_unchanged(extracted):
    triples = [
        extracted(
            name,
            name + "r",
            name + "t",
            line=number,
            head_kind=name + "k",
            decoding="beam, open",
            file=name + ".py",
            chunk=name + "c",
            confidence=number / 16,
            status=list(Status)[number % 3],
        )
        for number, name in enumerate(NASTY, 1)
    ]
    page = render(triples, lambda source: f"{source.chunk}|")
    for triple, row in zip(triples, stored(page), strict=True):
        (source,) = triple.sources
        for name in ("head", "relation", "tail", "head_kind", "tail_kind"):
            assert row[name] == getattr(triple, name)
        assert row["confidence"] == triple.confidence
        assert row["similarity"] == triple.similarity
        assert row["decoding"] == triple.decoding
        assert row["status"] == triple.status
        assert row["file"] == source.file
        assert row["line"] == source.line
        assert row["chunk"] == source.chunk
        assert row["num_sources"] == 1
        assert row["excerpt"] == f"{source.chunk}|"


def test_nasty_names_close_and_open_nothing(extracted):
    page = render_extraction_page(
        [extracted(name, name, name) for name in NASTY],
        title=NASTY[0],
        facts={NASTY[1]: NASTY[0]},
        excerpt=lambda source: NASTY[1],
    )
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<script") == page.count("</script>") == 2
    assert "<!--" not in page
    for character in "\u2028\u202e\udc80":
        assert character not in page


def test_page_fetches_nothing(extracted):
    page = render([extracted()], coverage=[whole()])
    assert "https:" not in page
    assert "http:" not in page.replace("http://www.w3.org/", "")
    assert "default-src 'none'" in page
    assert not re.search(r"@import|url\((?!#)|\bsrc=|<link|fetch\(", page)


def whole():
    return CoveragePoint(threshold=0, coverage=1, precision=0.5, count=2)


def test_the_curve_is_there_if_it_was_measured(extracted):
    without = render([extracted()])
    assert "Precision and coverage" not in without
    assert 'class="chart"' not in without
    page = render([extracted()], coverage=[whole()])
    assert '<section id="coverage">' in page
    assert 'class="chart"' in page
    assert '<td class="number">0.500</td><td class="number">2</td>' in page


def test_no_triples_are_a_sentence():
    page = render([])
    assert "No triples were extracted." in page
    assert "<script" not in page


def test_a_triple_without_sources_has_no_line(extracted):
    (row,) = stored(render([extracted(sources=())]))
    assert (row["line"], row["num_sources"], row["excerpt"]) == (0, 0, "")


def test_relations_and_statuses_are_counted(extracted):
    page = render(
        [
            extracted(relation="calls"),
            extracted(relation="calls", status=Status.KNOWN),
            extracted(relation="<own>"),
        ]
    )
    counts = re.findall(r'</span>([^<]+) <span class="count">(\d+)<', page)
    assert counts == [("calls", "2"), ("&lt;own&gt;", "1")]
    statuses = re.findall(r'>(\w+)</span> <span class="count">(\d+)<', page)
    assert statuses == [("known", "1"), ("contradicts", "0"), ("novel", "2")]


def test_long_excerpts_are_cut(extracted):
    page = render([extracted()], lambda source: "\n".join(["x" * 999] * 99))
    lines = stored(page)[0]["excerpt"].split("\n")
    assert [len(line) for line in lines] == [160] * 12


def test_source_is_read_from_the_file(extracted, tmp_path):
    path = tmp_path / "a.py"
    path.write_text("a = 1\nb = 2\n")
    rows = stored(
        render_extraction_page(
            [extracted(file=str(path), line=1), extracted(file="gone.py")],
            title="t",
            facts={},
        )
    )
    assert rows[0]["excerpt"].startswith("    1  a = 1\n    2  b = 2")
    assert rows[1]["excerpt"] == ""


def test_probabilities_that_are_none_are_refused(extracted, tmp_path):
    with pytest.raises(ValueError, match="'confidence'"):
        write_extraction_page(
            [extracted(confidence=float("nan"))],
            tmp_path / "kg.html",
            title="t",
            facts={},
        )
    assert not list(tmp_path.iterdir())


def many(extracted, number):
    return (
        extracted(
            f"package.module_{at % 500}.function_{at // 9}",
            f"relation_{at % 17}",
            f"name_{at % 9001}",
            line=1 + at // 9,
            file=f"package/module_{at % 500}.py",
            confidence=at % 1000 / 1000,
            status=list(Status)[at % 3],
        )
        for at in range(number)
    )


def test_fifty_thousand_triples_are_fast_and_small(extracted, tmp_path):
    path = tmp_path / "kg.html"
    start = time.perf_counter()
    write_extraction_page(
        many(extracted, 50_000),
        path,
        title="t",
        facts={},
        excerpt=lambda source: "\n".join(
            f"{source.line + at}  {source.file} {'x' * 20}" for at in range(3)
        ),
    )
    assert time.perf_counter() - start < 20
    assert path.stat().st_size < 25e6
    assert list(tmp_path.iterdir()) == [path]
