"""Builds: the same bytes whoever builds, however often, whatever happens."""

import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest
import torch

from gmert_pyg import CodeChainGraphs, GraphMertTokenizer
from gmert_pyg.data.corpus.parsed_files import ParsedFiles
from gmert_pyg.data.sources import Project, Source
from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.project import SourceFile
from gmert_pyg.parsing import SourceError, parse_source
from gmert_pyg.schema import EXTENDED_SCHEMA
from gmert_pyg.worker_processes import can_fork

JSON = Path(sysconfig.get_path("stdlib"), "json")


def build(root, source, **options) -> CodeChainGraphs:
    options = {"num_workers": 0, "shard_bytes": 10_000, **options}
    return CodeChainGraphs(str(root), source=source, **options)


def files_of(dataset: CodeChainGraphs) -> dict[str, str]:
    """Return the hashes of the files that make up a dataset."""
    directory = Path(dataset.processed_paths[0]).parent
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.glob("*.safetensors*"))
    }


def several_projects(folder: Path) -> Source:
    """A corpus of one large project between small ones."""
    projects = []
    for number in range(7):
        root = folder / f"p{number}"
        root.mkdir(parents=True)
        length = 60 if number == 3 else number
        for name in ("a", "b"):
            text = "".join(
                f"def {name}{n}(x):\n    return {name}{n - 1}(x)\n\n\n"
                for n in range(length)
            )
            (root / f"{name}.py").write_text(text)
        files = tuple(sorted(root.glob("*.py")))
        projects.append(Project(root.name, root, files))
    return Source("several", "several projects", projects)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A package of real code that fills several shards."""
    return Path(shutil.copytree(JSON, tmp_path_factory.mktemp("c") / "json"))


@pytest.fixture(scope="module")
def built(corpus, tmp_path_factory) -> CodeChainGraphs:
    return build(tmp_path_factory.mktemp("built"), corpus)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_number_of_processes_changes_no_byte(
    workers, built, corpus, tmp_path
):
    again = build(tmp_path / "one", corpus, num_workers=workers)
    assert len(files_of(built)) > 4
    assert files_of(again) == files_of(built)
    source = several_projects(tmp_path / "projects")
    alone = build(tmp_path / "alone", source, shard_bytes=1_000)
    shared = build(
        tmp_path / "shared", source, shard_bytes=1_000, num_workers=workers
    )
    assert files_of(shared) == files_of(alone)


def test_an_interpreter_that_hashes_otherwise_changes_no_byte(
    built, corpus, tmp_path
):
    code = (
        "import sys; from gmert_pyg import CodeChainGraphs as C;"
        "C(sys.argv[1], sys.argv[2], num_workers=0, shard_bytes=10_000)"
    )
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "root", corpus],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        cwd=Path(__file__).parents[2],
        check=True,
    )
    again = build(tmp_path / "root", corpus)
    assert files_of(again) == files_of(built)


def test_projects_are_linked_apart_and_packed_into_shards(tmp_path):
    source = several_projects(tmp_path / "projects")
    dataset = build(tmp_path / "root", source, shard_bytes=1_000)
    graphs = {
        (graph.path, graph.qualified_name): graph.kg_triple for graph in dataset
    }
    assert len(graphs) == len(dataset) == 2 * (60 + 0 + 1 + 2 + 4 + 5 + 6)
    assert set(dataset.groups) == {f"p{n}" for n in range(1, 7)}
    shards = [len(store) for _, store in dataset.store.stores()]
    # The large project shares no shard; two files of it fill one each.
    assert 60 in shards
    assert sum(shards) == len(dataset)
    for index, graph in enumerate(dataset):
        kg = dataset.kg_of(dataset.store.projects[index])
        chain = kg.triples.relation[graph.kg_triple.numpy()]
        assert len(chain) == graph.num_triples
        assert graph.path in {module.path for module in kg.modules}
    with pytest.raises(ValueError, match=r"'kg' .* 7 projects"):
        _ = dataset.kg
    with pytest.raises(ValueError, match=r"'project' .*got 'p9'"):
        dataset.kg_of("p9")


def test_statistics_add_up_over_projects(tmp_path):
    source = several_projects(tmp_path / "projects")
    statistics = build(tmp_path / "root", source).statistics
    of_projects = statistics["projects"]
    assert set(of_projects) == {f"p{n}" for n in range(7)}
    for name in ("files", "functions", "mentions"):
        total = sum(counts[name] for counts in of_projects.values())
        assert statistics[name] == total
    assert statistics["functions"] == 2 * (60 + 0 + 1 + 2 + 4 + 5 + 6)
    assert statistics["nodes"] == statistics["roots"] + statistics["leaves"]


def test_the_knowledge_graph_is_that_of_the_source(built, corpus):
    read = CodeKG.from_source(corpus)
    kept = built.kg
    assert kept.to_pandas().equals(read.to_pandas())
    for index in range(0, len(built), 9):
        graph = built[index]
        leaf = graph.slot == 1
        edges = graph.edge_index[:, leaf[graph.edge_index[1]]]
        on_root = graph.anchor[edges[0]] == graph.anchor[edges[1]]
        kinds = graph.edge_type[leaf[graph.edge_index[1]]][on_root]
        triples = kept.triples.relation[graph.kg_triple.numpy()]
        by_leaf = kinds[edges[1][on_root].argsort()]
        assert by_leaf.tolist() == triples.tolist()


def test_another_schema_needs_no_parsing(built, corpus, tmp_path):
    root = Path(shutil.copytree(built.root, tmp_path / "root"))
    extended = build(root, corpus, schema=EXTENDED_SCHEMA)
    assert extended.last_build["files_parsed"] == 0
    assert extended.kg.schema == EXTENDED_SCHEMA
    counts = extended.statistics["triples_by_relation"]
    assert list(counts) == list(EXTENDED_SCHEMA.relation_names)
    assert counts["raises"] > 0
    assert files_of(extended) == files_of(
        build(tmp_path / "fresh", corpus, schema=EXTENDED_SCHEMA)
    )


def test_only_what_changed_is_parsed_again(corpus, tmp_path):
    source = Path(shutil.copytree(corpus, tmp_path / "json"))
    first = build(tmp_path / "root", source)
    num_files = len(list(source.glob("*.py")))
    assert first.last_build["files_parsed"] == num_files
    with (source / "scanner.py").open("a") as file:
        file.write("\n\ndef added(text):\n    return make_scanner(text)\n")
    (source / "tool.py").touch()
    second = build(tmp_path / "root", source)
    assert second.last_build["files_parsed"] == 1
    assert len(second) == len(first) + 1
    fresh = build(tmp_path / "fresh", source)
    assert fresh.last_build["files_parsed"] == num_files
    assert files_of(second) == files_of(fresh)
    # A new file makes other modules of files that lie in no package.
    (source / "__init__.py").unlink()
    third = build(tmp_path / "root", source)
    assert third.last_build["files_parsed"] == num_files - 1
    assert files_of(third) == files_of(build(tmp_path / "afresh", source))


def test_an_edit_that_keeps_size_and_time_is_seen(tmp_path):
    path = tmp_path / "a.py"
    parsed = ParsedFiles(tmp_path / "facts", GraphMertTokenizer.default())
    file = SourceFile(str(path), "a", False)
    digests = []
    for text in ("def f(): pass\n", "def g(): pass\n"):
        path.write_text(text)
        # Just read, and the clock of the file system may not have ticked.
        parsed.update(file)
        digests.append(parsed.digest([file]))
        assert parsed.text_and_roots(file)[0] == text
    assert digests[0] != digests[1]
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    assert not parsed.is_fresh(file)
    assert not parsed.update(file)  # the text is the same
    assert parsed.is_fresh(file)


def test_what_is_kept_of_a_file_is_what_was_parsed(tmp_path, project):
    tokenizer = GraphMertTokenizer.default()
    parsed = ParsedFiles(tmp_path, tokenizer)
    for path in [*JSON.glob("*.py"), *project.rglob("*.py")]:
        file = SourceFile(str(path), path.stem, path.stem == "__init__")
        assert parsed.update(file)
        (facts,) = parsed.facts([file])
        if isinstance(facts, SourceError):
            assert path.stem in ("broken", "dangling", "deep", "latin", "null")
            continue
        text = path.read_text()
        assert facts == parse_source(text, *file[:3], language=file.language)
        assert facts.facts.paths is facts.mentions.paths
        kept, roots = parsed.text_and_roots(file)
        assert kept == text
        for token, start, end in zip(
            roots.ids[:50], roots.start, roots.end, strict=False
        ):
            assert tokenizer.decode([int(token)]) == text[start:end]
        again = parsed.text_and_roots(file)[1]
        assert (again.word_start == roots.word_start).all()


def test_what_is_finished_is_used_again(built, corpus, tmp_path):
    root = Path(shutil.copytree(built.root, tmp_path / "root"))
    (index,) = root.glob("processed/*/index.safetensors")
    shards = sorted(index.parent.glob("graphs-*"))
    index.unlink()
    shards[1].unlink()
    whole = shards[3].read_bytes()
    shards[3].write_bytes(whole[:-1])
    again = build(root, corpus)
    assert again.last_build["files_parsed"] == 0
    assert again.last_build["shards_built"] == 2
    assert files_of(again) == files_of(built)
    anew = build(root, corpus, force_reload=True)
    assert anew.last_build["files_parsed"] == len(list(corpus.glob("*.py")))
    assert anew.last_build["shards_built"] == len(shards)


def test_leftovers_and_what_is_known_of_no_file_are_deleted(corpus, tmp_path):
    source = Path(shutil.copytree(corpus, tmp_path / "json"))
    dataset = build(tmp_path / "root", source)
    index = Path(dataset.processed_paths[0])
    (entry, *_) = (tmp_path / "root").glob("processed/facts/*/*/*")
    leftovers = [
        index.with_name("graphs-00000.safetensors.1.tmp"),
        entry.with_name("x.safetensors.1.tmp"),
    ]
    for path in leftovers:
        path.write_bytes(b"half")
    index.unlink()
    build(tmp_path / "root", source)
    assert not any(path.exists() for path in leftovers)
    (source / "tool.py").unlink()
    build(tmp_path / "root", source)
    kept = list((tmp_path / "root").glob("processed/facts/*/*/*"))
    assert len(kept) == len(list(source.glob("*.py")))


def _build_in_a_session(root: Path, source: Path) -> None:
    os.setsid()
    torch.set_num_threads(1)
    build(root, source, num_workers=2)


@pytest.mark.skipif(not can_fork(), reason="needs processes that fork")
def test_a_build_killed_at_any_moment_gives_the_same_bytes(
    built, corpus, tmp_path
):
    fork = multiprocessing.get_context("fork")
    started = time.perf_counter()
    whole = fork.Process(
        target=_build_in_a_session, args=(tmp_path / "whole", corpus)
    )
    whole.start()
    whole.join()
    seconds = time.perf_counter() - started
    moments = random.Random(0)
    for root in (tmp_path / "a", tmp_path / "b"):
        # Each build goes on from where the one before was killed.
        for _ in range(4):
            process = fork.Process(
                target=_build_in_a_session, args=(root, corpus)
            )
            process.start()
            process.join(moments.uniform(0.0, 0.8) * seconds)
            if process.exitcode is None:
                # Its workers are on their own: they end by themselves.
                os.kill(process.pid, signal.SIGKILL)
            process.join()
        again = build(root, corpus, num_workers=2)
        assert files_of(again) == files_of(built)
        assert not list(root.rglob("*.tmp"))
