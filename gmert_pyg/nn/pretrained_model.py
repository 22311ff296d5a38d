"""What all GraphMERT models share."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import nn
from torch_geometric.data import Data
from transformers import (
    AutoConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from gmert_pyg.nn.attention.names import attention_choice
from gmert_pyg.nn.attention.selection import check_choice
from gmert_pyg.nn.backbone import more_positions, two_token_types
from gmert_pyg.nn.backbone_report import BackboneReport
from gmert_pyg.nn.backbone_weights import copy_weights, read_encoder
from gmert_pyg.nn.checkpoint_loading import check_complete, load_whole
from gmert_pyg.nn.configuration import GraphMertConfig, argument_names
from gmert_pyg.nn.conv import HGATConv
from gmert_pyg.nn.dataset_checks import check_schema, check_tokenizer
from gmert_pyg.nn.model_card import write_model_card
from gmert_pyg.nn.occurrence import OccurrenceBias
from gmert_pyg.tokenization import tokenizer_hash

if TYPE_CHECKING:
    from gmert_pyg.data.dataset import CodeChainGraphs
    from gmert_pyg.nn.explanation import Explanation

logger = logging.getLogger(__name__)

# Other heads are not missed when a checkpoint of pre-training is fine-tuned.
PRETRAINING_HEADS = [r"^lm_head\.", r"^sbo_head\.", r"^relation_head\."]


class GraphMertPreTrainedModel(PreTrainedModel):
    """What all GraphMERT models share: configuration and initialisation."""

    config_class = GraphMertConfig
    config: GraphMertConfig
    base_model_prefix = "graphmert"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    backbone_report: BackboneReport | None = None

    def __init__(self, config: GraphMertConfig) -> None:
        config._attn_implementation = config.attention
        super().__init__(config)

    def set_attn_implementation(
        self,
        attn_implementation: str | dict[Any, Any],
        allow_all_kernels: bool = False,
    ) -> None:
        r"""Choose how attention is computed, also in what is saved.

        Args:
            attn_implementation (str): a choice of
                :class:`~gmert_pyg.nn.configuration.GraphMertConfig`'s
                :obj:`attention`, or the name of its function.
            allow_all_kernels (bool, optional): taken by transformers, and of
                no effect here. (default: :obj:`False`)

        Raises:
            ValueError: if there is no such choice, or if it or the encoder
                cannot apply the decay or keep graphs apart in this form.
        """
        check_choice(self.config, attention_choice(attn_implementation))
        self.config._attn_implementation = attn_implementation
        name = self.config._attn_implementation
        assert name is not None
        super().set_attn_implementation(name)

    def check_dataset(self, dataset: CodeChainGraphs) -> None:
        r"""Check that a dataset was built for this model: its edge types must
        be of the same schema, its token ids of the same tokenizer.

        Args:
            dataset (CodeChainGraphs): the dataset.

        Raises:
            ValueError: naming both schemas, or both tokenizers.
        """
        check_schema(self.config, dataset.schema)
        check_tokenizer(self.config, dataset.tokenizer)

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, (HGATConv, OccurrenceBias)):
            module.reset_parameters()
        decay_offset = getattr(module, "decay_offset", None)
        if isinstance(decay_offset, nn.Parameter):
            nn.init.constant_(decay_offset, self.config.decay_init)

    def explain(self, batch: Data) -> Explanation:
        """Return what the model attends to in a graph or a batch: see
        :func:`~gmert_pyg.nn.explanation.explain.explain`.
        """
        # That module runs models, so it builds on this one.
        from gmert_pyg.nn.explanation import explain
        from gmert_pyg.nn.modeling_graphmert import GraphMertModel

        model = self.base_model
        assert isinstance(model, GraphMertModel)
        return explain(model, batch)

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        is_main_process: bool = True,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        r"""Save the model as transformers does, and a model card beside it if
        the directory has none.

        What the card shall say of data, training and metrics is added by
        :func:`~gmert_pyg.nn.model_card.write_model_card`.

        Args:
            save_directory (str or os.PathLike): where to save.
            is_main_process (bool, optional): whether to write what is the same
                in every process. (default: :obj:`True`)
            *args (optional): further arguments of
                :meth:`PreTrainedModel.save_pretrained`.
            **kwargs (optional): the same, by name.
        """
        super().save_pretrained(
            save_directory, is_main_process, *args, **kwargs
        )
        if is_main_process and os.path.isdir(save_directory):
            write_model_card(self, save_directory)

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: Any, *args: Any, **kwargs: Any
    ) -> Any:
        r"""Load a checkpoint, whole.

        Heads that the checkpoint has and the class lacks are left out. Heads
        that another class saved without are new, drawn at random, and logged;
        nothing else is ever replaced.

        Args:
            pretrained_model_name_or_path (str): the directory, or the name on
                the Hugging Face hub.
            *args (optional): arguments of the model.
            **kwargs (optional): those of transformers'
                :meth:`~transformers.PreTrainedModel.from_pretrained`, and of
                the configuration. With :obj:`ignore_mismatched_sizes`, weights
                of other shapes, and missing heads, are drawn at random.

        Raises:
            ValueError: if a file is damaged, or a weight missing or of another
                shape.
        """
        with_info = kwargs.pop("output_loading_info", False)
        is_lenient = kwargs.pop("ignore_mismatched_sizes", False)
        model, found = load_whole(
            super().from_pretrained,
            pretrained_model_name_or_path,
            *args,
            ignore_mismatched_sizes=is_lenient,
            **kwargs,
        )
        check_complete(model, found, pretrained_model_name_or_path, is_lenient)
        return (model, found) if with_info else model

    @classmethod
    def from_backbone(
        cls,
        name_or_path: Any,
        *,
        max_positions: int | None = None,
        tokenizer: PreTrainedTokenizerFast | None = None,
        **overrides: Any,
    ) -> Self:
        r"""Start from the weights of an encoder.

        Its weights are copied, and of its MLM head, if it has one, the dense
        layer, the normalisation and the bias of the vocabulary, if
        :obj:`num_transform_layers` is 1. The vocabulary stays as it is. A
        second token type, that of leaves, starts as the first, or where the
        encoder has no types, at zero. What became of every weight is logged,
        and kept as :obj:`backbone_report`, which prints as a table.

        Checkpoints are read as safetensors; one that only has a
        `pytorch_model.bin` is read by PyTorch's restricted reader, which holds
        tensors and runs nothing.

        Args:
            name_or_path (str): the checkpoint: a directory, or a name on the
                Hugging Face hub such as `"microsoft/codebert-base"`.
            max_positions (int, optional): the number of positions. Learned ones
                repeat from the first where there are to be more; rotary ones
                go on. (default: as many as the checkpoint has)
            tokenizer (PreTrainedTokenizerFast, optional): the tokenizer of the
                checkpoint, whose mask token and whose hash
                :meth:`check_dataset` compares, the configuration then has.
                (default: :obj:`None`)
            **overrides (optional): arguments of :class:`GraphMertConfig`.

        Raises:
            ValueError: if the checkpoint is damaged or not of an encoder whose
                attention can be ours, or if an argument does not fit it.
        """
        encoder = AutoConfig.from_pretrained(name_or_path)
        if not encoder.is_encoder_decoder:
            encoder = two_token_types(encoder)
            if max_positions is not None:
                encoder = more_positions(encoder, max_positions)
        config = encoder_config(encoder, tokenizer, overrides)
        model = cls(config)
        weights = read_encoder(name_or_path, encoder)
        model.backbone_report = copy_weights(weights, model)
        logger.info(
            "Weights from '%s':\n%s", name_or_path, model.backbone_report
        )
        return model


def encoder_config(
    encoder: PreTrainedConfig,
    tokenizer: PreTrainedTokenizerFast | None,
    overrides: dict[str, Any],
) -> GraphMertConfig:
    """Return the configuration of a model over an encoder and its tokenizer.

    Raises:
        ValueError: if there is no such argument, or if the tokenizer has tokens
            that the encoder has not.
    """
    known = argument_names() - {"backbone_config"}
    for name in sorted(overrides.keys() - known):
        raise ValueError(
            "'overrides' must be arguments of GraphMertConfig other than "
            f"'backbone_config' (got '{name}')"
        )
    if tokenizer is None:
        return GraphMertConfig(backbone_config=encoder, **overrides)
    if len(tokenizer) > encoder.vocab_size:
        raise ValueError(
            f"'tokenizer' must have at most {encoder.vocab_size} tokens, as "
            f"many as the checkpoint (got {len(tokenizer)})"
        )
    own = {
        "mask_token_id": tokenizer.mask_token_id,
        "tokenizer_hash": tokenizer_hash(tokenizer),
    }
    return GraphMertConfig(backbone_config=encoder, **own | overrides)
