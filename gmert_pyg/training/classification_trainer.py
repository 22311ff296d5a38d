"""Fine-tuning of classifiers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.classification_loss import (
    SINGLE_LABEL,
    num_labelled,
    problem_type_of,
)
from gmert_pyg.nn.sequence_classification import (
    GraphMertForSequenceClassification,
)
from gmert_pyg.nn.token_classification import GraphMertForTokenClassification
from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.evaluation.label_sums import LabelSums
from gmert_pyg.training.trainer import GraphMertTrainer


class GraphMertClassificationTrainer(GraphMertTrainer):
    r"""Fine-tunes :class:`~gmert_pyg.nn.GraphMertForSequenceClassification` or
    :class:`~gmert_pyg.nn.GraphMertForTokenClassification` on graphs with labels
    :obj:`y`.

    Batches and optimizer are those of
    :class:`~gmert_pyg.training.GraphMertTrainer`. The evaluation sums over all
    labels of the dataset: `loss`, `num_items`, and of classes `accuracy` and
    `macro_f1`.

    Args:
        model (PreTrainedModel): the model.
        args (GraphMertTrainingArguments): the arguments.
        **kwargs (optional): further arguments of
            :class:`~gmert_pyg.training.GraphMertTrainer`.

    Example:
        >>> import json.tool, tempfile, torch
        >>> from gmert_pyg import CodeChainGraphs, GraphMertConfig
        >>> def is_long(graph):
        ...     graph.y = torch.tensor([int(graph.num_roots > 50)])
        ...     return graph
        >>> model = GraphMertForSequenceClassification(GraphMertConfig.small())
        >>> with tempfile.TemporaryDirectory() as root:
        ...     graphs = CodeChainGraphs(
        ...         root, source=json.tool.__file__, transform=is_long
        ...     )
        ...     args = GraphMertTrainingArguments(
        ...         root, max_steps=1, token_budget=512, disable_tqdm=True
        ...     )
        ...     trainer = GraphMertClassificationTrainer(
        ...         model, args, train_dataset=graphs
        ...     )
        ...     trainer.train().global_step
        1
    """

    model_classes = (
        GraphMertForSequenceClassification,
        GraphMertForTokenClassification,
    )

    def __init__(
        self,
        model: GraphMertForSequenceClassification
        | GraphMertForTokenClassification,
        args: GraphMertTrainingArguments,
        **kwargs: Any,
    ) -> None:
        super().__init__(cast(Any, model), args, **kwargs)

    def num_targets(self, batch: Data) -> Tensor:
        """Return how many labels the loss of a batch is a mean over.

        Raises:
            ValueError: if the batch has no labels.
        """
        _require_labels("train_dataset", batch)
        if self._is_of_roots:
            return num_labelled(batch.y, SINGLE_LABEL)
        config = self.graph_model.config
        return num_labelled(batch.y, problem_type_of(config, batch.y))

    def evaluate_batches(
        self, batches: Iterable[dict[str, Any]]
    ) -> tuple[dict[str, float], NDArray[Any]]:
        """Return the metrics of labelled batches, and no predictions.

        Raises:
            ValueError: if a batch has no labels.
        """
        model = cast(Any, self.graph_model)
        sums: LabelSums | None = None
        for inputs in batches:
            _require_labels("eval_dataset", inputs["batch"])
            out = model(**inputs)
            if sums is None:
                sums = self._no_sums()
            sums.add(out.logits, inputs["batch"].y)
        sums = sums or self._no_sums()
        sums.values = self.accelerator.reduce(sums.values, "sum")
        return sums.metrics(), np.empty(0)

    def _no_sums(self) -> LabelSums:
        config = self.graph_model.config
        kind = None if self._is_of_roots else config.problem_type
        return LabelSums(
            cast(int, config.num_labels), kind or SINGLE_LABEL, self.args.device
        )

    @property
    def _is_of_roots(self) -> bool:
        # Roots have classes, whatever the configuration says of graphs.
        return isinstance(self.graph_model, GraphMertForTokenClassification)


def _require_labels(name: str, batch: Data) -> None:
    if "y" not in batch:
        raise ValueError(
            f"'{name}' must hold graphs with labels 'y' (got"
            f" {sorted(batch.keys())})"
        )
