"""Mentions are asked for what their kind admits."""

import numpy as np
import pytest

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.building import GraphBuilder, GraphOptions
from gmert_pyg.distill.extraction.head_queries import Asker
from gmert_pyg.kg import CodeKG

CODE = """def area(side, scale):
    total = side * side
    return rounded(total * side.unknown)
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    path = tmp_path_factory.mktemp("shapes") / "shapes.py"
    path.write_text(CODE)
    kg = CodeKG.from_source(str(path))
    builder = GraphBuilder(kg, GraphMertTokenizer.default(), GraphOptions())
    return kg, *builder.chunks_and_heads(0, CODE)


def asked(read, **options):
    """By mention, in the order of the text: its text, and the relations."""
    kg, store, heads = read
    found = Asker(kg, **options)(heads)
    queries, graph = found.queries, store.get(0)
    names = kg.schema.relation_names
    rows = {}
    for number, mention in enumerate(found.mention.tolist()):
        first = int(queries.first_root[number])
        last = first + int(queries.num_roots[number]) - 1
        span = int(graph.root_span[first, 0]), int(graph.root_span[last, 1])
        assert kg.entities[heads.entity[mention]].name == CODE[slice(*span)]
        rows.setdefault(span, []).append(names[queries.relation[number]])
    assert (np.diff(queries.graph) >= 0).all()
    return [(CODE[slice(*span)], rows[span]) for span in sorted(rows)]


def test_every_mention_is_asked_for_what_its_kind_admits(read):
    function = [
        *("calls", "declares", "instantiates", "contains", "has_parameter"),
        *("returns", "imported_from"),
    ]
    parameter = ["has_type", "flows_to"]
    variable = ["has_type", "imported_from", "flows_to"]
    # What nothing resolves, `rounded` and `unknown`, is not asked for.
    assert asked(read) == [
        ("area", function),
        ("side", parameter),
        ("scale", parameter),
        ("total", variable),
        ("side", parameter),
        ("side", parameter),
        ("total", variable),
        ("side", parameter),
    ]


def test_only_first_mentions_are_asked(read):
    found = asked(read, mentions="first", relations=["flows_to"])
    assert found == [(n, ["flows_to"]) for n in ("side", "scale", "total")]


def test_what_is_not_known_is_refused(read):
    kg, *_ = read
    with pytest.raises(ValueError, match=r"'relations' .* \(got 'eats'\)"):
        Asker(kg, ["calls", "eats"])
    with pytest.raises(ValueError, match=r"'mentions' .* \(got 'last'\)"):
        Asker(kg, mentions="last")
