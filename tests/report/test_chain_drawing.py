from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.report import DrawnGraph, DrawnTriple
from gmert_pyg.report.chain_drawing import draw_chain, relation_legend
from gmert_pyg.report.chain_layout import lay_out
from gmert_pyg.schema import DEFAULT_SCHEMA

texts = st.sampled_from(
    ["def", " f", "(", "):", "\n", "\n    ", "\n\n\t", "    ", "変数", "x" * 60]
)


@st.composite
def graphs(draw):
    roots = draw(st.lists(texts, min_size=1, max_size=60))
    triples = []
    for _ in range(draw(st.integers(0, 30))):
        first = draw(st.integers(0, len(roots) - 1))
        triples.append(
            DrawnTriple(
                first_root=first,
                num_roots=draw(st.integers(1, len(roots) - first)),
                relation=draw(st.sampled_from(["calls", "returns", "other"])),
                tail=draw(st.lists(texts, min_size=1, max_size=6)),
            )
        )
    return DrawnGraph(title="t", roots=roots, triples=triples)


@given(graphs())
def test_layout_holds_everything_without_overlaps(graph):
    layout = lay_out(graph)
    placed = [index for row in layout.rows for index in row.roots]
    assert placed == list(range(len(graph.roots)))
    leaves = 0
    for row in layout.rows:
        boxes = [layout.roots[index] for index in row.roots]
        for left, right in pairwise(boxes):
            assert left.right < right.left
        for lane, strip in row.strips:
            assert 0 <= lane < row.num_lanes
            tail_boxes = [box for tail in strip.tails for box in tail]
            leaves += len(tail_boxes)
            for left, right in pairwise(tail_boxes):
                assert left.right < right.left
            assert tail_boxes[-1].right < strip.right <= layout.right
    assert leaves == sum(len(triple.tail) for triple in graph.triples)
    assert draw_chain(graph).count("<svg") == 1


def test_lines_break_and_indent_as_in_the_source():
    roots = ["def", " f", "():", "\n    ", "return", " 1", "\n", "x"]
    layout = lay_out(DrawnGraph(title="t", roots=roots, triples=[]))
    assert [row.roots for row in layout.rows] == [[0, 1, 2, 3], [4, 5, 6], [7]]
    left = [layout.roots[row.roots[0]].left for row in layout.rows]
    assert left[0] == left[2] < left[1]


def test_every_relation_has_its_own_colour():
    names = [*DEFAULT_SCHEMA.relation_names]
    graph = DrawnGraph(
        title="t",
        roots=["a"],
        triples=[
            DrawnTriple(first_root=0, num_roots=1, relation=name, tail=["b"])
            for name in reversed(names)
        ],
    )
    legend = relation_legend(graph)
    assert [name for name, _, _ in legend] == names
    assert len({colour for _, colour, _ in legend}) == len(names) == 12
