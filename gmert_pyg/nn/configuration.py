"""The configuration of GraphMERT models."""

from __future__ import annotations

import copy
from dataclasses import fields
from typing import Any, ClassVar

from huggingface_hub.errors import StrictDataclassError
from transformers import AutoConfig, PreTrainedConfig, RobertaConfig

from gmert_pyg.nn.attention.names import REGISTERED, attention_choice
from gmert_pyg.nn.configuration_checks import (
    check_configuration,
    check_decay_mode,
)
from gmert_pyg.schema import DEFAULT_SCHEMA, Schema


class GraphMertConfig(PreTrainedConfig):
    r"""The configuration of a `"GraphMERT" <https://arxiv.org/abs/2510.09580>`_
    model: an encoder of transformers, and what surrounds it.

    Args:
        backbone_config (PreTrainedConfig or dict, optional): the encoder.
            (default: a :class:`RobertaConfig` with two token types)
        schema (dict, optional): a relation schema, as its `to_dict` returns it.
            (default: :obj:`DEFAULT_SCHEMA`, unless :obj:`num_relations` is
            given)
        num_relations (int, optional): the number R of relations.
            (default: that of the schema)
        hgat (bool, optional): whether H-GAT fuses heads into leaves.
            (default: :obj:`True`)
        hgat_dropout (float, optional): the dropout of its relation parameters.
            (default: :obj:`0.3`)
        hgat_num_bases (int, optional): the number of basis matrices.
            (default: :obj:`None`, one matrix per relation)
        decay (bool, optional): whether distance damps attention.
            (default: :obj:`True`)
        decay_base (float, optional): the base of the decay.
            (default: :obj:`0.6`)
        decay_init (float, optional): the initial offset of every head.
            (default: :obj:`1.0`)
        decay_mode (str, optional): `"multiply"` scales the logits,
            `"bias"` adds the logarithm. (default: :obj:`"multiply"`)
        attention (str, optional): how attention is computed: `"eager"`, the
            reference, `"sdpa"`, PyTorch's fused kernels, which cannot
            apply `decay_mode="multiply"`, or `"flex"`, compiled kernels over
            packed graphs, which train on a GPU only and without dropout of
            attention weights. It is stored, unlike
            :obj:`attn_implementation`, which overrides it.
            (default: :obj:`"eager"`)
        token_budget (int, optional): to how many nodes `"flex"` pads every
            batch, a multiple of 128; compiled kernels then see one shape.
            (default: :obj:`None`, the next multiple of 128)
        distance_shift (int, optional): added to every distance; the authors'
            code has 1, the paper 0. (default: :obj:`0`)
        occurrence (str, optional): what occurrence edges do: `"bias"` adds a
            learned bias to the attention between the roots they link,
            `"hgat"` lets H-GAT pass messages over them, in both directions,
            `"off"` ignores them. (default: :obj:`"off"`)
        position (str, optional): `"anchor"` gives a node the position
            of its anchor, its type and its slot: learned positions are added,
            rotary ones turn queries and keys; the type of a leaf is the second
            token type, or, where the encoder has not two, an embedding of the
            model's own. `"none"` sends the fused embeddings straight to the
            encoder. (default: :obj:`"anchor"`)
        max_slots (int, optional): the number of slot embeddings; later slots
            share the last. (default: :obj:`64`)
        lambda_mlm (float, optional): the weight of the losses on roots.
            (default: :obj:`0.6`)
        sbo (bool, optional): whether to train the span boundary objective.
            (default: :obj:`True`)
        sbo_max_length (int, optional): later positions of a span have no
            boundary loss. (default: :obj:`16`)
        leaf_loss (bool, optional): whether to train on masked leaves.
            (default: :obj:`True`)
        relation_loss (bool, optional): whether to train on masked relations.
            (default: :obj:`True`)
        num_transform_layers (int, optional): the number of layers before the
            vocabulary logits, 2 in the authors' code. (default: :obj:`1`)
        tie_word_embeddings (bool, optional): whether the vocabulary logits use
            the token embedding. (default: :obj:`True`)
        mask_token_id (int, optional): the mask token.
            (default: that of the encoder's configuration)
        tokenizer_hash (str, optional): what the tokenizer of its token ids is
            known by, to refuse a dataset of another.
            (default: :obj:`None`, unknown)
        pooling (str, optional): how the nodes of a graph become one vector,
            `"mean"`, `"first"` or `"attention"`, see
            :class:`~gmert_pyg.nn.pooling.GraphPooling`.
            (default: :obj:`"mean"`)
        classifier_dropout (float, optional): the dropout before classifiers.
            (default: that of the encoder's configuration)
        temperature (float, optional): what similarities are divided by in
            retrieval. (default: :obj:`0.07`)
        learn_temperature (bool, optional): whether it is trained.
            (default: :obj:`True`)
        **kwargs (optional): arguments of :class:`PreTrainedConfig`, such as
            :obj:`num_labels`, :obj:`id2label` and :obj:`problem_type`.

    Raises:
        ValueError: naming the argument that is out of range.

    Example:
        >>> config = GraphMertConfig.small(vocab_size=100, hgat=False)
        >>> config.hidden_size, config.num_relations, config.hgat
        (256, 12, False)
    """

    model_type = "graphmert"
    sub_configs: ClassVar[dict[str, Any]] = {"backbone_config": AutoConfig}
    # Of other rows than the labels: the stock Trainer must not gather them.
    keys_to_ignore_at_inference: ClassVar[list[str]] = [
        "pooled",
        "last_hidden_state",
    ]

    backbone_config: Any = None
    schema: dict[str, Any] | None = None
    num_relations: int | None = None
    hgat: bool = True
    hgat_dropout: float = 0.3
    hgat_num_bases: int | None = None
    decay: bool = True
    decay_base: float = 0.6
    decay_init: float = 1.0
    decay_mode: str = "multiply"
    attention: str = "eager"
    token_budget: int | None = None
    distance_shift: int = 0
    occurrence: str = "off"
    position: str = "anchor"
    max_slots: int = 64
    lambda_mlm: float = 0.6
    sbo: bool = True
    sbo_max_length: int = 16
    leaf_loss: bool = True
    relation_loss: bool = True
    num_transform_layers: int = 1
    tie_word_embeddings: bool = True
    mask_token_id: int | None = None
    tokenizer_hash: str | None = None
    pooling: str = "mean"
    classifier_dropout: float | None = None
    temperature: float = 0.07
    learn_temperature: bool = True

    def __post_init__(self, **kwargs: Any) -> None:
        if self.backbone_config is None:
            self.backbone_config = RobertaConfig(type_vocab_size=2)
        elif isinstance(self.backbone_config, dict):
            backbone = dict(self.backbone_config)
            model_type = backbone.pop("model_type", "roberta")
            self.backbone_config = AutoConfig.for_model(model_type, **backbone)
        else:
            # The choice of attention is written into it: one of its own.
            self.backbone_config = copy.deepcopy(self.backbone_config)
        if self.schema is None and self.num_relations is None:
            self.schema = DEFAULT_SCHEMA.to_dict()
        if self.num_relations is None:
            assert self.schema is not None
            self.num_relations = Schema.from_dict(self.schema).num_relations
        if self.mask_token_id is None:
            self.mask_token_id = getattr(
                self.backbone_config, "mask_token_id", None
            )
        super().__post_init__(**kwargs)
        check_configuration(self)

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        """Read what `to_dict` returned.

        Raises:
            ValueError: naming the argument that is of another type, or out of
                range.
        """
        try:
            return super().from_dict(config_dict, **kwargs)
        except (StrictDataclassError, TypeError) as error:
            raise ValueError(
                f"'config_dict' must be of GraphMertConfig (got {error})"
            ) from error

    @property
    def _attn_implementation(self) -> str | None:
        """The name of the attention function, as transformers asks for it."""
        name: str | None = self._attn_implementation_internal
        return name

    @_attn_implementation.setter
    def _attn_implementation(self, value: object) -> None:
        # What transformers is told lives no longer than the process; what is
        # stored follows it, and stands in for it when nothing is said.
        if value is not None:
            choice = attention_choice(value)
            check_decay_mode(self, choice)
            self.attention = choice
        name = REGISTERED.get(self.attention)
        self._attn_implementation_internal = name
        self.backbone_config._attn_implementation = name

    @property
    def vocab_size(self) -> int:
        """The number of tokens."""
        return int(self.backbone_config.vocab_size)

    @property
    def pad_token_id(self) -> int | None:
        """The padding token."""
        token: int | None = self.backbone_config.pad_token_id
        return token

    @property
    def hidden_size(self) -> int:
        """The size of a node's state."""
        return int(self.backbone_config.hidden_size)

    @property
    def embedding_size(self) -> int:
        """The size of a token's embedding, smaller in ALBERT and ELECTRA."""
        backbone = self.backbone_config
        return int(getattr(backbone, "embedding_size", backbone.hidden_size))

    @property
    def num_attention_heads(self) -> int:
        """The number of attention heads of a layer."""
        return int(self.backbone_config.num_attention_heads)

    @property
    def num_hidden_layers(self) -> int:
        """The number of layers."""
        return int(self.backbone_config.num_hidden_layers)

    @property
    def occurrence_names(self) -> tuple[str, ...]:
        """The kinds of occurrence edges, in the order of their types."""
        return tuple(self.schema["occurrences"]) if self.schema else ()

    @property
    def head_dropout(self) -> float:
        """The dropout before classifiers."""
        for value in (
            self.classifier_dropout,
            getattr(self.backbone_config, "classifier_dropout", None),
            getattr(self.backbone_config, "hidden_dropout_prob", None),
        ):
            if value is not None:
                return float(value)
        return 0.0

    @property
    def num_edge_types(self) -> int:
        """All edge types, the MASK relation and occurrences included."""
        assert self.num_relations is not None
        return self.num_relations + 1 + len(self.occurrence_names)

    @property
    def num_hgat_relations(self) -> int:
        """What H-GAT tells apart: relations, MASK, occurrences both ways."""
        assert self.num_relations is not None
        both_ways = 2 * len(self.occurrence_names)
        used = both_ways if self.occurrence == "hgat" else 0
        return self.num_relations + 1 + used

    @classmethod
    def small(cls, vocab_size: int = 8192, **overrides: Any) -> GraphMertConfig:
        """4 layers of width 256: 6.7 M parameters with 8,192 tokens.

        Padding and mask are tokens 0 and 2, as of the default tokenizer.
        """
        special = {"pad_token_id": 0, "mask_token_id": 2}
        return cls._preset(vocab_size, 4, 256, 8, special | overrides)

    @classmethod
    def base(
        cls, vocab_size: int = 30_522, **overrides: Any
    ) -> GraphMertConfig:
        """The paper's size: 12 layers of width 512.

        59.1 M parameters with the heads of pre-training: 37.8 M in the layers,
        15.6 M in the token embedding, 3.4 M in H-GAT. A decoder of its own
        (:obj:`tie_word_embeddings`) adds 15.6 M, every relation beyond the
        twelve 0.26 M; the paper counts 79.7 M with its own relations and heads.
        """
        return cls._preset(vocab_size, 12, 512, 8, overrides)

    @classmethod
    def codebert(
        cls, vocab_size: int = 50_265, **overrides: Any
    ) -> GraphMertConfig:
        """The size of CodeBERT: 12 layers of width 768."""
        return cls._preset(vocab_size, 12, 768, 12, overrides)

    @classmethod
    def _preset(
        cls,
        vocab_size: int,
        layers: int,
        width: int,
        heads: int,
        overrides: dict[str, Any],
    ) -> GraphMertConfig:
        backbone: dict[str, Any] = {
            "vocab_size": vocab_size,
            "num_hidden_layers": layers,
            "hidden_size": width,
            "num_attention_heads": heads,
            "intermediate_size": 4 * width,
            "max_position_embeddings": 514,
            "type_vocab_size": 2,
            "layer_norm_eps": 1e-5,
        }
        own = argument_names()
        known = RobertaConfig()
        for name in set(overrides) - own:
            if not hasattr(known, name):
                raise ValueError(
                    "'overrides' must be arguments of GraphMertConfig or "
                    f"RobertaConfig (got '{name}')"
                )
            backbone[name] = overrides[name]
        chosen = {name: overrides[name] for name in own & set(overrides)}
        return cls(backbone_config=RobertaConfig(**backbone), **chosen)


def argument_names() -> set[str]:
    """Return the names of the arguments of :class:`GraphMertConfig`."""
    names = {field.name for field in fields(GraphMertConfig)}
    return names | {"attn_implementation", "num_labels"}
