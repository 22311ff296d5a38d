from pathlib import Path

import pytest

from gmert_pyg import ChainGraph, GraphMertTokenizer
from gmert_pyg.data.from_source import graphs_of_file
from gmert_pyg.schema import DEFAULT_SCHEMA

for grammar in ("c", "go", "java", "javascript", "python", "typescript"):
    pytest.importorskip(f"tree_sitter_{grammar}")

DATA = Path(__file__).parents[1] / "data" / "languages"
SNIPPETS = {
    "java": "class A {\n"
    "int area(int é) { return scale(é); }\n"
    "int scale(int x) { return x; }\n"
    "}",
    "javascript": "function area(é) { return scale(é); }\n"
    "function scale(x) { return x; }",
    "typescript": "function area(é: number): number { return scale(é); }\n"
    "function scale(x) {}",
    "go": "package p\n"
    "func area(é int) int { return scale(é) }\n"
    "func scale(x int) int { return x }",
    "c": "int scale(int x) { return x; }\nint area(int é) { return scale(é); }",
}


def stated(graph):
    """Return the triples of a graph as texts: head, relation, tail."""
    tokenizer = GraphMertTokenizer.default()
    found = set()
    for number in range(1, int(graph.triple.max()) + 1):
        leaves = (graph.triple == number).nonzero().flatten()
        edges = (graph.triple[graph.edge_index[1]] == number).nonzero()
        heads = graph.edge_index[0, edges.flatten()].unique()
        relation = int(graph.edge_type[edges[0]])
        found.add(
            (
                tokenizer.decode(graph.input_ids[heads]).strip(),
                DEFAULT_SCHEMA.relation_names[relation],
                tokenizer.decode(graph.input_ids[leaves]).strip(),
            )
        )
    return found


@pytest.mark.parametrize("language", SNIPPETS)
def test_a_snippet_of_any_language_is_one_graph(language):
    graph = ChainGraph.from_source(SNIPPETS[language], language=language)
    triples = stated(graph)
    assert ("area", "calls", "scale") in triples
    assert ("area", "has_parameter", "é") in triples
    assert ("scale", "calls", "area") not in triples


def test_the_functions_of_a_file_of_any_language_are_graphs():
    graphs = graphs_of_file(str(DATA / "go" / "app" / "main.go"))
    names = [graph.qualified_name.rpartition(".")[2] for graph in graphs]
    assert names == ["total", "main"]
    assert all(graph.num_edges for graph in graphs)


def test_a_snippet_must_be_of_a_known_language():
    with pytest.raises(ValueError, match="'language' must be one of"):
        ChainGraph.from_source("x", language="cobol")
    with pytest.raises(ValueError, match="line 1"):
        ChainGraph.from_source("def f(:")
