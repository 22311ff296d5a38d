"""What a model card says, from the model and what is known of its training."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from transformers import PreTrainedModel

from gmert_pyg.nn.configuration import GraphMertConfig

if TYPE_CHECKING:
    from gmert_pyg.nn.model_card import CardFacts

TEMPLATE = Path(__file__).parent / "templates" / "model_card.md.j2"
TAGS = ["graphmert", "graph-ml", "pytorch-geometric", "source-code"]
SHOWN_NAMES = 20


class _Kind(NamedTuple):
    purpose: str
    auto_class: str
    pipeline_tag: str
    limits: str


_STATES = _Kind(
    "the states of all nodes",
    "AutoModel",
    "feature-extraction",
    "It predicts nothing by itself: it needs a head.",
)
_KINDS = {
    "GraphMertModel": _STATES,
    "GraphMertForPreTraining": _Kind(
        "the tokens of masked nodes and the relations of masked triples",
        "AutoModelForPreTraining",
        "fill-mask",
        "It completes masked code and knowledge-graph triples; it does not"
        " generate code.",
    ),
    "GraphMertForSequenceClassification": _Kind(
        "predictions for the graph as a whole",
        "AutoModelForSequenceClassification",
        "text-classification",
        "It answers one question about a piece of code: the one its labels"
        " ask.",
    ),
    "GraphMertForTokenClassification": _Kind(
        "a label for every token of the code",
        "AutoModelForTokenClassification",
        "token-classification",
        "It labels the tokens of code; what it returns for leaves means"
        " nothing.",
    ),
    "GraphMertForRetrieval": _Kind(
        "one vector, which lies near those of texts that describe the code",
        "AutoModelForTextEncoding",
        "feature-extraction",
        "It ranks code by its similarity to a text; untrained for that, the"
        " ranking is arbitrary.",
    ),
}


def model_card(model: PreTrainedModel, facts: CardFacts) -> ModelCard:
    """Return the card of a model.

    Args:
        model: the model.
        facts: what to say about its training.
    """
    config = model.config
    assert isinstance(config, GraphMertConfig)
    kind = _kind(model)
    name = type(model).__name__
    results = _eval_results(facts, kind.pipeline_tag)
    data = ModelCardData(
        library_name="gmert_pyg",
        pipeline_tag=kind.pipeline_tag,
        tags=TAGS,
        license=facts.license,
        base_model=facts.base_model,
        model_name=name if results else None,
        eval_results=results or None,
    )
    baselines = list(
        dict.fromkeys(name for row in facts.metrics for name in row.baselines)
    )
    card: ModelCard = ModelCard.from_template(
        data,
        template_path=str(TEMPLATE),
        name=plain(name),
        purpose=kind.purpose,
        auto_class=kind.auto_class,
        limits=kind.limits,
        figures=_escaped(_figures(model, config)),
        max_positions=_max_positions(model),
        relations=_shown(_relations(config)),
        labels=_shown(_labels(kind, config)),
        data_facts=_escaped(facts.data),
        training_facts=_escaped(facts.training),
        dataset=plain(facts.dataset or ""),
        metrics=[
            {
                "task": plain(row.task),
                "name": plain(row.name),
                "num_items": _count(row.num_items),
                "value": f"{row.value:.3f}",
                "baselines": [
                    f"{row.baselines[name]:.3f}"
                    if name in row.baselines
                    else ""
                    for name in baselines
                ],
            }
            for row in facts.metrics
        ],
        baselines=[plain(name) for name in baselines],
        counted=any(row.num_items is not None for row in facts.metrics),
        weights_license=plain(facts.license or ""),
    )
    return card


def plain(text: object) -> str:
    r"""Return text that Markdown and HTML show as it is, on one line.

    Example:
        >>> print(plain("a|b <script>\n__init__"))
        a\|b &lt;script&gt; \_\_init\_\_
    """
    line = " ".join(str(text).split())
    line = "".join(sign for sign in line if sign.isprintable())
    escaped = html.escape(line, quote=False)
    return re.sub(r"([\\`*_\[\]{}|~$@]|(?<=:)/(?=/))", r"\\\1", escaped)


def _kind(model: PreTrainedModel) -> _Kind:
    names = (parent.__name__ for parent in type(model).__mro__)
    return next((_KINDS[name] for name in names if name in _KINDS), _STATES)


def _figures(
    model: PreTrainedModel, config: GraphMertConfig
) -> dict[str, object]:
    bases = config.hgat_num_bases
    hgat = "one matrix per relation" if bases is None else f"{bases} bases"
    decay = f"{config.decay_mode}, base {config.decay_base}"
    return {
        "parameters": f"{model.num_parameters() / 1e6:.1f} M",
        "encoder": config.backbone_config.model_type,
        "layers": config.num_hidden_layers,
        "hidden size": config.hidden_size,
        "attention heads": config.num_attention_heads,
        "vocabulary": f"{config.vocab_size:,} tokens",
        "H-GAT": hgat if config.hgat else "off",
        "decay of attention with distance": decay if config.decay else "off",
        "occurrence edges": config.occurrence,
        "positions": config.position,
        "relations": f"{config.num_relations}{_schema_name(config)}",
    }


def _schema_name(config: GraphMertConfig) -> str:
    schema = config.schema
    if schema is None:
        return ""
    return f" (schema {schema['name']}, version {schema['version']})"


def _max_positions(model: PreTrainedModel) -> int | None:
    bound = getattr(model.base_model, "max_positions", None)
    return bound if isinstance(bound, int) else None


def _relations(config: GraphMertConfig) -> list[str]:
    if config.schema is None:
        return []
    return [relation["name"] for relation in config.schema["relations"]]


def _labels(kind: _Kind, config: GraphMertConfig) -> list[str]:
    if "classification" not in kind.pipeline_tag or config.id2label is None:
        return []
    names = {int(label): str(name) for label, name in config.id2label.items()}
    return [names[label] for label in sorted(names)]


def _shown(names: list[str]) -> list[str]:
    shown = [plain(name) for name in names[:SHOWN_NAMES]]
    more = len(names) - len(shown)
    return [*shown, f"and {more} more"] if more else shown


def _escaped(facts: Mapping[str, object]) -> dict[str, str]:
    return {plain(name): plain(value) for name, value in facts.items()}


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _eval_results(facts: CardFacts, task: str) -> list[EvalResult]:
    """Return the metrics in the form that the hub reads from the header."""
    if facts.dataset is None:
        return []
    return [
        EvalResult(
            task_type=task,
            dataset_type=_slug(facts.dataset),
            dataset_name=facts.dataset,
            metric_type=_slug(row.name),
            # The header has one name for all tasks of a kind.
            metric_name=f"{row.name}, {row.task}",
            metric_value=round(row.value, 4),
        )
        for row in facts.metrics
    ]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"
