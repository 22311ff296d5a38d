"""All masks of GraphMERT's pre-training, in the order that leaks nothing."""

from __future__ import annotations

from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.schema import DEFAULT_SCHEMA, Schema
from gmert_pyg.tokenization.identifier_parts import identifier_parts
from gmert_pyg.transforms.graph_mask import GraphMask
from gmert_pyg.transforms.mask_leaves import MaskLeaves
from gmert_pyg.transforms.mask_relations import MaskRelations
from gmert_pyg.transforms.mask_spans import MaskSpans
from gmert_pyg.transforms.ragged import RaggedNodes


class MaskForPreTraining(GraphMask):
    r"""Masks relations, leaves and spans of roots, for one forward pass.

    Leaves come before spans, since :class:`MaskSpans` also hides the leaves
    that tell what it masked, and drops such occurrence edges.

    Args:
        tokenizer (PreTrainedTokenizerFast): Gives the mask token and the
            vocabulary.
        schema (Schema, optional): Gives the MASK relation and the types of
            occurrence edges. (default: the twelve relations of code)
        spans (bool, optional): Whether to mask roots at all: without, there is
            no masked language modelling. (default: :obj:`True`)
        leaves (bool, optional): Whether to mask tails. (default: :obj:`True`)
        relations (bool, optional): Whether to mask relations.
            (default: :obj:`True`)
        max_span_length (int, optional): The longest span of roots; 1 masks
            single tokens, wherever they are in a word. (default: :obj:`7`)
        rate (float, optional): The share of roots, and the probability of a
            triple, to be masked. (default: :obj:`0.15`)
        occurrences (str, optional): Whether occurrence edges that tell what
            was masked are dropped (`"drop"`) or not (`"keep"`).
            (default: :obj:`"drop"`)
        seed (int, optional): The seed of all draws. (default: :obj:`0`)

    Raises:
        ValueError: if the tokenizer has no mask token, `rate` is not a share,
            or `max_span_length` is not positive.

    Example:
        >>> from gmert_pyg.tokenization import GraphMertTokenizer
        >>> graph = ChainGraph.from_source("def f(x):\n    return x")
        >>> masked = MaskForPreTraining(GraphMertTokenizer.default())(graph)
        >>> masked.labels.shape == graph.input_ids.shape
        True
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerFast,
        schema: Schema = DEFAULT_SCHEMA,
        *,
        spans: bool = True,
        leaves: bool = True,
        relations: bool = True,
        max_span_length: int = 7,
        rate: float = 0.15,
        occurrences: str = "drop",
        seed: int = 0,
    ) -> None:
        mask = tokenizer.mask_token_id
        if mask is None:
            raise ValueError(
                "'tokenizer' must have a mask token (got"
                f" {tokenizer.special_tokens_map})"
            )
        if max_span_length < 1:
            raise ValueError(
                f"'max_span_length' must be positive (got {max_span_length})"
            )
        self.masks: list[GraphMask] = []
        if relations:
            self.masks.append(
                MaskRelations(schema.num_relations, rate=rate, seed=seed)
            )
        if leaves:
            self.masks.append(MaskLeaves(mask, rate=rate, seed=seed))
        if spans:
            self.masks.append(
                MaskSpans(
                    mask,
                    len(tokenizer),
                    special_ids=tokenizer.all_special_ids,
                    rate=rate,
                    max_length=max_span_length,
                    schema=schema,
                    occurrences=occurrences,
                    identifier_parts=identifier_parts(tokenizer),
                    seed=seed,
                )
            )

    def apply(self, data: ChainGraph, nodes: RaggedNodes) -> None:
        for mask in self.masks:
            mask.apply(data, nodes)
