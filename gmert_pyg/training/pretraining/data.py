"""From what a run was told of its data to the graphs."""

from __future__ import annotations

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.schema import Schema, get_schema, schema_names
from gmert_pyg.training.pretraining.arguments import DataArguments


def schema_of(name: str) -> Schema:
    """Return the schema of a name, or of a JSON file.

    Args:
        name: a registered name, or a file that ends in `.json`.

    Raises:
        ValueError: if there is no such schema.
    """
    if name.endswith(".json"):
        return Schema.from_json(name)
    if name not in schema_names():
        raise ValueError(
            f"'schema' must be one of {', '.join(schema_names())}, or a file"
            f" that ends in .json (got '{name}')"
        )
    return get_schema(name)


def read_graphs(
    arguments: DataArguments,
    tokenizer: PreTrainedTokenizerFast | None = None,
    *,
    force_reload: bool = False,
) -> CodeChainGraphs:
    """Read the graphs that arguments name, building them if need be.

    Args:
        arguments: which graphs.
        tokenizer: gives the tokens. (default: the one shipped)
        force_reload: whether to build in any case. (default: :obj:`False`)

    Raises:
        ValueError: if the source does not exist or holds nothing that becomes
            a graph, or if an argument is out of its range.
    """
    names = [name.strip() for name in arguments.languages.split(",")]
    return CodeChainGraphs(
        arguments.data,
        source=arguments.source,
        languages=names[0] if len(names) == 1 else names,
        tokenizer=tokenizer,
        schema=schema_of(arguments.schema),
        unit=arguments.unit,
        max_roots=arguments.max_roots,
        repeat_signature=arguments.repeat_signature,
        max_triples_per_head=arguments.max_triples_per_head,
        occurrences=arguments.occurrences,
        alpha=arguments.alpha,
        local_only=arguments.local_only,
        non_local_only=arguments.non_local_only,
        num_workers=arguments.workers,
        force_reload=force_reload,
        progress=True,
    )
