"""What all GraphMERT models share."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import AutoModel, PreTrainedModel

from gmert_pyg.nn.backbone import copy_weights, two_token_types
from gmert_pyg.nn.checkpoint_loading import check_complete, load_whole
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.conv import HGATConv


class GraphMertPreTrainedModel(PreTrainedModel):
    """What all GraphMERT models share: configuration and initialisation."""

    config_class = GraphMertConfig
    config: GraphMertConfig
    base_model_prefix = "graphmert"
    main_input_name = "batch"
    supports_gradient_checkpointing = True
    _supports_sdpa = True

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
            ValueError: if there is no such choice, or if it cannot apply the
                decay.
        """
        self.config._attn_implementation = attn_implementation
        name = self.config._attn_implementation
        assert name is not None
        super().set_attn_implementation(name)

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, HGATConv):
            module.reset_parameters()
        decay_offset = getattr(module, "decay_offset", None)
        if isinstance(decay_offset, nn.Parameter):
            nn.init.constant_(decay_offset, self.config.decay_init)

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
        cls, name_or_path: str, **overrides: Any
    ) -> GraphMertPreTrainedModel:
        r"""Start from the weights of an encoder of the Hugging Face hub.

        Args:
            name_or_path (str): the checkpoint, such as
                `"microsoft/codebert-base"`.
            **overrides (optional): arguments of :class:`GraphMertConfig`.
        """
        source = AutoModel.from_pretrained(name_or_path)
        config = GraphMertConfig(
            backbone_config=two_token_types(source.config), **overrides
        )
        model = cls(config)
        copy_weights(source, model.base_model.get_submodule("backbone"))
        return model
