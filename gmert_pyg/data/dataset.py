"""Chain graphs of code as a PyG dataset."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from torch_geometric.data import Batch, Dataset
from torch_geometric.data.summary import Stats, Summary
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.building import GraphOptions
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.corpus.code_version import BUILDING, code_version
from gmert_pyg.data.corpus.corpus_building import (
    build_corpus,
    read_build_log,
    shards_built_by,
)
from gmert_pyg.data.corpus.parsed_files import ParsedFiles
from gmert_pyg.data.corpus.project_kgs import ProjectKGs
from gmert_pyg.data.corpus.shard_building import ShardBuilder
from gmert_pyg.data.function_identity import function_identity
from gmert_pyg.data.sources import Source, find_source
from gmert_pyg.data.splits import Split, SplitBy, split_corpus
from gmert_pyg.data.storage.corpus_columns import root_sketches
from gmert_pyg.data.storage.sharded_graphs import (
    INDEX_NAME,
    GraphLocation,
    ShardedGraphs,
)
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import suffixes_of
from gmert_pyg.schema import DEFAULT_SCHEMA, Schema, get_schema
from gmert_pyg.tokenization import GraphMertTokenizer, tokenizer_hash

Transform = Callable[[ChainGraph], ChainGraph]


class CodeChainGraphs(Dataset):
    r"""The leafy chain graphs of all functions of a code corpus.

    Nothing of the corpus is imported or run. A file that cannot be read or
    parsed is skipped and named in `statistics["skipped"]`. What is built is
    kept in `root/processed`, in a folder whose name tells the sources, the
    tokenizer, the schema, the options and the code that builds apart: when one
    of them changes, the dataset is built again, and only files that were
    changed are parsed. The folder holds shards and, written last, their index;
    both are mapped into memory, so that a corpus may be larger than that.

    Args:
        root (str): Where to keep the dataset.
        source (str or Source, optional): `"stdlib"`, the standard library of
            the running interpreter without its tests; `"python10"`, ten pinned
            projects; `"pypi:flask==3.1.3,click"`, wheels that pip downloads; a
            `.jsonl` or `.jsonl.gz` file whose records have `code`; or a
            directory, a file, or a glob. What is fetched is kept in `root/raw`.
            (default: :obj:`"stdlib"`)
        languages (str or sequence, optional): The languages whose files a
            directory, a glob or records are read for, or `"all"`; other than
            Python needs the extra `languages`. (default: :obj:`"python"`)
        tokenizer (PreTrainedTokenizerFast, optional): The tokenizer.
            (default: the one shipped in the package)
        schema (str or Schema, optional): The relations: `"code"`, `"extended"`,
            the name of a registered schema, or a schema. (default: the twelve
            relations of code)
        options (GraphOptions, optional): What decides the graphs of given
            code, where `graph_options` says nothing else.
            (default: those of `GraphOptions`)
        transform (callable, optional): Applied whenever a graph is read.
            (default: :obj:`None`)
        pre_transform (callable, optional): Applied before graphs are saved.
            Another function, or another body of one, makes another dataset; a
            callable object is what it prints. (default: :obj:`None`)
        pre_filter (callable, optional): Tells which graphs to save; the same
            holds. (default: :obj:`None`)
        num_workers (int, optional): The number of processes that parse.
            (default: the number of processors)
        force_reload (bool, optional): Whether to read every file again and
            build in any case. (default: :obj:`False`)
        progress (bool, optional): Whether to show progress bars.
            (default: :obj:`False`)
        shard_bytes (int, optional): A shard holds the graphs of about this
            many bytes of source. (default: :obj:`2**20`)
        builder (str, optional): What builds: `"processes"` of this machine, or
            `"ray"`, the cluster that Ray is connected to, whose machines share
            the files of `source` and `root`. (default: :obj:`"processes"`)
        **graph_options (optional): What decides the graphs of given code, the
            fields of :class:`~gmert_pyg.data.building.GraphOptions`:

            * :obj:`unit` (str): what becomes graphs: `"function"`, `"class"` or
              `"file"`. (default: :obj:`"function"`)
            * :obj:`max_roots` (int): longer units are cut into windows of at
              most this many tokens. (default: :obj:`128`)
            * :obj:`repeat_signature` (bool): whether a window that starts
              inside a function or class repeats its signature.
              (default: :obj:`False`)
            * :obj:`max_triples_per_head` (int): the most triples that one
              mention of a name heads. (default: :obj:`4`)
            * :obj:`alpha` (float): triples that score lower are left out.
              (default: :obj:`0.05`)
            * :obj:`scorer` (str or callable): `"relevance"`, `"structural"`,
              `"lexical"`, or a function of candidates.
              (default: :obj:`"relevance"`)
            * :obj:`unique` (str): a triple is kept once in a `"chunk"` or a
              `"file"`. (default: :obj:`"chunk"`)
            * :obj:`local_only` (bool): whether to leave out triples that the
              chunk does not show. (default: :obj:`False`)
            * :obj:`non_local_only` (bool): whether to leave out those that it
              shows. (default: :obj:`False`)
            * :obj:`max_tail_length` (int): triples with longer tails, in
              tokens, are left out. (default: :obj:`16`)
            * :obj:`occurrences` (bool): whether to add the edges between
              occurrences of names. (default: :obj:`True`)

    Raises:
        ValueError: if the source does not exist or holds nothing that becomes a
            graph, if a built file is damaged, or if an option is unknown, of
            another kind, or out of its range.

    Example:
        >>> import tempfile, json.tool
        >>> with tempfile.TemporaryDirectory() as root:
        ...     dataset = CodeChainGraphs(root, source=json.tool.__file__)
        ...     print(dataset[0].qualified_name, dataset.groups[0])
        json.tool.main tool
    """

    def __init__(
        self,
        root: str,
        source: str | os.PathLike[str] | Source = "stdlib",
        *,
        languages: str | Sequence[str] = "python",
        tokenizer: PreTrainedTokenizerFast | None = None,
        schema: str | Schema = DEFAULT_SCHEMA,
        options: GraphOptions | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Callable[[ChainGraph], bool] | None = None,
        num_workers: int | None = None,
        force_reload: bool = False,
        progress: bool = False,
        shard_bytes: int = 1 << 20,
        builder: str = "processes",
        **graph_options: Any,
    ) -> None:
        self.source = (
            source
            if isinstance(source, Source)
            else find_source(
                source, Path(root, "raw"), suffixes=suffixes_of(languages)
            )
        )
        self.tokenizer = tokenizer or GraphMertTokenizer.default()
        self.schema = get_schema(schema) if isinstance(schema, str) else schema
        self.options = (options or GraphOptions()).changed(**graph_options)
        self.shard_bytes = shard_bytes
        self._build_shards = shards_built_by(builder, num_workers, progress)
        super().__init__(
            root,
            transform,
            pre_transform,
            pre_filter,
            log=False,
            force_reload=force_reload,
        )
        self.store = ShardedGraphs(
            self.processed_paths[0], self.source.projects[0].root
        )
        found = self.store.header["identity"]
        if found != self._content:
            raise ValueError(
                f"'root' must hold what was asked for, '{self._content}':"
                f" delete '{self._directory}' and build the dataset again (got"
                f" '{found}')"
            )
        self._kgs = ProjectKGs(self._shard_builder())

    @property
    def raw_file_names(self) -> list[str]:
        """None: the source is found, or fetched, before."""
        return []

    @property
    def processed_file_names(self) -> list[str]:
        """The index, in a folder named after all that decides the graphs."""
        return [f"{self._folder}/{INDEX_NAME}"]

    @property
    def _directory(self) -> Path:
        return Path(self.processed_paths[0]).parent

    @cached_property
    def _folder(self) -> str:
        """The name of the folder: also other times of files change it."""
        key = f"{self._content} {self.source.fingerprint()}"
        return hashlib.sha256(key.encode()).hexdigest()[:16]

    @cached_property
    def _content(self) -> str:
        """A hash of all that decides the graphs of given files."""
        functions = (self.pre_transform, self.pre_filter, self.options.scorer)
        changes = [function_identity(function) for function in functions]
        code = code_version(BUILDING)
        key = json.dumps([self.identity, changes, self.shard_bytes, code])
        return hashlib.sha256(key.encode()).hexdigest()[:16]

    @property
    def identity(self) -> dict[str, Any]:
        """What a model must agree with, as JSON-serialisable data."""
        return {
            "schema": self.schema.to_dict(),
            "tokenizer": tokenizer_hash(self.tokenizer),
            "options": self.options.to_dict(),
        }

    @property
    def statistics(self) -> dict[str, Any]:
        """Counts of the build: files, functions, nodes, relations, skipped.

        `seconds` is how long the last build took, which is not a part of the
        dataset itself: see `last_build`.
        """
        seconds = self.last_build.get("seconds", 0.0)
        return {**self.store.header["statistics"], "seconds": seconds}

    @property
    def last_build(self) -> dict[str, Any]:
        """The cost of the last build: seconds, files parsed, shards built."""
        return read_build_log(self._directory)

    @property
    def kg(self) -> CodeKG:
        """The static knowledge graph of a corpus of one project.

        Raises:
            ValueError: if there are several projects.
        """
        return self._kgs.only()

    def kg_of(self, project: str) -> CodeKG:
        """Return the static knowledge graph of a project.

        Args:
            project: its name, as in `store.projects`.

        Raises:
            ValueError: if there is no such project.
        """
        return self._kgs.of(project)

    @property
    def groups(self) -> list[str]:
        """The project of every graph, or of one project, the module."""
        paths = self.store.distinct_paths
        of_path = [self.source.group(path) for path in paths]
        codes = self.store.paths.codes[self._chosen]
        return [of_path[code] for code in codes]

    @property
    def num_nodes_per_graph(self) -> NDArray[np.int64]:
        """The number of nodes of every graph, without reading any."""
        return np.asarray(self.store.num_nodes[self._chosen], np.int64)

    @property
    def _chosen(self) -> NDArray[np.int64]:
        """The numbers in the store of the graphs of this, maybe a slice."""
        return np.asarray(self.indices(), np.int64)

    def get_summary(self) -> Summary:
        """Return PyG's summary: means and quantiles of nodes and edges."""
        chosen = self._chosen
        return Summary(
            name=type(self).__name__,
            num_graphs=len(chosen),
            num_nodes=Stats.from_data(self.store.num_nodes[chosen].tolist()),
            num_edges=Stats.from_data(self.store.num_edges[chosen].tolist()),
        )

    def verify(self) -> None:
        """Compare every byte of every shard with what was built.

        Raises:
            ValueError: naming the first file that was changed.
        """
        self.store.verify()

    def process(self) -> None:
        """Build what is missing; what an earlier build finished is kept."""
        builder = self._shard_builder()
        if self.force_reload:
            builder.forget()
        build_corpus(
            builder,
            self.source,
            self.shard_bytes,
            self._build_shards,
            self.identity,
        )

    def _shard_builder(self) -> ShardBuilder:
        source = hashlib.sha256(self.source.name.encode()).hexdigest()[:16]
        facts = Path(self.processed_dir, "facts", source)
        return ShardBuilder(
            self.source.projects,
            ParsedFiles(facts, self.tokenizer),
            self._directory,
            self._content,
            self.tokenizer,
            self.options,
            self.schema,
            self.pre_filter,
            self.pre_transform,
        )

    def len(self) -> int:
        """Return the number of graphs."""
        return len(self.store)

    def get(self, idx: int) -> ChainGraph:
        """Return one graph, before any transform."""
        return self.store.get(idx)

    def batch(
        self, indices: Sequence[int], exclude_keys: Collection[str] = ()
    ) -> Batch:
        """Return graphs of this dataset in one batch.

        It equals PyG's `Batch.from_data_list`, and is read straight from the
        columns of the dataset, several times faster. With a `transform`, every
        graph is read, transformed and put there one by one.

        Args:
            indices: the positions of the graphs in this dataset, which may be
                a slice of another.
            exclude_keys: the attributes to leave out. (default: :obj:`()`)

        Raises:
            ValueError: if there is no graph.
        """
        if self.transform is not None:
            graphs = [self[index] for index in indices]
            return Batch.from_data_list(graphs, exclude_keys=[*exclude_keys])
        chosen = self.indices()
        return self.store.batch([chosen[i] for i in indices], exclude_keys)

    def locate(self, graph_id: int) -> GraphLocation:
        """Return the file, the function and the lines of a graph.

        Args:
            graph_id: the `graph_id` of a graph, which is the same in every
                slice of the dataset.

        Raises:
            ValueError: if the dataset has no such graph.

        Example:
            >>> import tempfile, json.tool
            >>> with tempfile.TemporaryDirectory() as root:
            ...     dataset = CodeChainGraphs(root, source=json.tool.__file__)
            ...     dataset.locate(0).qualified_name
            'json.tool.main'
        """
        if not 0 <= graph_id < len(self.store):
            raise ValueError(
                f"'graph_id' must be below {len(self.store)} (got {graph_id})"
            )
        return self.store.locate(graph_id)

    def split(
        self,
        share: float | None = None,
        seed: int = 0,
        *,
        test_share: float = 0.0,
        by: SplitBy | None = None,
    ) -> Split:
        """Hold out whole projects, top-level modules or packages, or files.

        The indices are those of this dataset, which may be a slice of another.
        Graphs that exactly or nearly repeat a graph of a later part are left
        out: training graphs that repeat a validation or test graph, and
        validation graphs that repeat a test graph.

        Args:
            share: the share of graphs to validate on. (default: the parts that
                a named corpus pins, or else a tenth)
            seed: the seed of the choice. (default: :obj:`0`)
            test_share: the share of graphs to test on. (default: :obj:`0.0`)
            by: `"project"`, `"module"` or `"file"`. (default: projects if there
                are several, or else modules, or else, where none is small
                enough, files)

        Raises:
            ValueError: if a share is not within (0, 1), if both leave nothing
                to train on, or if no group is small enough.
        """
        return split_corpus(
            self.source,
            self.store.distinct_paths,
            self.store.paths.codes[self._chosen].astype(np.int64),
            root_sketches(self.store).take(self._chosen),
            share=share,
            test_share=test_share,
            by=by,
            seed=seed,
        )

    def _download(self) -> None:
        """Fetch nothing: the source was found, or fetched, before."""

    def _process(self) -> None:
        """Build the store unless it is there.

        PyG's own form also writes and unpickles the names of `pre_transform`
        and `pre_filter`: here they are part of the store's name, and a dataset
        from a stranger runs no code.
        """
        index = Path(self.processed_paths[0])
        if not self.force_reload and index.is_file():
            return
        index.parent.parent.mkdir(parents=True, exist_ok=True)
        # Of several processes that need it, one builds and the others wait.
        with FileLock(index.parent.parent / ".lock"):
            if self.force_reload or not index.is_file():
                self.process()
