"""`gmert show`: one function's leafy chain graph, as text or drawn."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from torch_geometric.data import Batch
from transformers import PreTrainedTokenizerFast

from gmert_pyg.cli.attention_text import print_distances, print_head_attention
from gmert_pyg.cli.model_directory import (
    choose_schema,
    load_encoder,
    load_tokenizer,
)
from gmert_pyg.cli.options import add_schema, read_schema
from gmert_pyg.cli.pictures import (
    PICTURES,
    check_picture,
    picture_name,
    write_picture,
)
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.from_source import graphs_of_file
from gmert_pyg.report.content import DrawnGraph
from gmert_pyg.report.drawing import drawn_graphs
from gmert_pyg.schema import Schema
from gmert_pyg.tokenization import GraphMertTokenizer


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "show",
        help="show a function's leafy chain graph",
        description="Show the leafy chain graph of a function: its tokens in a"
        " chain, and the triples that hang on them. With a model, also what it"
        " attends to: the tokens of a head, by triple, and the nodes of the"
        " graph, by distance.",
    )
    parser.add_argument(
        "function",
        metavar="FILE::FUNCTION",
        help="a file and a function or Class.method in it; FILE alone lists"
        " the functions",
    )
    parser.add_argument(
        "--project",
        metavar="FOLDER",
        help="the folder of the file's project: other files tell what the"
        " functions that are called take and return (default: the file alone)",
    )
    add_schema(parser, None, "that of the model, or else code")
    parser.add_argument(
        "--occurrences",
        action="store_true",
        help="list the edges between occurrences of names as well",
    )
    parser.add_argument(
        "--model",
        metavar="DIR",
        help="a directory that `gmert pretrain` wrote: show what this model"
        " attends to, and draw it",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help=f"a picture to write, {', '.join(PICTURES)} (default: with a"
        " model, FUNCTION.html in the working directory)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Build the graphs of the file, and show the one asked for."""
    path, _, name = arguments.function.partition("::")
    if not Path(path).is_file():
        raise ValueError(f"'function' must name a file (got '{path}')")
    if arguments.output is not None:
        check_picture(arguments.output)
    model = None
    if arguments.model is None:
        tokenizer: PreTrainedTokenizerFast = GraphMertTokenizer.default()
        schema = read_schema(arguments.schema or "code")
    else:
        model = load_encoder(arguments.model)
        tokenizer = load_tokenizer(arguments.model, model.config)
        schema = choose_schema(model.config, arguments.schema)
    all_graphs = graphs_of_file(
        path, tokenizer, schema=schema, project=arguments.project
    )
    names = [graph.qualified_name for graph in all_graphs]
    found = [
        graph
        for graph in all_graphs
        if name and f".{graph.qualified_name}".endswith(f".{name}")
    ]
    if names and not name:
        print("\n".join(dict.fromkeys(names)))
        return
    if not names:
        raise ValueError(
            f"'function' must be in a file with functions (got '{path}')"
        )
    if not found:
        raise ValueError(
            f"'function' must be one of {sorted(set(names))} (got '{name}')"
        )
    explanation = None
    if model is not None:
        explanation = model.explain(Batch.from_data_list(found))
    drawn = drawn_graphs(found, tokenizer, schema, explanation)
    for place, (graph, one) in enumerate(zip(found, drawn, strict=True)):
        if place:
            print()
        print_graph(graph, one)
        if arguments.occurrences:
            print_occurrences(graph, one, schema)
        print_head_attention(one)
    if explanation is not None:
        print_distances(explanation.distances)
    output = arguments.output
    if output is None and explanation is not None:
        output = picture_name(found[0].qualified_name)
    if output is not None:
        write_picture(found[0].qualified_name, drawn, explanation, output)


def print_graph(graph: ChainGraph, drawn: DrawnGraph) -> None:
    """Print the tokens of a graph, and the triples of each."""
    print(
        f"{drawn.title}: {graph.num_roots} roots, {graph.num_leaves} leaves,"
        f" {graph.num_triples} triples"
    )
    by_anchor: dict[int, list[str]] = {}
    for triple in drawn.triples:
        line = f"{triple.relation} -> {''.join(triple.tail)}"
        by_anchor.setdefault(triple.first_root, []).append(line)
    for root, text in enumerate(drawn.roots):
        hung = "; ".join(by_anchor.get(root, []))
        print(f"{root:4} {text!r:28} {hung}".rstrip())


def print_occurrences(
    graph: ChainGraph, drawn: DrawnGraph, schema: Schema
) -> None:
    """Print the edges between the tokens of a graph."""
    first_type = schema.num_relations + 1
    for (source, target), edge_type in zip(
        graph.edge_index.T.tolist(), graph.edge_type.tolist(), strict=True
    ):
        if edge_type >= first_type:
            name = schema.occurrences[edge_type - first_type]
            print(
                f"{source:4} {drawn.roots[source]!r:28}"
                f" {name} -> {target} {drawn.roots[target]!r}"
            )
