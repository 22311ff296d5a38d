"""What a report says, before it is a page."""

from __future__ import annotations

from dataclasses import dataclass, field

STATUS_MEANING = {
    "hidden": "the model restored exactly the tail that was hidden",
    "known": "another tail that static analysis states for this head",
    "unconfirmed": "static analysis does not state it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """One measurement of the model, next to those of the baselines.

    Args:
        task: what is predicted, such as `leaf tokens`.
        metric: how it is scored, such as `hits@1`.
        num_items: how many predictions were scored.
        model: the share that the model reaches, in [0, 1].
        majority: the share of always answering the most frequent answer.
        lookup: the share of looking the head's text up in the training data.

    Raises:
        ValueError: if a share is outside [0, 1].
    """

    task: str
    metric: str
    num_items: int
    model: float
    majority: float
    lookup: float

    def __post_init__(self) -> None:
        for name in ("model", "majority", "lookup"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(
                    f"'{name}' must be a share between 0 and 1"
                    f" (got {getattr(self, name)})"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTriple:
    """A triple of the drawn graph.

    Args:
        first_root: the first root of the head, the anchor.
        num_roots: the number of roots of the head.
        relation: the relation's name.
        tail: the texts of the tail's tokens.
        attention: for every token of the tail, its attention to the roots of
            the head, which sums to 1. (default: not known)

    Raises:
        ValueError: if `attention` does not fit the head and the tail.
    """

    first_root: int
    num_roots: int
    relation: str
    tail: list[str]
    attention: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.attention:
            return
        if [len(row) for row in self.attention] != [self.num_roots] * len(
            self.tail
        ):
            raise ValueError(
                f"'attention' must have {len(self.tail)} rows, one per token of"
                f" the tail, of {self.num_roots} shares (got {self.attention})"
            )

    @property
    def head_attention(self) -> list[float]:
        """The attention to the roots of the head, averaged over the tail."""
        columns = zip(*self.attention, strict=True)
        return [sum(column) / len(column) for column in columns]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnGraph:
    """A leafy chain graph as text.

    Args:
        title: the file and the qualified name.
        roots: the texts of the roots, line breaks and indentation included.
        triples: what hangs on the roots.

    Raises:
        ValueError: if a head leaves the chain or a tail is empty.
    """

    title: str
    roots: list[str]
    triples: list[DrawnTriple]

    def __post_init__(self) -> None:
        for triple in self.triples:
            end = triple.first_root + triple.num_roots
            inside = 0 <= triple.first_root < end <= len(self.roots)
            if not inside or not triple.tail:
                raise ValueError(
                    f"'triples' must have heads inside the {len(self.roots)}"
                    f" roots, and tails (got {triple})"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedRow:
    """A triple whose tail the model filled in.

    Args:
        head: the head's text.
        relation: the relation's name.
        tail: the predicted tail.
        hidden_tail: the tail that was hidden from the model.
        confidence: the model's probability of the tail, in [0, 1].
        status: a key of `STATUS_MEANING`.
        file: the source file.
        line: the line of the head.

    Raises:
        ValueError: if `confidence` or `status` is none of these.
    """

    head: str
    relation: str
    tail: str
    hidden_tail: str
    confidence: float
    status: str
    file: str
    line: int

    def __post_init__(self) -> None:
        if self.status not in STATUS_MEANING:
            raise ValueError(
                f"'status' must be one of {sorted(STATUS_MEANING)}"
                f" (got '{self.status}')"
            )
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(
                "'confidence' must be a share between 0 and 1"
                f" (got {self.confidence})"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """Everything that a report shows.

    Args:
        title: the page's heading.
        graph: the graph to draw.
        facts: how the run was made: command, versions, seeds, hardware, time.
        summary: statistics of the dataset.
        log_history: logged entries with a `step` and, where they were logged,
            `mlm_loss`, `sbo_loss`, `leaf_loss`, `relation_loss` and
            `decay_offset/head_0` and on.
        metrics: measurements on held-out data.
        completions: completed triples.
        notes: sentences that a reader should know.
    """

    title: str
    graph: DrawnGraph
    facts: dict[str, str] = field(default_factory=dict)
    summary: dict[str, str] = field(default_factory=dict)
    log_history: list[dict[str, float]] = field(default_factory=list)
    metrics: list[MetricRow] = field(default_factory=list)
    completions: list[CompletedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
