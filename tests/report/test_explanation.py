import re
from xml.etree import ElementTree

import pytest
import torch
from matplotlib.image import imread

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertConfig, GraphMertModel
from gmert_pyg.report import DrawnGraph, DrawnTriple
from gmert_pyg.report.attention_marks import head_widths
from gmert_pyg.report.chain_drawing import draw_chain
from gmert_pyg.report.chain_figure import ChainFigure
from gmert_pyg.report.distance_bins import DistanceBins, mean_mass
from gmert_pyg.report.distance_figure import distance_figure
from gmert_pyg.report.explanation_figure import (
    explanation_figure,
    write_figure,
)
from gmert_pyg.report.explanation_page import (
    render_explanation,
    write_explanation,
)

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def graph():
    """Two triples on a head of two tokens, one on a head of one."""
    return DrawnGraph(
        title="a.py:1 a.total_price",
        roots=["def", " total", "_price", "():"],
        triples=[
            DrawnTriple(
                first_root=1,
                num_roots=2,
                relation="calls",
                tail=["su", "m"],
                attention=[[0.9, 0.1], [0.7, 0.3]],
            ),
            DrawnTriple(
                first_root=1,
                num_roots=2,
                relation="returns",
                tail=["float"],
                attention=[[0.2, 0.8]],
            ),
            DrawnTriple(
                first_root=0,
                num_roots=1,
                relation="other",
                tail=["x"],
                attention=[[1.0]],
            ),
        ],
    )


@pytest.fixture
def hostile(hostile_content):
    """A graph in which every text is an attack, with attention."""
    (triple,) = hostile_content.graph.triples
    return DrawnGraph(
        title=hostile_content.graph.title,
        roots=hostile_content.graph.roots,
        triples=[
            DrawnTriple(
                first_root=triple.first_root,
                num_roots=triple.num_roots,
                relation=triple.relation,
                tail=triple.tail,
                attention=[[0.25, 0.75], [1.0, 0.0]],
            )
        ],
    )


def attention(decay=True, layers=2, heads=2):
    torch.manual_seed(0)
    config = GraphMertConfig.small(
        10,
        hidden_size=8 * heads,
        num_attention_heads=heads,
        num_hidden_layers=layers,
        intermediate_size=16,
        decay=decay,
    )
    graph = ChainGraph.from_triples([5, 6, 7] * 7, [(0, 2, 3, [8, 9])])
    return GraphMertModel(config).explain(graph).distances


def test_attention_must_fit_head_and_tail():
    for shares in ([[1.0]], [[0.5, 0.5], [0.5, 0.5]]):
        with pytest.raises(ValueError, match="'attention' must have 1 rows"):
            DrawnTriple(
                first_root=0,
                num_roots=2,
                relation="calls",
                tail=["x"],
                attention=shares,
            )


def test_the_line_under_a_token_is_as_thick_as_its_attention(graph):
    (head,) = head_widths(graph)  # not the head of one token
    assert head == (1, 2)
    # The mean over triples of their means over leaves: .5 and .5.
    assert head_widths(graph)[head] == pytest.approx([3.5, 3.5])
    svg = ElementTree.fromstring(str(draw_chain(graph)))
    widths = [
        path.get("style")
        for path in svg.iter("path")
        if path.get("class") == "head"
    ]
    # A plain line per strip, and over it two tokens of the two that share.
    assert sorted(widths) == [""] * 3 + ["stroke-width: 3.5"] * 4


def test_every_leaf_has_a_cell_per_token_of_a_head_that_shares(graph):
    svg = ElementTree.fromstring(str(draw_chain(graph)))
    groups = [g for g in svg.iter("g") if g.get("class") == "shares"]
    assert [group[0].text for group in groups] == [
        "su attends to total 0.90, _price 0.10",
        "m attends to total 0.70, _price 0.30",
        "float attends to total 0.20, _price 0.80",
    ]
    shares = [
        [float(rect.get("fill-opacity")) for rect in group.iter("rect")]
        for group in groups
    ]
    assert shares == [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]]


def test_without_attention_the_drawing_is_as_before(graph):
    plain = DrawnGraph(
        title=graph.title,
        roots=graph.roots,
        triples=[
            DrawnTriple(
                first_root=t.first_root,
                num_roots=t.num_roots,
                relation=t.relation,
                tail=t.tail,
            )
            for t in graph.triples
        ],
    )
    drawn = str(draw_chain(plain))
    assert "shares" not in drawn
    assert "stroke-width" not in drawn
    assert ChainFigure(plain).height < ChainFigure(graph).height


@pytest.mark.parametrize("num_distances", [1, 2, 5, 6, 9, 10, 100])
def test_bins_cover_every_distance_once(num_distances):
    bins = DistanceBins(num_distances)
    assert len(bins.labels) == len(bins.starts)
    ones = torch.ones(num_distances).numpy()
    assert bins.sums(ones).sum() == num_distances
    expected = ["0", "1", "2", "3", "4", "5-8", "9-16", "17-32", "33-64"]
    if num_distances == 100:
        assert bins.labels == [*expected, "65-99"]


def test_the_figure_shows_the_numbers():
    found = attention()
    axes = distance_figure(found).axes
    bins = DistanceBins(found.mass.size(-1))
    shown = [text.get_text() for text in axes[0].texts]
    assert shown[: len(bins.labels)] == [
        f"{100 * share:.0f}" for share in bins.sums(mean_mass(found))[0]
    ]
    assert [line.get_ydata().tolist() for line in axes[2].lines] == [
        pytest.approx(of_head) for of_head in found.decay.tolist()
    ]
    assert [ax.get_title(loc="left") for ax in axes[3:]] == [
        "layer 0",
        "layer 1",
    ]
    # The weights of an untrained model lie close together.
    low, high = axes[1].get_ylim()
    assert sum(low <= tick <= high for tick in axes[1].get_yticks()) >= 2


def test_the_chain_is_in_the_figure(graph):
    figure = explanation_figure([graph, graph], attention())
    texts = [text.get_text() for text in figure.subfigs[0].axes[0].texts]
    for shown in ("total", "_price", "su", "m", "float", "calls", "():"):
        assert shown in texts
    assert len(figure.subfigs) == 3
    assert figure.subfigs[1].texts[0].get_text() == graph.title


@pytest.mark.parametrize("decay", [True, False])
def test_files_are_written(graph, tmp_path, decay):
    found = attention(decay, layers=5, heads=12)
    for suffix in (".png", ".svg"):
        write_figure([graph], found, tmp_path / f"a{suffix}")
        write_figure([graph], None, tmp_path / f"b{suffix}")
    assert imread(tmp_path / "a.png").shape[0] > 500
    write_explanation("a", [graph], found, tmp_path / "a.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("a.html", "a.png", "a.svg", "b.png", "b.svg")
    ]
    with pytest.raises(ValueError, match="'path' must end in"):
        write_figure([graph], found, tmp_path / "a.pdf")


def test_a_long_picture_has_fewer_dots(graph, tmp_path, monkeypatch):
    monkeypatch.setitem(write_figure.__globals__, "_MAX_DOTS", 300)
    write_figure([graph] * 3, None, tmp_path / "long.png")
    assert max(imread(tmp_path / "long.png").shape) <= 300


def test_page_has_no_markup_but_its_own(hostile):
    page = render_explanation(hostile.title, [hostile], attention())
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\udc80" not in page
    assert "\u202e" not in page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'")
    assert "http://" not in page.replace("http://www.w3.org/", "")
    for share in ("0.62", "0.38"):  # means over the two leaves
        assert f"<small>{share}</small>" in page


def test_svg_has_no_markup_but_its_own(hostile, tmp_path):
    write_figure([hostile], attention(), tmp_path / "a.svg")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.tag == f"{SVG}svg"
    assert not list(root.iter(f"{SVG}script"))
    texts = "".join(
        "".join(text.itertext()) for text in root.iter(f"{SVG}text")
    )
    assert "<script>" in texts


def test_the_same_content_gives_the_same_files(graph, tmp_path):
    found = attention()
    for name in ("a", "b"):
        write_figure([graph], found, tmp_path / f"{name}.svg")
        write_explanation("t", [graph], found, tmp_path / f"{name}.html")
    for suffix in (".svg", ".html"):
        first, second = (
            (tmp_path / f"{name}{suffix}").read_bytes() for name in "ab"
        )
        assert first == second
