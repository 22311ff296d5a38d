"""A snippet of code to one graph, or a file to its graphs, in memory."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.building import GraphBuilder, GraphOptions
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.chunking.options import ChunkOptions
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import (
    SourceError,
    language_of,
    parse_source,
    read_source,
)
from gmert_pyg.schema import DEFAULT_SCHEMA, Schema
from gmert_pyg.tokenization import GraphMertTokenizer


def graph_from_source(
    code: str,
    tokenizer: PreTrainedTokenizerFast | None = None,
    *,
    language: str = "python",
    path: str = "<string>",
    module: str = "snippet",
    schema: Schema = DEFAULT_SCHEMA,
    **options: Any,
) -> ChainGraph:
    """Read a snippet of code into a leafy chain graph.

    Nothing is imported or run. The whole snippet becomes one chain.

    Args:
        code: source code.
        tokenizer: the tokenizer. (default: the one shipped in the package)
        language: what it is written in; other than Python needs the extra
            `languages`. (default: :obj:`"python"`)
        path: where the code is from, for error messages and provenance.
            (default: :obj:`"<string>"`)
        module: the name that the snippet's entities are qualified with.
            (default: :obj:`"snippet"`)
        schema: the relations. (default: the twelve of code)
        options: those of `GraphOptions`, such as `max_triples_per_head`, but
            for those that cut code into chunks.

    Raises:
        ValueError: if the code is empty or cannot be parsed, if the language is
            not known or its grammar not installed, or if an option is out of
            its range or does not apply.
    """
    if not code.strip():
        raise ValueError(f"'code' must not be empty (got {code[:20]!r})")
    for option in fields(ChunkOptions):
        if option.name in options:
            raise ValueError(
                f"'{option.name}' must not be given for a snippet, which"
                f" becomes one chain (got {options[option.name]!r})"
            )
    chosen = GraphOptions().changed(**options)
    facts = parse_source(code, path, module, language=language, recover=False)
    kg = CodeKG.from_modules([facts], schema)
    builder = GraphBuilder(
        kg, tokenizer or GraphMertTokenizer.default(), chosen
    )
    return builder.whole_file(0, code).get(0)


def graphs_of_file(
    path: str,
    tokenizer: PreTrainedTokenizerFast | None = None,
    options: GraphOptions | None = None,
    schema: Schema = DEFAULT_SCHEMA,
    project: str | None = None,
) -> list[ChainGraph]:
    """Read a file into its graphs, in memory.

    Args:
        path: a source file.
        tokenizer: the tokenizer. (default: the one shipped in the package)
        options: what decides the graphs. (default: those of a dataset)
        schema: the relations. (default: the twelve of code)
        project: the folder of the file's project, whose other files in the
            same language tell what the file does not. (default: none)

    Raises:
        ValueError: if the file cannot be read or parsed, or is not in the
            project.
    """
    text = read_source(path)
    language = language_of(path)
    if project is None:
        facts = parse_source(text, path, Path(path).stem, language=language)
        kg, number = CodeKG.from_modules([facts], schema), 0
    else:
        kg = CodeKG.from_source(project, languages=language, schema=schema)
        number = _number_in(kg, path, project)
    builder = GraphBuilder(
        kg, tokenizer or GraphMertTokenizer.default(), options or GraphOptions()
    )
    store, _ = builder.chunks(number, text)
    return [store.get(index) for index in range(len(store))]


def _number_in(kg: CodeKG, path: str, project: str) -> int:
    """Return the number of the module that a file of a project is."""
    wanted = os.path.realpath(path)
    for known, reason in kg.skipped.items():
        if os.path.realpath(known) == wanted:
            raise SourceError(reason, path)
    for number, module in enumerate(kg.modules):
        if os.path.realpath(module.path) == wanted:
            return number
    raise ValueError(f"'project' must hold the file '{path}' (got '{project}')")
