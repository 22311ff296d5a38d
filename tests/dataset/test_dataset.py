import json
import os
import pickle
import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch_geometric.loader import DataLoader

from gmert_pyg import ChainGraph, CodeChainGraphs, GraphMertTokenizer
from gmert_pyg.data.building import GraphOptions
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.data.storage.graph_store import GraphStore
from gmert_pyg.schema import DEFAULT_SCHEMA, EXTENDED_SCHEMA

TOKENIZER = GraphMertTokenizer.default()


def graph_of(dataset: CodeChainGraphs, name: str) -> ChainGraph:
    return next(g for g in dataset if g.qualified_name == name)


def source_text(graph: ChainGraph) -> str:
    """Return the characters that a graph was made of."""
    text = Path(graph.path).read_text()
    return text[int(graph.root_span[0, 0]) : int(graph.root_span[-1, 1])]


def texts(graph: ChainGraph) -> set[tuple[str, str, str]]:
    """Return the triples of a graph as text."""
    ids = graph.input_ids.tolist()
    return {
        (
            TOKENIZER.decode(ids[t.first_root : t.first_root + t.num_roots]),
            DEFAULT_SCHEMA.relation_names[t.relation],
            TOKENIZER.decode(list(t.tail)),
        )
        for t in grafted_triples(graph)
    }


def test_every_function_is_a_graph(dataset):
    assert {graph.qualified_name for graph in dataset} == {
        "geometry.shapes.Shape.area",
        "geometry.shapes.Square.__init__",
        "geometry.shapes.Square.area",
        "geometry.units.Metre.__init__",
        "geometry.units.Metre.rounded",
        "geometry.units.convert",
        "app.use.total",
    }
    assert dataset.statistics["functions"] == len(dataset) == 7


def test_graphs_are_leafy_chains_of_the_text(dataset):
    for graph in dataset:
        graph.validate(DEFAULT_SCHEMA.num_relations, len(TOKENIZER))
        text = Path(graph.path).read_text()
        spans = graph.root_span.tolist()
        for token, (start, end) in zip(
            graph.input_ids[: graph.num_roots].tolist(), spans, strict=True
        ):
            assert TOKENIZER.decode([token]) == text[start:end]
        # Nothing but spaces lies between two roots: no code is dropped.
        for (_, end), (start, _) in pairwise(spans):
            assert text[end:start].strip(" ") == ""
        lines = text.split("\n")
        name = graph.qualified_name.rpartition(".")[2]
        assert f"def {name}" in lines[graph.line_start - 1]


def test_a_call_site_knows_what_other_files_say(dataset):
    # `use.py` shows `square.area(2)`; the parameter's name, the constructor's
    # and where the class is from stand in other files.
    found = texts(graph_of(dataset, "app.use.total"))
    assert ("Square", "imported_from", "geometry.shapes") in found
    assert any(
        relation in ("inherits", "contains", "has_field") and head == "Square"
        for head, relation, _ in found
    )


def test_all_heads_are_linked(dataset):
    assert dataset.statistics["linked_share"] == 1.0
    for graph in dataset:
        heads = {head for head, _, _ in texts(graph)}
        assert all(head.isidentifier() for head in heads)


def test_local_tails_can_be_read_off_the_text_and_others_cannot(dataset):
    seen = {True: 0, False: 0}
    for graph in dataset:
        told = set(graph.source_index[1].tolist())
        words = set(re.findall(r"\w+", source_text(graph)))
        first = (graph.slot == 1).nonzero().flatten().tolist()
        for leaf, triple in zip(first, grafted_triples(graph), strict=True):
            tail = TOKENIZER.decode(list(triple.tail)).rpartition(".")[2]
            local = bool(graph.local[leaf])
            seen[local] += 1
            if local:
                assert tail in words or leaf in told
            else:
                assert tail not in words
                assert leaf not in told
    assert min(seen.values()) > 5


def test_leaves_know_the_roots_that_tell_them(dataset):
    graph = graph_of(dataset, "geometry.units.convert")
    roots, leaves = graph.source_index.tolist()
    assert all(graph.node_type[root] == 0 for root in roots)
    assert all(graph.slot[leaf] == 1 for leaf in leaves)
    ids = graph.input_ids.tolist()
    rounded = TOKENIZER("rounded").input_ids
    # Wherever `rounded` is a leaf, the root `rounded` is among its sources.
    for number, triple in enumerate(grafted_triples(graph), 1):
        if list(triple.tail) == rounded:
            leaf = int((graph.triple == number).nonzero()[0])
            told_by = [
                ids[r] for r, target in zip(roots, leaves, strict=True)
                if target == leaf
            ]  # fmt: skip
            assert set(rounded) & set(told_by)


def test_bad_files_are_skipped_counted_and_named(dataset):
    skipped = {
        path.rpartition("/")[2]: reason
        for path, reason in dataset.statistics["skipped"].items()
    }
    assert set(skipped) == {
        "broken.py",
        "dangling.py",
        "deep.py",
        "latin.py",
        "null.py",
    }
    assert all(reason and "\n" not in reason for reason in skipped.values())


def test_long_code_is_cut_and_nothing_is_lost(project, tmp_path):
    code = "def long():\n" + "".join(
        f"    value_{n} = {n} + value_{n}\n" for n in range(60)
    )
    (tmp_path / "long.py").write_text(code)
    dataset = CodeChainGraphs(
        str(tmp_path / "root"),
        source=tmp_path / "long.py",
        max_roots=50,
        num_workers=0,
    )
    assert len(dataset) > 10
    assert max(graph.num_roots for graph in dataset) <= 50
    pieces = [
        code[start:end]
        for graph in dataset
        for start, end in graph.root_span.tolist()
    ]
    assert "".join(pieces).replace(" ", "") == code.strip().replace(" ", "")


def test_bytes_do_not_depend_on_the_number_of_processes(project, tmp_path):
    files = []
    for workers in (0, 2):
        built = CodeChainGraphs(
            str(tmp_path / str(workers)), source=project, num_workers=workers
        )
        files.append(load_file(built.processed_paths[0]))
    assert files[0].keys() == files[1].keys()
    for name, column in files[0].items():
        assert torch.equal(column, files[1][name]), name


def test_it_is_built_once_and_again_when_a_file_changes(tmp_path):
    source = tmp_path / "code.py"
    source.write_text("def f(x):\n    return x\n")
    root = str(tmp_path / "root")
    first = CodeChainGraphs(root, source=source, num_workers=0)
    path = first.processed_paths[0]
    written = path, os.stat(path).st_mtime_ns
    again = CodeChainGraphs(root, source=source, num_workers=0)
    path = again.processed_paths[0]
    assert (path, os.stat(path).st_mtime_ns) == written
    source.write_text("def f(x):\n    return x\n\n\ndef g(y):\n    return y\n")
    changed = CodeChainGraphs(root, source=source, num_workers=0)
    assert len(changed) == 2
    assert changed.processed_paths[0] != path


def test_standard_pyg_behaviour(dataset, project, tmp_path):
    batch = next(iter(DataLoader(dataset, batch_size=3)))
    assert batch.num_graphs == 3
    assert batch.edge_index.max() < batch.num_nodes
    half = dataset[:3]
    assert len(half) == len(half.groups) == 3
    assert half.num_nodes_per_graph.tolist() == [g.num_nodes for g in half]
    small = CodeChainGraphs(
        str(tmp_path),
        source=project,
        num_workers=2,
        transform=lambda graph: graph.update({"seen": 1}) or graph,
        pre_transform=lambda graph: graph.update({"twice": 2}) or graph,
        pre_filter=lambda graph: graph.num_roots < 30,
    )
    assert 0 < len(small) < len(dataset)
    assert small[0].seen == 1
    assert int(small[0].twice) == 2


class Bomb:
    """Runs code when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_dataset_from_a_stranger_runs_no_code(dataset, project, tmp_path):
    processed = tmp_path / "processed"
    processed.mkdir()
    for name in ("pre_transform.pt", "pre_filter.pt"):
        (processed / name).write_bytes(pickle.dumps(Bomb(tmp_path / "boom")))
    again = CodeChainGraphs(str(tmp_path), source=project, num_workers=0)
    CodeChainGraphs(str(tmp_path), source=project, num_workers=0)
    assert len(again) == len(dataset)
    assert not (tmp_path / "boom").exists()


def test_another_filter_is_another_dataset(project, tmp_path):
    def short(graph):
        return graph.num_roots < 30

    sizes = [
        len(
            CodeChainGraphs(
                str(tmp_path), source=project, pre_filter=keep, num_workers=0
            )
        )
        for keep in (None, short, None)
    ]
    assert sizes[0] == sizes[2] > sizes[1] > 0


def test_a_damaged_file_is_named(dataset, tmp_path):
    path = tmp_path / "graphs.safetensors"
    whole = Path(dataset.processed_paths[0]).read_bytes()
    for size in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=str(path)):
            GraphStore.load(path)


def test_no_graph_holds_minus_one(dataset):
    for graph in dataset:
        for name, value in graph:
            if torch.is_tensor(value) and value.numel():
                assert value.min() >= 0, name


@pytest.mark.parametrize("source", ["no/such/place", "nothing/*.py"])
def test_a_missing_source_is_refused(source, tmp_path):
    with pytest.raises(ValueError, match=rf"'source' .*got '{source[:4]}"):
        CodeChainGraphs(str(tmp_path), source=source)
    assert not list(tmp_path.iterdir())


def test_a_source_without_functions_is_refused(tmp_path):
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "bad.py").write_text("def (")
    with pytest.raises(ValueError, match=r"a function .*bad\.py"):
        CodeChainGraphs(str(tmp_path / "root"), source=tmp_path, num_workers=0)
    assert not list((tmp_path / "root").rglob("index.safetensors*"))


def test_options_are_documented_with_their_defaults():
    text = " ".join((CodeChainGraphs.__doc__ or "").split())
    for option in fields(GraphOptions):
        default = repr(option.default).replace("'", '"')
        described = text.partition(f":obj:`{option.name}`")[2]
        assert f"(default: :obj:`{default}`)" in described.partition(" * ")[0]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"max_root": 64}, "'max_root' .* did you mean 'max_roots'"),
        ({"spam": 1}, "'spam' must be one of alpha, max_"),
        ({"max_roots": "64"}, "'max_roots' must be an integer"),
        ({"max_roots": True}, "'max_roots' must be an integer"),
        ({"occurrences": "no"}, "'occurrences' must be True or False"),
        ({"alpha": None}, "'alpha' must be a number"),
        ({"schema": "none"}, "none"),
        ({"num_workers": -1}, "'num_workers' must not be negative"),
    ],
)
def test_wrong_options_are_named(project, tmp_path, option, message):
    with pytest.raises(ValueError, match=message):
        CodeChainGraphs(str(tmp_path), source=project, **option)
    assert not any(tmp_path.iterdir())


def test_a_schema_may_be_named(project, tmp_path):
    dataset = CodeChainGraphs(
        str(tmp_path), source=project, num_workers=0, schema="extended", alpha=0
    )
    assert dataset.schema == EXTENDED_SCHEMA
    assert "extended" in repr(dataset.schema)
    assert "frozenset" not in repr(dataset.schema)


def test_a_slice_is_split_within_itself(project, tmp_path):
    dataset = CodeChainGraphs(str(tmp_path), source=project, num_workers=0)
    half = dataset[3:]
    found = half.split(share=0.5, by="file")
    parts = sorted([*found.train, *found.validation])
    assert parts == list(range(len(half)))
    groups = {half[int(i)].path for i in found.validation}
    assert not groups & {half[int(i)].path for i in found.train}


def test_an_empty_slice_has_no_groups_and_no_nodes(dataset):
    assert dataset[:0].groups == []
    assert len(dataset[:0].num_nodes_per_graph) == 0


def test_a_filter_that_keeps_nothing_is_named(project, tmp_path):
    with pytest.raises(ValueError, match="'pre_filter' must keep a graph"):
        CodeChainGraphs(
            str(tmp_path),
            source=project,
            num_workers=0,
            pre_filter=lambda graph: False,
        )


def test_a_transform_that_returns_no_graph_is_named(project, tmp_path):
    with pytest.raises(ValueError, match=r"'pre_transform' .* \(got NoneType"):
        CodeChainGraphs(
            str(tmp_path),
            source=project,
            num_workers=0,
            pre_transform=lambda graph: None,
        )


def test_a_damaged_build_log_is_no_part_of_a_dataset(project, tmp_path):
    def read() -> CodeChainGraphs:
        return CodeChainGraphs(str(tmp_path), source=project, num_workers=0)

    log = Path(read().processed_paths[0]).with_name("build.json")
    log.write_text("{")
    assert read().last_build == {}
    assert read().statistics["seconds"] == 0


def test_a_root_may_be_moved_with_what_was_fetched(tmp_path):
    records = tmp_path / "code.jsonl"
    records.write_text(
        "".join(
            json.dumps({"code": f"def f{n}(): pass", "repo": f"r{n % 2}"})
            + "\n"
            for n in range(4)
        )
    )

    def read(root: str) -> CodeChainGraphs:
        return CodeChainGraphs(
            str(tmp_path / root), source=str(records), num_workers=0
        )

    built = read("a")
    groups, split = built.groups, built.split(share=0.5)
    (tmp_path / "a").rename(tmp_path / "b")
    moved = read("b")
    assert (
        moved.processed_paths[0].replace("/b/", "/a/")
        == (built.processed_paths[0])
    )
    assert moved.groups == groups
    assert moved.split(share=0.5).groups == split.groups
    again = pickle.loads(pickle.dumps(moved))
    for graph in (*moved, *again):
        assert Path(graph.path).is_relative_to(tmp_path / "b")
        assert Path(graph.path).is_file()
