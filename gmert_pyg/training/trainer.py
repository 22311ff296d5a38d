"""Hugging Face's Trainer for ragged graph batches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, cast

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers.trainer_utils import EvalLoopOutput

from gmert_pyg.nn.parameter_groups import parameter_groups
from gmert_pyg.nn.pretrained_model import GraphMertPreTrainedModel
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.attention_scalars import attention_scalars
from gmert_pyg.training.batches.collation import GraphCollator
from gmert_pyg.training.batches.indexed_collation import collator_for
from gmert_pyg.training.batches.loader import batch_loader
from gmert_pyg.training.batches.packing import pack_to_budget
from gmert_pyg.training.batches.plan_sampler import (
    EpochView,
    PlanBatchSampler,
    SizedGraphs,
)
from gmert_pyg.training.checkpoints.restartable_trainer import (
    RestartableTrainer,
)
from gmert_pyg.training.compilation import compile_if_asked
from gmert_pyg.training.evaluation.evaluation_sums import EvaluationSums
from gmert_pyg.training.evaluation.shown_targets import shown_targets
from gmert_pyg.training.input_checks import check_inputs
from gmert_pyg.training.non_finite.finite_steps import FiniteStepsTrainer
from gmert_pyg.training.own_precision import OwnPrecisionTrainer
from gmert_pyg.training.processes.fully_sharded import (
    KeepEmbeddingWhole,
    place_undivided,
    set_up_sharding,
)
from gmert_pyg.training.processes.item_weights import ItemWeightedTrainer
from gmert_pyg.training.processes.ranks import (
    DropoutOfRank,
    num_own_batches,
)
from gmert_pyg.training.tracking.loss_curve import LossCurve
from gmert_pyg.training.tracking.tracked_trainer import TrackedTrainer


class GraphMertTrainer(
    TrackedTrainer,
    FiniteStepsTrainer,
    ItemWeightedTrainer,
    RestartableTrainer,
    OwnPrecisionTrainer,
):
    r"""Trains a :class:`~gmert_pyg.GraphMertForPreTraining`.

    What differs from :class:`transformers.Trainer`: batches are planned for the
    whole run under a token budget, and packed for a model with
    :obj:`attention="flex"`; the evaluation sums over targets, and never
    gathers logits; the optimizer gets the attention scalars as a group of their
    own; every loss, each head's decay offset :math:`p_h`, the mean biases of
    occurrence edges and what
    :class:`~gmert_pyg.training.tracking.tracked_trainer.TrackedTrainer` lists
    are logged. It may be killed at any time: see
    :class:`~gmert_pyg.training.RestartableTrainer`. A loss that is not finite
    ends it with a
    :class:`~gmert_pyg.training.non_finite.NonFiniteLossError`.

    Args:
        model (GraphMertForPreTraining): The model.
        args (GraphMertTrainingArguments): The arguments.
        train_dataset (Dataset, optional): Graphs to train on, with
            `num_nodes_per_graph`. (default: :obj:`None`)
        eval_dataset (Dataset, optional): Graphs to evaluate on.
            (default: :obj:`None`)
        train_collator (GraphCollator, optional): Makes training batches.
            (default: one without masks)
        eval_collator (GraphCollator, optional): Makes evaluation batches,
            masked the same way each time. (default: one without masks)
        **kwargs (optional): Further arguments of :class:`transformers.Trainer`.

    Raises:
        ValueError: if several GPUs are visible to one process, for which the
            Trainer would cut graphs apart; if model or arguments are of another
            class; if a dataset has no `num_nodes_per_graph` or no graph, is of
            another tokenizer or schema than the model, or has a graph beyond
            the token budget.

    Example:
        >>> import tempfile, json.tool
        >>> from gmert_pyg import CodeChainGraphs, GraphMertConfig
        >>> from gmert_pyg.transforms import MaskForPreTraining
        >>> model = GraphMertForPreTraining(GraphMertConfig.small())
        >>> with tempfile.TemporaryDirectory() as root:
        ...     graphs = CodeChainGraphs(root, source=json.tool.__file__)
        ...     masks = MaskForPreTraining(graphs.tokenizer)
        ...     args = GraphMertTrainingArguments(
        ...         root, max_steps=1, token_budget=512, disable_tqdm=True
        ...     )
        ...     trainer = GraphMertTrainer(
        ...         model,
        ...         args,
        ...         train_dataset=graphs,
        ...         train_collator=GraphCollator(masks),
        ...     )
        ...     trainer.train().global_step
        1
    """

    args: GraphMertTrainingArguments
    model_classes: ClassVar[tuple[type[GraphMertPreTrainedModel], ...]] = (
        GraphMertForPreTraining,
    )

    def __init__(
        self,
        model: GraphMertForPreTraining,
        args: GraphMertTrainingArguments,
        *,
        train_dataset: SizedGraphs | None = None,
        eval_dataset: SizedGraphs | None = None,
        train_collator: GraphCollator | None = None,
        eval_collator: GraphCollator | None = None,
        **kwargs: Any,
    ) -> None:
        check_inputs(
            model,
            self.model_classes,
            args,
            train_dataset=train_dataset,
            eval_dataset=eval_dataset,
        )
        super().__init__(
            model=model,
            args=args,
            train_dataset=cast(Any, train_dataset),
            eval_dataset=cast(Any, eval_dataset),
            data_collator=train_collator or GraphCollator(),
            **kwargs,
        )
        self.packed = pack_to_budget(self.graph_model.config, args.token_budget)
        compile_if_asked(self.graph_model.graphmert, args, self.accelerator)
        self.add_callback(DropoutOfRank)
        self.add_callback(KeepEmbeddingWhole)
        if self.is_fsdp_enabled:
            set_up_sharding(self.accelerator.state.fsdp_plugin, self.model)
        self.eval_collator = eval_collator or GraphCollator()
        self.loss_curve = LossCurve(
            args.gradient_accumulation_steps,
            lambda parts: self.accelerator.reduce(parts, "sum"),
        )
        self.track(
            self.loss_curve,
            lambda: attention_scalars(self.graph_model.graphmert),
        )

    @property
    def graph_model(self) -> GraphMertForPreTraining:
        """The model, outside of any wrapper for several processes."""
        return cast(GraphMertForPreTraining, self.model)

    def create_optimizer(self, model: nn.Module | None = None) -> Any:
        """Create AdamW over the three parameter groups."""
        if self.optimizer is None:
            kind, options = self.get_optimizer_cls_and_kwargs(
                self.args, self.graph_model
            )
            groups = parameter_groups(
                self.graph_model if model is None else model,
                lr=self.args.learning_rate,
                weight_decay=self.args.weight_decay,
                attention_lr_multiplier=self.args.attention_lr_multiplier,
            )
            self.optimizer = kind(groups, **options)
        return self.optimizer

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Return the batches of the whole run, in one pass."""
        args = self.args
        dataset = cast(SizedGraphs, self.train_dataset)
        lengths = dataset.num_nodes_per_graph
        micro_batches = args.gradient_accumulation_steps * args.world_size
        if args.max_steps > 0:
            num_batches = args.max_steps * micro_batches
        else:
            planned = PlanBatchSampler(
                lengths,
                args.token_budget,
                seed=args.data_order_seed,
                packed=self.packed,
                num_epochs=math.ceil(args.num_train_epochs),
            )
            share = args.num_train_epochs / math.ceil(args.num_train_epochs)
            num_batches = max(1, round(len(planned) * share))
            # Only whole steps, the last one too: with batches of the epoch
            # after, if need be.
            num_batches += -num_batches % micro_batches
        sampler = PlanBatchSampler(
            lengths,
            args.token_budget,
            seed=args.data_order_seed,
            num_batches=num_batches,
            packed=self.packed,
        )
        collator = cast(GraphCollator, self.data_collator)
        return self._loader(EpochView(dataset), sampler, collator)

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader[Any]:
        """Return batches that hold every graph of the dataset once."""
        dataset = cast(
            SizedGraphs,
            self.eval_dataset if eval_dataset is None else eval_dataset,
        )
        sampler = PlanBatchSampler(
            dataset.num_nodes_per_graph,
            self.args.token_budget,
            shuffle=False,
            packed=self.packed,
        )
        return self._loader(EpochView(dataset), sampler, self.eval_collator)

    def _loader(
        self,
        dataset: EpochView,
        sampler: PlanBatchSampler,
        collator: GraphCollator,
    ) -> DataLoader[Any]:
        collate = collator_for(
            self.args.device, collator, self.graph_model.graphmert.index_batch
        )
        loader = batch_loader(dataset, sampler, collate, self.args)
        # Copies from pinned memory need not be waited for.
        self.accelerator.dataloader_config.non_blocking |= loader.pin_memory
        prepared: DataLoader[Any] = self.accelerator.prepare(loader)
        return prepared

    def set_initial_training_values(
        self, args: Any, dataloader: DataLoader[Any]
    ) -> Any:
        """Count the plan as one pass over the data loader.

        The stream of batches already goes through all epochs, so the steps are
        those of one pass, however many epochs it holds.
        """
        epochs = args.num_train_epochs
        args.num_train_epochs = 1
        try:
            return super().set_initial_training_values(args, dataloader)
        finally:
            args.num_train_epochs = epochs

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Return the loss, and remember its parts for the log."""
        if num_items_in_batch is not None:
            inputs = {**inputs, "num_items_in_batch": num_items_in_batch}
        output = model(**inputs)
        self.loss_curve.add(output)
        self.saw_losses(output)
        self.tracking.add(inputs["batch"], output)
        loss = self.share_of_step(output.loss, num_items_in_batch)
        return (loss, output) if return_outputs else loss

    @torch.no_grad()
    def evaluation_loop(
        self,
        dataloader: DataLoader[Any],
        description: str,
        prediction_loss_only: bool | None = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> EvalLoopOutput:
        """Sum losses and hits over all targets of the dataset."""
        model = self.graph_model
        was_training = model.training
        model.eval()
        if self.is_fsdp_enabled:
            place_undivided(model, self.args.device)
        # What the progress bar counts.
        self.callback_handler.eval_dataloader = dataloader
        with self.accelerator.autocast():
            metrics, predictions = self.evaluate_batches(
                self._prepared(dataloader)
            )
        model.train(was_training)
        return EvalLoopOutput(
            predictions=predictions,
            label_ids=None,
            metrics={
                f"{metric_key_prefix}_{name}": value
                for name, value in metrics.items()
            },
            num_samples=len(cast(Any, dataloader.dataset)),
        )

    def evaluate_batches(
        self, batches: Iterable[dict[str, Any]]
    ) -> tuple[dict[str, float], NDArray[Any]]:
        """Return the metrics of masked batches, and the relations confused."""
        model = self.graph_model
        num_relations = model.config.num_relations
        assert num_relations is not None
        sums = EvaluationSums.zeros(num_relations, self.args.device)
        for inputs in batches:
            batch = inputs["batch"]
            sums.add(model(**inputs), batch.node_type, shown_targets(batch))
        flat = self.accelerator.reduce(sums.flat(), "sum")
        sums = EvaluationSums.from_flat(flat, num_relations)
        metrics = sums.metrics(model.config.lambda_mlm)
        confusion = sums.confusion.cpu().numpy()
        self.tracking.confusion = confusion
        return metrics, confusion

    def _prepared(
        self, dataloader: DataLoader[Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield this rank's batches on its device, and show the progress."""
        args = self.args
        num_own = num_own_batches(
            dataloader, args.process_index, args.world_size
        )
        for number, inputs in enumerate(dataloader):
            prepared = cast(dict[str, Any], self._prepare_inputs(inputs))
            if number < num_own:
                yield prepared
            elif self.is_fsdp_enabled:
                # The other ranks need this one's part of the weights.
                self.graph_model(**prepared)
            self.control = self.callback_handler.on_prediction_step(
                self.args, self.state, self.control
            )
