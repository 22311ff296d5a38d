import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gmert_pyg.report import (
    CompletedRow,
    DrawnGraph,
    DrawnTriple,
    MetricRow,
    ReportContent,
    render_report,
    write_report,
)

EMPTY = ReportContent(
    title="Nothing yet",
    graph=DrawnGraph(title="a.py: f", roots=["pass"], triples=[]),
)


class Elements(HTMLParser):
    """Collects the start tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def completed(file: str, line: int = 3, status: str = "known") -> CompletedRow:
    return CompletedRow(
        head="f",
        relation="calls",
        tail="g",
        hidden_tail="h",
        confidence=0.25,
        status=status,
        file=file,
        line=line,
    )


def test_hostile_text_stays_text(hostile_content):
    page = render_report(hostile_content)
    elements = Elements(page)
    assert [tag for tag, _ in elements.tags].count("script") == 1
    assert page.count("<script") == 1
    assert "alert(1)" in elements.text
    assert not [
        name
        for _, attributes in elements.tags
        for name in attributes
        if name.startswith("on")
    ]
    assert "変数" in elements.text
    assert "\\u202e" in elements.text


def test_no_element_is_left_open_by_hostile_text(hostile_content):
    page = render_report(hostile_content)
    for tag in ("svg", "g", "text", "title", "table", "tr", "td", "code"):
        opened = len(re.findall(rf"<{tag}[ >]", page))
        assert opened == page.count(f"</{tag}>"), tag


def test_page_refers_to_nothing_outside_itself(hostile_content):
    page = render_report(hostile_content)
    assert "http:" not in page
    assert "https:" not in page
    for tag, attributes in Elements(page).tags:
        assert tag not in {"link", "img", "iframe", "image", "object"}
        assert "src" not in attributes
        href = attributes.get("href") or "#"
        assert href.startswith("#") or tag == "a"
    assert not re.search(r"@import|url\((?!#)", page)
    assert "default-src 'none'" in page


def test_ids_are_unique_and_references_resolve(hostile_content):
    page = render_report(hostile_content)
    ids = [a["id"] for _, a in Elements(page).tags if "id" in a]
    assert len(ids) == len(set(ids))
    references = re.findall(r'(?:href="|url\()#([^")]+)', page)
    assert set(references) <= set(ids)


def test_script_hash_is_that_of_the_script():
    import base64
    import hashlib

    page = render_report(EMPTY)
    script = re.search(r"<script>(.*)</script>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest())
    assert f"'sha256-{digest.decode()}'" in page.replace("&#43;", "+")


def test_same_content_gives_the_same_page(hostile_content):
    assert render_report(hostile_content) == render_report(hostile_content)


def test_charts_leave_matplotlib_as_it_was(hostile_content):
    import matplotlib

    before = dict(matplotlib.rcParams)
    render_report(hostile_content)
    assert dict(matplotlib.rcParams) == before


def test_empty_parts_are_sentences():
    page = render_report(EMPTY)
    assert 'class="chart"' not in page
    for sentence in (
        "Nothing was evaluated.",
        "No losses were logged",
        "No triples were completed.",
        "No triples hang on this graph.",
    ):
        assert sentence in page


def test_source_is_linked_and_shown():
    content = ReportContent(
        title="t",
        graph=EMPTY.graph,
        completions=[
            completed("/src/pkg/a b#.py", 12),
            completed("/src/other.py", 4),
        ],
    )
    elements = Elements(render_report(content))
    links = [a["href"] for tag, a in elements.tags if tag == "a"]
    assert "file:///src/pkg/a%20b%23.py#L12" in links
    assert "pkg/a b#.py:12" in elements.text
    assert "other.py:4" in elements.text
    assert "Files are below /src." in elements.text


def test_relative_paths_are_shown_as_given():
    content = ReportContent(
        title="t", graph=EMPTY.graph, completions=[completed("pkg/a.py")]
    )
    page = render_report(content)
    assert f'href="{Path("pkg/a.py").absolute().as_uri()}#L3"' in page
    assert ">pkg/a.py:3<" in page


def test_only_the_best_of_a_row_is_bold():
    row = MetricRow(
        task="leaves",
        metric="hits@1",
        num_items=5,
        model=0.25,
        majority=0.125,
        lookup=0.5,
    )
    page = render_report(
        ReportContent(title="t", graph=EMPTY.graph, metrics=[row])
    )
    assert re.findall(r"<strong>(.*?)</strong>", page) == ["50.0 %"]


def test_values_that_are_not_finite_leave_gaps():
    history = [
        {"step": 1, "mlm_loss": 2.0},
        {"step": 2, "mlm_loss": float("nan")},
    ]
    page = render_report(
        ReportContent(title="t", graph=EMPTY.graph, log_history=history)
    )
    assert "not finite" in page


def test_write_report_leaves_only_the_report(tmp_path, hostile_content):
    path = tmp_path / "runs" / "report.html"
    write_report(hostile_content, path)
    assert path.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert list(path.parent.iterdir()) == [path]


def test_content_is_checked():
    with pytest.raises(ValueError, match="'status'"):
        completed("a.py", status="maybe")
    with pytest.raises(ValueError, match="'model'"):
        MetricRow(
            task="t",
            metric="m",
            num_items=1,
            model=float("nan"),
            majority=0,
            lookup=0,
        )
    with pytest.raises(ValueError, match="'triples'"):
        DrawnGraph(
            title="t",
            roots=["a"],
            triples=[
                DrawnTriple(
                    first_root=0, num_roots=2, relation="calls", tail=["b"]
                )
            ],
        )
