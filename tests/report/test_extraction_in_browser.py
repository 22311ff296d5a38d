"""The page of an extracted knowledge graph, as a browser shows it."""

import html
import re

import pytest

from gmert_pyg.distill.extraction.extracted_triples import Status
from gmert_pyg.report.extraction_page import write_extraction_page

NASTY = "<b>\"'&</script>\n\u2028変"
SHOWN = "<b>\"'&</script>⏎\\u2028変"


@pytest.fixture
def open_page(run_in_browser, tmp_path):
    """Writes a page, acts on it by a script, and returns what it became."""

    def opened(triples, actions=""):
        path = tmp_path / "kg.html"
        write_extraction_page(
            triples,
            path,
            title="t",
            facts={},
            excerpt=lambda source: f"def at_{source.line}():\n\tpass",
        )
        if actions:  # the policy of the page lets only its own script run
            page = re.sub(r"<meta http-equiv[^>]*>", "", path.read_text())
            acting = f"<script>setTimeout(() => {{ {actions} }}, 9)</script>"
            path.write_text(page.replace("</body>", f"{acting}</body>"))
        page, console = run_in_browser(path)
        assert console == ""
        assert re.search(r'<p id="failure"[^>]* hidden=""></p>', page)
        return page

    return opened


def rows(page):
    """The cells of the table's rows, excerpts left out."""
    (body,) = re.findall(r'<table id="rows">.*<tbody>(.*?)</tbody>', page, re.S)
    return [
        [
            html.unescape(re.sub(r"<small>.*?</small>|<.*?>", "", cell))
            for cell in re.findall(r"<td.*?</td>", row, re.S)
        ]
        for row in re.findall(r"<tr>.*?</tr>", body, re.S)
    ]


def nodes(page):
    return [
        html.unescape(name)
        for name in re.findall(r'class="node[^>]*aria-label="(.*?)"', page)
    ]


def output(page, name):
    (text,) = re.findall(rf'<output id="{name}"[^>]*>(.*?)<', page)
    return text


@pytest.fixture
def shop(extracted):
    return [
        extracted("shop.total", "calls", "sum", confidence=0.9),
        extracted("shop.total", "returns", NASTY, line=7, confidence=0.8),
        extracted(
            *("shop.Cart", "calls", "shop.total"),
            confidence=0.4,
            status=Status.KNOWN,
        ),
        extracted("shop.Cart", "has_field", "items", confidence=0.3),
    ]


def test_table_and_graph_are_drawn(open_page, shop):
    page = open_page(shop)
    assert [" | ".join(row) for row in rows(page)] == [
        "shop.total | calls | sum | 0.900 | 0.250 | novel | shop.py:3",
        f"shop.total | returns | {SHOWN} | 0.800 | 0.250 | novel | shop.py:7",
        "shop.Cart | calls | shop.total | 0.400 | 0.250 | known | shop.py:3",
        "shop.Cart | has_field | items | 0.300 | 0.250 | novel | shop.py:3",
    ]
    # Around the head of most triples: what is two steps away is not drawn.
    assert nodes(page) == ["shop.total", "sum", SHOWN, "shop.Cart"]
    assert page.count('class="edge ') == 3
    assert output(page, "drawn") == "3 neighbours, 3 triples drawn"
    assert output(page, "shown") == "4 of 4 triples"
    assert "<pre>def at_7():\n    pass</pre>" in page


def test_a_click_shows_and_hides_the_neighbours_of_a_node(open_page, shop):
    click = """
      document.querySelector('[aria-label="shop.Cart"]')
        .dispatchEvent(new MouseEvent("click", { bubbles: true }));
    """
    assert "items" in nodes(open_page(shop, click))
    assert "items" not in nodes(open_page(shop, click + click))


def test_filters_hold_for_table_and_graph(open_page, shop):
    act = """
      const slider = byId("confidence");
      slider.value = 0.35;
      slider.dispatchEvent(new Event("input"));
    """
    page = open_page(shop, act)
    assert [row[3] for row in rows(page)] == ["0.900", "0.800", "0.400"]
    page = open_page(
        shop, act + 'document.querySelector("#statuses input").click();'
    )
    assert [row[3] for row in rows(page)] == ["0.900", "0.800"]
    assert nodes(page) == ["shop.total", "sum", SHOWN]
    page = open_page(shop, 'byId("no-relation").click();')
    assert rows(page) == []
    assert nodes(page) == ["shop.total"]


def test_an_entity_is_searched_by_its_name(open_page, shop):
    page = open_page(
        shop,
        """
        const input = byId("entity");
        input.value = "cart";
        input.dispatchEvent(new Event("input"));
        input.dispatchEvent(new Event("change"));
        """,
    )
    assert '<option value="shop.Cart">' in page
    assert nodes(page) == ["shop.Cart", "shop.total", "items"]


def test_the_table_is_sorted_and_searched(open_page, shop):
    sort = """
      const heading = document.querySelector('[data-column="tail"] button');
      heading.click();
    """
    tails = [row[2] for row in rows(open_page(shop, sort))]
    assert tails[1:] == ["items", "shop.total", "sum"]
    descending = rows(open_page(shop, sort + "heading.click();"))
    assert [row[2] for row in descending] == tails[::-1]
    page = open_page(
        shop,
        """
        byId("containing").value = "ITEM";
        byId("containing").dispatchEvent(new Event("input"));
        """,
    )
    assert [row[2] for row in rows(page)] == ["items"]


def test_a_hub_is_bounded_and_the_table_has_pages(open_page, extracted):
    triples = [
        extracted("hub", "calls", f"name_{at}", confidence=at / 1000)
        for at in range(1000)
    ]
    page = open_page(triples, 'byId("next-page").click();')
    assert len(nodes(page)) == 151
    assert set(nodes(page)) == {
        "hub",
        *(f"name_{at}" for at in range(850, 1000)),  # the surest
    }
    assert output(page, "drawn") == (
        "150 neighbours, 150 triples drawn, 850 neighbours left out"
    )
    assert [row[2] for row in rows(page)] == [
        f"name_{at}" for at in range(949, 899, -1)
    ]
    assert ">page 2 of 20<" in page


def test_an_expanded_node_of_a_hub_gets_its_share(open_page, extracted):
    triples = [
        extracted(head, "calls", f"{head}_{at}", confidence=0.5)
        for head in ("hub", "second")
        for at in range(500)
    ]
    triples.append(extracted("hub", "calls", "second", confidence=0.9))
    page = open_page(
        triples,
        """
        document.querySelector('[aria-label="second"]')
          .dispatchEvent(new MouseEvent("click", { bubbles: true }));
        """,
    )
    drawn = nodes(page)
    assert len(drawn) == 151
    assert sum(name.startswith("second_") for name in drawn) == 75


def test_fifty_thousand_triples_open(open_page, extracted):
    page = open_page(
        extracted(f"head_{at // 9}", "calls", f"name_{at % 9001}", line=at + 1)
        for at in range(50_000)
    )
    assert len(rows(page)) == 50
    assert output(page, "shown") == "50,000 of 50,000 triples"
    assert len(nodes(page)) == 10
