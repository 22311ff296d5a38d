"""One snippet of code to one graph, in memory."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.building import GraphBuilder, GraphOptions
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.chunking.options import ChunkOptions
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import language_of, parse_source, read_source
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
) -> list[ChainGraph]:
    """Read a file into its graphs, in memory.

    Args:
        path: a source file.
        tokenizer: the tokenizer. (default: the one shipped in the package)
        options: what decides the graphs. (default: those of a dataset)
        schema: the relations. (default: the twelve of code)

    Raises:
        ValueError: if the file cannot be read or parsed.
    """
    text = read_source(path)
    module = Path(path).stem
    facts = parse_source(text, path, module, language=language_of(path))
    kg = CodeKG.from_modules([facts], schema)
    builder = GraphBuilder(
        kg, tokenizer or GraphMertTokenizer.default(), options or GraphOptions()
    )
    store, _ = builder.chunks(0, text)
    return [store.get(index) for index in range(len(store))]
