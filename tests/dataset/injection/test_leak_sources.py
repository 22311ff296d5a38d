"""Whatever a window tells of a triple is known to be its source."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gmert_pyg import ChainGraph, GraphMertTokenizer
from gmert_pyg.schema import DEFAULT_SCHEMA, EntityKind
from gmert_pyg.transforms import MaskSpans
from gmert_pyg.transforms.labels import IGNORE_INDEX

TOKENIZER = GraphMertTokenizer.default()
MASK = TOKENIZER.mask_token_id
BOUND = (EntityKind.VARIABLE, EntityKind.PARAMETER)
USE = '''import geometry.units
from geometry.units import Metre, convert


def total(sides: dict[str, Metre], factor) -> list[Metre]:
    """Convert the sides: convert(side) for all.

    Of geometry, only `units` matter; see Metre.
    """
    # convert first
    sizes = [convert(side, factor) for side in sides]
    name = "convert_all, convert"
    return sizes


def other(x: dict[str, Metre]):
    return total(x, 2)
'''
UNITS = """class Metre:
    def __init__(self, amount):
        self.amount = amount


def convert(metre: Metre, factor: float) -> Metre:
    return Metre(metre.amount * factor)
"""
FILES = {"use": USE, "geometry.units": UNITS, "geometry": ""}
CUTS = ("def total", "# convert first", "def other")


def sources_by_hand(project, grafts, windows, module):
    """For each triple, the roots that state it or hold a word of its tail."""
    kg, text = project.kg, project.texts[module]
    evidence = kg.evidence
    found = []
    for window, triple in zip(
        grafts.window.tolist(), grafts.kg_triple.tolist(), strict=True
    ):
        spans = [
            (int(evidence.start[place]), int(evidence.end[place]))
            for place in range(*evidence.pointers[triple : triple + 2])
            if evidence.module[place] == module
        ]
        tail = int(kg.triples.tail[triple])
        if kg.entities[tail].kind not in BOUND:
            words = set(re.findall(r"\w+", kg.tail_text(tail)))
            spans += [
                match.span()
                for match in re.finditer(r"\w+", text)
                if match[0] in words
            ]
        roots = range(*windows.pointers[window : window + 2])
        found.append(
            {
                root
                for root in roots
                for start, end in spans
                if windows.roots.start[root] < end
                and windows.roots.end[root] > start
            }
        )
    return found


@pytest.mark.parametrize("cuts", [(), CUTS])
@pytest.mark.parametrize("module", [0, 1])
def test_sources_by_hand(snippets, cuts, module):
    project = snippets(FILES, alpha=0, max_triples_per_head=50)
    cuts = cuts if module == 0 else ()
    windows = project.windows(module, cuts)
    grafts = project.grafts(module, cuts)
    expected = sources_by_hand(project, grafts, windows, module)
    found = [set() for _ in expected]
    for root, triple in zip(
        grafts.source_root.tolist(), grafts.source_triple.tolist(), strict=True
    ):
        assert root not in found[triple]
        found[triple].add(root)
    assert found == expected
    assert sorted(grafts.source_triple) == grafts.source_triple.tolist()
    # A triple that the window does not show has no source, but for words that
    # are a part of what it is called.
    for triple, roots in enumerate(found):
        wording = project.wording(grafts.kg_triple[[triple]])[0]
        if not grafts.local[triple] and len(re.findall(r"\w+", wording[2])) < 2:
            assert not roots


def told_words(windows, roots):
    """Return where the words start that some roots are parts of."""
    starts = {int(windows.roots.start[root]) for root in roots}
    return [
        (match.start(), match[0])
        for match in re.finditer(r"\w+", USE)
        if match.start() in starts
    ]


def test_words_in_strings_and_comments_tell_a_tail(snippets):
    project = snippets(FILES)
    grafts = project.grafts()
    wording = project.wording(grafts.kg_triple)
    at = wording.index(("total", "calls", "convert"))
    told = grafts.source_root[grafts.source_triple == at]
    expected = [m.span()[0] for m in re.finditer(r"\bconvert\b", USE)]
    # In the import, the docstring, the comment, the call, and the string.
    assert len(expected) == 5
    found = told_words(project.windows(), told)
    assert found == [(start, "convert") for start in expected]


def test_a_part_of_a_dotted_name_or_a_type_tells_it(snippets):
    project = snippets(FILES, alpha=0, max_triples_per_head=50)
    grafts = project.grafts()
    wording = project.wording(grafts.kg_triple)
    for tail, words in {
        "geometry.units": ["geometry", "units"],
        "dict[str, Metre]": ["dict", "str", "Metre"],
    }.items():
        at = next(i for i, triple in enumerate(wording) if triple[2] == tail)
        told = grafts.source_root[grafts.source_triple == at].tolist()
        found = {word for _, word in told_words(project.windows(), told)}
        assert set(words) <= found


NAMES = st.sampled_from(["area", "scale", "Point", "load_all", "f"])
LINES = st.sampled_from(
    [
        "{0} = {1}({2})",
        "# {0} and {1}",
        "'''{0}.{2}'''",
        "{0}: {1} = {2}.{1}()",
        "return {0}({1}, '{2}')",
    ]
)
BODIES = st.lists(
    st.builds(
        lambda line, names: line.format(*names),
        LINES,
        st.tuples(NAMES, NAMES, NAMES),
    ),
    min_size=1,
    max_size=6,
).map(lambda lines: "".join(f"    {line}\n" for line in [*lines, "pass"]))


@given(BODIES, BODIES, st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_masked_word_stands_in_no_leaf(first, second, epoch):
    code = (
        f"import area.Point\nfrom load_all import scale\nclass Point: pass\n"
        f"def f(area, scale: Point) -> Point:\n{first}"
        f"def load_all(x: 'scale[Point]'):\n{second}"
    )
    graph = ChainGraph.from_source(code, alpha=0)
    graph.graph_id, graph.epoch = 0, epoch
    masked = MaskSpans(MASK, len(TOKENIZER), rate=0.3)(graph)
    covered = masked.labels[: graph.num_roots] != IGNORE_INDEX
    spans = graph.root_span.tolist()
    words = {
        match[0]
        for match in re.finditer(r"\w+", code)
        if any(
            covered[i] and start < match.end() and end > match.start()
            for i, (start, end) in enumerate(spans)
        )
    }
    variables = {"declares", "has_parameter", "has_field", "flows_to"}
    for number in range(1, graph.num_triples + 1):
        leaves = graph.triple == number
        relation = int(
            graph.edge_type[leaves[graph.edge_index[1]]].unique().item()
        )
        if DEFAULT_SCHEMA.relation_names[relation] in variables:
            continue
        if not torch.equal(masked.input_ids[leaves], graph.input_ids[leaves]):
            continue
        tail = TOKENIZER.decode(graph.input_ids[leaves])
        assert not words & set(re.findall(r"\w+", tail))
