"""The invariants of chain graphs, over programs that hypothesis writes."""

import ast
import textwrap

import networkx as nx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.utils import to_networkx

from gmert_pyg import ChainGraph, GraphMertTokenizer, chain_distance
from gmert_pyg.data.building import GraphOptions
from gmert_pyg.data.from_source import graphs_of_file
from gmert_pyg.schema import DEFAULT_SCHEMA
from gmert_pyg.transforms import AddStructuralEdges

TOKENIZER = GraphMertTokenizer.default()
NAMES = st.sampled_from(
    ["a", "b", "total", "get_item", "Size", "größe", "_x1", "HTTPError", "日本"]
)


@st.composite
def expressions(draw, depth=2):
    name = draw(NAMES)
    if depth == 0:
        return draw(st.sampled_from([name, "1", "'text'", "None", "self.size"]))
    inner = expressions(depth - 1)
    form = draw(
        st.sampled_from(
            [
                *(
                    "{0}",
                    "{name}({0}, {1})",
                    "{name}.{other}({0})",
                    "{0} + {1}",
                ),
                *("{name}({other}={0})", "[{0}, {1}]", "{{{0}: {1}}}"),
                *(
                    "[{0} for {name} in {1}]",
                    "lambda {name}: {0}",
                    "{name}[{0}]",
                ),
                *("({0} if {1} else {name})", "f'{{{name}}} text'"),
                *("({name} := {0})", "not {0}", "super().{name}({0})"),
                *("{{*{name}}}", "{name}(*{other}, **{name})"),
            ]
        )
    )
    parts = [draw(inner), draw(inner)]
    text = form.format(*parts, name=name, other=draw(NAMES))
    return f"({text})" if form.startswith(("lambda", "not")) else text


@st.composite
def statements(draw, depth=2):
    simple = [
        *("{name} = {0}", "{name}.{other} = {0}", "{name} += {0}", "{0}"),
        *("{name}: {other} = {0}", "{name}, *{other} = {0}", "del {name}"),
        *("assert {0}", "return {0}", "raise {name}({0})", "pass"),
        *("import {name}.{other} as {name}", "from .{name} import {other}"),
        *("global {unused}", "# {name} {other}\npass", "'''text {name}'''"),
    ]
    nested = [
        *("if {0}:\n{b}\nelif {1}:\n{b2}", "while {0}:\n{b}\n    break"),
        *("for {name} in {0}:\n{b}\nelse:\n{b2}", "with {0} as {name}:\n{b}"),
        *("try:\n{b}\nexcept {name} as {other}:\n{b2}\nfinally:\n    pass",),
        *("def {name}({other}, *args, key={0}) -> {name}:\n{b}",),
        *("@{other}\nasync def {name}(self):\n{b}",),
        *("class {name}({other}):\n    '''Text.'''\n{b}",),
        *("match {0}:\n    case {name}():\n        pass",),
    ]
    form = draw(st.sampled_from(simple + (nested if depth else [])))
    bodies = ["", ""]
    if "{b}" in form:
        bodies = [draw(blocks(depth - 1)), draw(blocks(depth - 1))]
    return form.format(
        draw(expressions()),
        draw(expressions()),
        name=draw(NAMES),
        other=draw(NAMES),
        unused="unused",
        b=textwrap.indent(bodies[0], "    "),
        b2=textwrap.indent(bodies[1], "    "),
    )


@st.composite
def blocks(draw, depth=2):
    body = draw(st.lists(statements(depth), min_size=1, max_size=4))
    return "\n".join(body)


@st.composite
def programs(draw):
    """Return a program with a function; broken ones are drawn again."""
    body = textwrap.indent(draw(blocks(2)), "    ")
    return (
        f"import os\n\ndef outer(self, b: int = 0):\n{body}\n{draw(blocks(1))}"
    )


def is_python(text):
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def check_graph(graph: ChainGraph) -> None:
    graph.validate(DEFAULT_SCHEMA.num_relations, len(TOKENIZER))
    for name, value in graph:
        if isinstance(value, torch.Tensor) and value.dtype != torch.bool:
            assert (value >= 0).all(), name
    source, target = graph.node_type[graph.edge_index]
    knowledge = graph.edge_type < DEFAULT_SCHEMA.num_relations
    assert (source == 0).all()
    assert torch.equal(target == 1, knowledge)
    assert (graph.anchor < graph.num_roots).all()
    data = AddStructuralEdges(keep_edges=False)(graph)
    network = to_networkx(data, to_undirected=True)
    paths = dict(nx.all_pairs_shortest_path_length(network))
    nodes = range(graph.num_nodes)
    distance = chain_distance(
        graph.anchor, graph.node_type, graph.slot, graph.triple
    )
    assert [[paths[u][v] for v in nodes] for u in nodes] == distance.tolist()


@pytest.mark.parametrize("max_roots", [16, 128])
@given(programs().filter(is_python))
@settings(max_examples=40, deadline=None)
def test_invariants_hold(tmp_path_factory, max_roots, program):
    path = tmp_path_factory.mktemp("generated") / "program.py"
    path.write_text(program)
    options = GraphOptions(max_roots=max_roots)
    graphs = graphs_of_file(str(path), TOKENIZER, options)
    assert graphs
    for graph in graphs:
        assert graph.num_roots <= max_roots
        check_graph(graph)


@given(programs().filter(is_python))
@settings(max_examples=40, deadline=None)
def test_a_snippet_is_one_graph_of_all_its_text(program):
    graph = ChainGraph.from_source(program, TOKENIZER)
    check_graph(graph)
    text = "".join(program.split())
    ids = graph.input_ids[: graph.num_roots].tolist()
    assert "".join(TOKENIZER.decode(ids).split()) == text
