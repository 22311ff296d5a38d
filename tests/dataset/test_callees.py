"""Names by which arguments found the parameters that they are linked to."""

import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg import ChainGraph, GraphMertTokenizer
from gmert_pyg.data.building import GraphOptions
from gmert_pyg.data.from_source import graphs_of_file
from gmert_pyg.schema import DEFAULT_SCHEMA
from gmert_pyg.transforms import MaskSpans

ARGUMENT_OF = DEFAULT_SCHEMA.relation_id("argument_of")
CODE = """class Base:
    def __init__(self, size):
        self.size = size

    def grow(self, amount, *, by=1):
        return self.grow(amount - 1, by=by)


class Derived(Base):
    def run(self, n):
        self.grow(n)
        open(n, mode=n)
        return Base(n)
"""


@pytest.fixture(scope="module")
def graph():
    return ChainGraph.from_source(CODE)


def named(graph, text):
    """Return the roots of the names that are spelled so, whole names only."""
    tokenizer = GraphMertTokenizer.default()
    spans = graph.root_span.tolist()
    ends = {end for _, end in spans}
    found = []
    for root, (start, _) in enumerate(spans):
        if CODE.startswith(text, start) and start + len(text) in ends:
            size = len(tokenizer.tokenize(text))
            found.append(list(range(root, root + size)))
    return found


def bound_by(graph, root):
    callee, argument = graph.callee_index
    spans = graph.root_span.tolist()
    return {
        (CODE[: spans[a][0]].count("\n") + 1, CODE[slice(*spans[a])])
        for a in argument[callee == root].tolist()
    }


def test_every_token_of_a_function_tells_its_arguments(graph):
    places = named(graph, "grow")
    assert len(places) == 3
    for place in places:
        for root in place:
            (amount,) = {a for a in bound_by(graph, root) if a == (11, "n")}
            assert amount == (11, "n")
            assert {line for line, _ in bound_by(graph, root)} == {6, 11}


def test_a_class_tells_the_arguments_of_its_constructor(graph):
    for text in ("Base", "__init__"):
        for place in named(graph, text):
            for root in place:
                assert bound_by(graph, root) == {(13, "n")}


def test_nothing_else_does(graph):
    names = {"grow", "Base", "__init__"}
    told = {root for name in names for p in named(graph, name) for root in p}
    assert set(graph.callee_index[0].tolist()) == told


def test_it_joins_batches_and_is_checked(graph):
    other = ChainGraph.from_source("x = 1\n")
    assert other.callee_index.shape == (2, 0)
    batch = Batch.from_data_list([other, graph])
    moved = graph.callee_index + other.num_nodes
    assert torch.equal(batch.callee_index, moved)
    graph.validate(DEFAULT_SCHEMA.num_relations)
    bad = graph.clone()
    bad.callee_index = torch.tensor([[0], [10_000]])
    with pytest.raises(ValueError, match="'callee_index' must stay below"):
        bad.validate()


def test_windows_have_their_own(tmp_path, graph):
    path = tmp_path / "code.py"
    path.write_text(CODE)
    whole = graph.callee_index.size(1)
    graphs = graphs_of_file(path, options=GraphOptions(max_roots=40))
    assert len(graphs) > 1
    for part in graphs:
        part.validate(DEFAULT_SCHEMA.num_relations)
        spans = part.root_span.tolist()
        binding = part.edge_type == ARGUMENT_OF
        assert set(part.callee_index[1].tolist()) <= set(
            part.edge_index[0, binding].tolist()
        )
        for root in part.callee_index[0].unique().tolist():
            start, end = spans[root]
            text = CODE[start:end].strip()
            assert any(text in name for name in ("grow", "Base", "__init__"))
    assert sum(part.callee_index.size(1) for part in graphs) < whole


def test_no_masked_callee_is_bound(graph):
    masks = MaskSpans(4, 8192, rate=0.1)
    dropped = kept = 0
    names = [named(graph, name) for name in ("grow", "Base", "__init__")]
    for epoch in range(50):
        graph.epoch = epoch
        masked = masks(graph)
        hidden = masked.labels != -100
        binding = masked.edge_type == ARGUMENT_OF
        arguments = set(masked.edge_index[0, binding].tolist())
        for places in names:
            for place in places:
                for root in place:
                    callee, argument = graph.callee_index
                    bound = set(argument[callee == root].tolist())
                    if hidden[root]:
                        assert not bound & arguments
                        dropped += 1
                    kept += bool(bound & arguments)
    assert dropped > 20
    assert kept > 20
