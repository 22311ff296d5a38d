"""What a pre-training run can be told, besides how to train."""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

from gmert_pyg.data.chunking.units import UNITS
from gmert_pyg.parsing.languages import LANGUAGES
from gmert_pyg.schema import schema_names


def option(
    help: str, default: Any, *, metavar: str | None = None, **metadata: Any
) -> Any:
    """Return a field that explains itself on the command line."""
    if metavar is not None:
        metadata["metavar"] = metavar
    return field(default=default, metadata={"help": help, **metadata})


Group = TypeVar("Group")


def explained(group: type[Group]) -> type[Group]:
    """Tell in the docstring of a class what its fields tell on the command
    line, before its example.
    """
    own = inspect.get_annotations(group)
    entries = []
    for one in fields(group):  # type: ignore[arg-type]
        if one.name not in own:
            continue
        words = f"{one.metadata['help'][0].upper()}{one.metadata['help'][1:]}"
        if "(default:" not in words:
            words = f"{words}. (default: :obj:`{one.default!r}`)"
        entry = f"{one.name} ({own[one.name]}, optional): {words}"
        wrapped = textwrap.wrap(entry, 72, subsequent_indent=" " * 4)
        entries.append(textwrap.indent("\n".join(wrapped), " " * 4))
    before, title, example = inspect.getdoc(group).partition("Example:")  # type: ignore[union-attr]
    arguments = "\n".join(["Args:", *entries])
    group.__doc__ = f"{before}{arguments}\n\n{title}{example}"
    return group


@explained
@dataclass
class DataArguments:
    """Which graphs to read: see :class:`~gmert_pyg.CodeChainGraphs`.

    Example:
        >>> DataArguments(source="python10").max_roots
        128
    """

    data: str = option("where built graphs are kept", "runs/data",
                       metavar="ROOT")  # fmt: skip
    source: str = option(
        "'stdlib'; 'python10', ten pinned projects;"
        " 'pypi:NAME[==VERSION][,...]', wheels that pip downloads, which are"
        " never run; a .jsonl or .jsonl.gz file whose records have 'code'; or a"
        " directory, file or glob",
        "stdlib",
        metavar="SOURCE",
    )
    languages: str = option(
        "what a directory, a glob or records are read for: 'all' or some of"
        f" {','.join(LANGUAGES)}",
        "python",
        metavar="NAMES",
    )
    unit: str = option(
        "what becomes graphs: functions, whole classes and the functions"
        " outside of them, or whole files",
        "function",
        choices=tuple(UNITS),
    )
    max_roots: int = option(
        "cut longer units into windows of N tokens at most", 128, metavar="N"
    )
    repeat_signature: bool = option(
        "repeat the signatures around a window that starts inside a function"
        " or class",
        False,
    )
    max_triples_per_head: int = option(
        "triples that one identifier heads", 4, metavar="N"
    )
    occurrences: bool = option(
        "build the edges between occurrences of names", True
    )
    schema: str = option(
        f"the relations: {', '.join(schema_names())}, or the JSON file of a"
        " schema",
        "code",
        metavar="NAME",
    )
    alpha: float = option(
        "leave out triples of lower relevance", 0.05, metavar="SCORE"
    )
    local_only: bool = option(
        "leave out triples that the code in front does not show", False
    )
    non_local_only: bool = option(
        "leave out triples that the code in front shows", False
    )
    workers: int | None = option(
        "processes that parse (default: one per processor)", None, metavar="N"
    )


@explained
@dataclass
class PreTrainingDataArguments(DataArguments):
    """Which graphs to train and to evaluate on, and by which tokens; besides,
    the arguments of
    :class:`~gmert_pyg.training.pretraining.arguments.DataArguments`.

    Example:
        >>> arguments = PreTrainingDataArguments(max_eval_samples=1000)
        >>> arguments.source, arguments.max_eval_samples
        ('stdlib', 1000)
    """

    _argument_group_name = "data"

    tokenizer: str | None = option(
        "folder or hub name of the tokenizer (default: that of --base_model,"
        " else the one of this package)",
        None,
        metavar="NAME_OR_PATH",
    )
    held_out_share: float | None = option(
        "share of the graphs, in whole projects, modules or files, to hold out"
        " (default: the parts that a corpus pins, else a tenth)",
        None,
        metavar="SHARE",
    )
    max_train_samples: int | None = option(
        "train on N graphs at most, drawn at random (default: all)",
        None,
        metavar="N",
    )
    max_eval_samples: int | None = option(
        "evaluate on N held-out graphs at most, drawn at random (default: all)",
        None,
        metavar="N",
    )


@explained
@dataclass
class ModelArguments:
    """Which model to train: see :class:`~gmert_pyg.GraphMertConfig`.

    The sizes are those of a new encoder; with :obj:`base_model` they are its
    own.

    Example:
        >>> ModelArguments(hidden_size=512).num_hidden_layers
        4
    """

    _argument_group_name = "model"

    base_model: str | None = option(
        "encoder to start from: a folder or hub name, or a folder that gmert"
        " saved, whose pre-training then goes on; 'none' trains from scratch",
        None,
        metavar="NAME_OR_PATH",
    )
    num_hidden_layers: int = option("layers of a new encoder", 4, metavar="N")
    hidden_size: int = option("its width", 256, metavar="N")
    num_attention_heads: int = option("its heads per layer", 8, metavar="N")
    intermediate_size: int | None = option(
        "width of its feed-forward layers (default: 4 x hidden_size)",
        None,
        metavar="N",
    )
    residual_scale: float = option(
        "factor of the last weights of every layer's attention and feed-forward"
        " in a new encoder: below 1, many layers learn sooner",
        1.0,
        metavar="FACTOR",
    )
    max_positions: int | None = option(
        "positions of the encoder (default: those of --base_model, else 512)",
        None,
        metavar="N",
    )
    dropout: float | None = option(
        "dropout of states and of attention weights"
        " (default: that of --base_model, else 0.1)",
        None,
        metavar="RATE",
    )
    hgat: bool = option("fuse heads into leaves by H-GAT", True)
    hgat_dropout: float = option(
        "dropout of H-GAT's relation parameters", 0.3, metavar="RATE"
    )
    hgat_num_bases: int | None = option(
        "basis matrices of H-GAT (default: one matrix per relation)",
        None,
        metavar="N",
    )
    decay: bool = option("let distance damp attention", True)
    decay_mode: Literal["multiply", "bias"] | None = option(
        "scale the logits, as the paper, or add the logarithm of the decay to"
        " them (default: multiply)",
        None,
    )
    occurrence: Literal["off", "bias", "hgat"] = option(
        "what edges between occurrences of names do: nothing, bias attention,"
        " or carry messages of H-GAT",
        "off",
    )
    attention: Literal["eager", "sdpa", "flex"] = option(
        "how attention is computed: the reference; PyTorch's fused kernels,"
        " with decay_mode 'bias' only; or compiled kernels over packed graphs,"
        " on a GPU, without dropout of attention weights",
        "eager",
    )


@explained
@dataclass
class ObjectiveArguments:
    """What to predict: see :class:`~gmert_pyg.transforms.MaskForPreTraining`
    and :class:`~gmert_pyg.GraphMertForPreTraining`.

    Example:
        >>> objectives = ObjectiveArguments(mnm="leaf")
        >>> objectives.leaf_loss, objectives.relation_loss
        (True, False)
    """

    _argument_group_name = "objectives"

    mnm: Literal["leaf", "relation", "both"] | None = option(
        "masked node modelling of whole tails, of relations, or of both"
        " (default: both; without leaves, none)",
        None,
    )
    leaves: bool = option(
        "train on leaves too; without them, this is plain masked language"
        " modelling of the code",
        True,
    )
    span: bool = option(
        "mask spans of roots, or else single tokens without the span boundary"
        " objective",
        True,
    )
    sbo: bool | None = option(
        "span boundary objective (default: as --span)", None
    )
    rate: float = option(
        "share of the roots, and of the triples, to mask", 0.15, metavar="RATE"
    )
    lambda_mlm: float = option(
        "weight of the losses on roots; those on leaves have the rest",
        0.6,
        metavar="WEIGHT",
    )

    @property
    def leaf_loss(self) -> bool:
        """Whether masked leaves are predicted."""
        return self.leaves and self.mnm in (None, "leaf", "both")

    @property
    def relation_loss(self) -> bool:
        """Whether masked relations are predicted."""
        return self.leaves and self.mnm in (None, "relation", "both")

    @property
    def span_boundaries(self) -> bool:
        """Whether spans are predicted from their boundaries."""
        return self.span if self.sbo is None else self.sbo


@explained
@dataclass
class RunArguments:
    """What belongs to this start of a run, and not to its results.

    Example:
        >>> RunArguments(resume=True).device
        'auto'
    """

    _argument_group_name = "run"

    dry_run: bool = option(
        "print the configuration, the parameters, the data and the estimated"
        " time; write nothing but the graphs",
        False,
    )
    resume: bool = option(
        "go on from the last checkpoint in --output_dir, or start if there is"
        " none yet",
        False,
    )
    overwrite_output_dir: bool = option(
        "replace an earlier run in --output_dir", False
    )
    device: Literal["auto", "cpu", "cuda"] = option(
        "where to train: a GPU if there is one, or what is named", "auto"
    )
    license: str | None = option(
        "licence of the weights, such as 'mit', for the model card"
        " (default: not stated)",
        None,
        metavar="NAME",
    )
