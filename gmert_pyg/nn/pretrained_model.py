"""What all GraphMERT models share."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import AutoModel, PreTrainedModel

from gmert_pyg.nn.backbone import copy_weights, two_token_types
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
        self, attn_implementation: str | dict[str, Any], **kwargs: Any
    ) -> None:
        r"""Choose how attention is computed, also in what is saved.

        Args:
            attn_implementation (str): a choice of
                :class:`~gmert_pyg.nn.configuration.GraphMertConfig`'s
                :obj:`attention`, or the name of its function.
            **kwargs (optional): what transformers takes besides.

        Raises:
            ValueError: if there is no such choice, or if it cannot apply the
                decay.
        """
        self.config._attn_implementation = attn_implementation
        super().set_attn_implementation(
            self.config._attn_implementation, **kwargs
        )

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, HGATConv):
            module.reset_parameters()
        decay_offset = getattr(module, "decay_offset", None)
        if isinstance(decay_offset, nn.Parameter):
            nn.init.constant_(decay_offset, self.config.decay_init)

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
