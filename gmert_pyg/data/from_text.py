"""Plain text to a graph: a chain of roots, without leaves."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.root_tokens import root_tokens
from gmert_pyg.tokenization import GraphMertTokenizer


def graph_from_text(
    text: str,
    tokenizer: PreTrainedTokenizerFast | None = None,
    *,
    max_length: int | None = None,
    **attributes: Any,
) -> ChainGraph:
    """Read any text, such as a search query, into a graph without leaves.

    Its roots are cut as those of code are: spaces between words are left out.

    Args:
        text: the text.
        tokenizer: the tokenizer. (default: the one shipped in the package)
        max_length: the most roots; later ones are left out. (default: all)
        **attributes: further attributes of the graph.

    Raises:
        ValueError: if the text has no tokens, or `max_length` is not positive.

    Example:
        >>> graph = graph_from_text("read a file")
        >>> graph.num_roots, graph.num_leaves
        (3, 0)
    """
    if max_length is not None and max_length < 1:
        raise ValueError(f"'max_length' must be positive (got {max_length})")
    roots = root_tokens(text, tokenizer or GraphMertTokenizer.default())
    if len(roots) == 0:
        raise ValueError(f"'text' must have tokens (got {text[:20]!r})")
    shown = slice(max_length)
    return ChainGraph.from_triples(
        roots.ids[shown].tolist(),
        [],
        word_start=roots.word_start[shown].tolist(),
        **attributes,
    )
