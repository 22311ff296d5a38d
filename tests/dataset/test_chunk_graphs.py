"""What graphs of chunks say about themselves, through the whole builder."""

import itertools

import pytest

from gmert_pyg import ChainGraph, GraphMertTokenizer
from gmert_pyg.data.building import BuildCounts, GraphBuilder, GraphOptions
from gmert_pyg.data.from_source import graphs_of_file
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import parse_module
from gmert_pyg.schema import DEFAULT_SCHEMA

TOKENIZER = GraphMertTokenizer.default()
CODE = '''"""Shapes."""
import math

UNIT = 1


class Circle:
    """A circle."""

    # Its size.
    def area(self, scale: float, digits):
        if scale < 0:
            raise ValueError("scale must be positive, not negative")
        inside = math.pi * scale * scale
        outside = math.tau * scale + digits
        return round(inside - outside, digits)


def unit(digits):
    return Circle().area(UNIT, digits)
'''


def build(**options: object) -> tuple[list[ChainGraph], BuildCounts]:
    kg = CodeKG.from_modules([parse_module(CODE, "shapes.py", "shapes")])
    builder = GraphBuilder(kg, TOKENIZER, GraphOptions(**options))
    store, counts = builder.chunks(0, CODE)
    graphs = [store.get(number) for number in range(len(store))]
    for graph in graphs:
        graph.validate(DEFAULT_SCHEMA.num_relations, len(TOKENIZER))
    return graphs, counts


def lines(graph: ChainGraph) -> list[str]:
    return CODE.split("\n")[graph.line_start - 1 : graph.line_end]


def names(graphs: list[ChainGraph]) -> list[str]:
    return [graph.qualified_name for graph in graphs]


def test_code_outside_of_units_is_counted():
    of_functions, of_classes, of_file = (
        build(unit=unit)[1] for unit in ("function", "class", "file")
    )
    assert of_functions.functions == of_file.functions == 2
    assert (of_functions.units, of_classes.units, of_file.units) == (2, 2, 1)
    assert (
        of_functions.outside_roots
        > of_classes.outside_roots
        > of_file.outside_roots
        == 0
    )
    for unit, counts in (("function", of_functions), ("class", of_classes)):
        inside = sum(graph.num_roots for graph in build(unit=unit)[0])
        assert inside == counts.file_roots - counts.outside_roots


def test_graphs_are_named_after_their_unit_or_what_holds_them():
    assert names(build(unit="class")[0]) == ["shapes.Circle", "shapes.unit"]
    graphs, _ = build(unit="file", max_roots=40)
    assert [(graph.qualified_name, lines(graph)[0]) for graph in graphs] == [
        ("shapes", '"""Shapes."""'),
        ("shapes.Circle.area", "        if scale < 0:"),
        # The end of one function and the start of the next.
        ("shapes", "        return round(inside - outside, digits)"),
    ]


@pytest.mark.parametrize("unit", ["function", "class", "file"])
@pytest.mark.parametrize("repeat_signature", [False, True])
def test_every_identifier_of_a_unit_is_linked(unit, repeat_signature):
    for max_roots in (16, 40, 300):
        graphs, counts = build(
            unit=unit, repeat_signature=repeat_signature, max_roots=max_roots
        )
        assert counts.linked == counts.mentions > 0
        assert max(graph.num_roots for graph in graphs) <= max_roots
        for graph in graphs:
            for triple in grafted_triples(graph):
                last = triple.first_root + triple.num_roots
                ids = graph.input_ids[triple.first_root : last]
                assert TOKENIZER.decode(ids).isidentifier()


def test_own_parts_and_signatures_add_up():
    _, alone = build(unit="file", max_roots=40)
    graphs, counts = build(unit="file", max_roots=40, repeat_signature=True)
    assert alone.repeated_roots == 0 < counts.repeated_roots
    assert counts.file_roots == alone.file_roots
    total = sum(graph.num_roots for graph in graphs)
    assert total == counts.file_roots + counts.repeated_roots


def test_a_repeated_signature_heads_triples_and_tells_no_lines():
    graphs, _ = build(
        unit="function",
        max_roots=48,
        repeat_signature=True,
        max_triples_per_head=9,
    )
    windows = [g for g in graphs if g.qualified_name == "shapes.Circle.area"]
    assert len(windows) == 2
    assert lines(windows[0])[0].startswith("    def area")
    assert lines(windows[1])[0].startswith("        inside")
    for graph in windows:
        spans = graph.root_span.tolist()
        shown = "".join(CODE[start:end] for start, end in spans)
        assert "defarea(self,scale:float,digits):" in shown.replace(" ", "")
        ids = graph.input_ids.tolist()
        assert ("scale", "has_type", "float") in {
            (
                TOKENIZER.decode(
                    ids[t.first_root : t.first_root + t.num_roots]
                ),
                DEFAULT_SCHEMA.relation_names[t.relation],
                TOKENIZER.decode(list(t.tail)),
            )
            for t in grafted_triples(graph)
        }
    # The own part follows the signature in the text, with a gap between.
    jumps = [
        after[0] - before[1]
        for before, after in itertools.pairwise(windows[1].root_span.tolist())
    ]
    assert max(jumps) > 50


def test_a_file_is_read_as_asked(tmp_path):
    path = tmp_path / "shapes.py"
    path.write_text(CODE)
    graphs = graphs_of_file(str(path), options=GraphOptions(unit="file"))
    assert sum(g.num_roots for g in graphs) == build(unit="file")[1].file_roots
    assert (
        GraphOptions(unit="file").to_dict().items()
        >= {
            "unit": "file",
            "max_roots": 128,
            "repeat_signature": False,
        }.items()
    )
