"""One pre-training run, from its settings to a trained model."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import EarlyStoppingCallback, set_seed

from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.checkpoints.whole import last_complete_checkpoint
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
    PreTrainingDataArguments,
    RunArguments,
)
from gmert_pyg.training.pretraining.base_model import choose_tokenizer
from gmert_pyg.training.pretraining.checks import (
    check_contradictions,
    check_device,
)
from gmert_pyg.training.pretraining.configuration import RunConfiguration
from gmert_pyg.training.pretraining.data import read_graphs, schema_of
from gmert_pyg.training.pretraining.model import (
    build_model,
    model_config,
)
from gmert_pyg.training.pretraining.output_folder import (
    check_folder,
    check_output,
    check_resumable,
    check_same_run,
    forget_checkpoints,
)
from gmert_pyg.training.pretraining.plan import RunPlan, plan_run
from gmert_pyg.training.pretraining.preparation import (
    PreTrainingData,
    check_positions,
    make_trainer,
    prepare_data,
    start_from_frequencies,
)
from gmert_pyg.training.pretraining.setting_layers import FILE_NAME
from gmert_pyg.training.pretraining.value_checks import check_settings
from gmert_pyg.training.processes.ranks import is_main_process
from gmert_pyg.training.trainer import GraphMertTrainer
from gmert_pyg.whole_output import whole_file


@dataclass(frozen=True, slots=True)
class PreTrainingRun:
    """A run that is ready to start, of which nothing is written yet.

    Args:
        configuration: its settings.
        dataset: all graphs.
        data: the graphs to train and to evaluate on, and their masks.
        model: the model, with its first weights.
        plan: its batches and steps.
        checkpoint: the one that training goes on from, if any.
    """

    configuration: RunConfiguration
    dataset: CodeChainGraphs
    data: PreTrainingData
    model: GraphMertForPreTraining
    plan: RunPlan
    checkpoint: Path | None = None

    def train(self) -> GraphMertTrainer:
        """Train, save the model, its tokenizer and `pretrain.yaml`; return the
        trainer.

        Raises:
            ValueError: if the run cannot go on from the last checkpoint.
        """
        training, run = self.configuration.training, self.configuration.run
        folder = Path(str(training.output_dir))
        trainer = make_trainer(self.model, self.data, training)
        if training.early_stopping_patience is not None:
            trainer.add_callback(
                EarlyStoppingCallback(training.early_stopping_patience)
            )
        last = self.checkpoint
        if last is not None:
            trainer.check_checkpoint(last)
        if trainer.is_world_process_zero():
            if run.overwrite_output_dir:
                forget_checkpoints(folder)
            with whole_file(folder / FILE_NAME) as temporary:
                temporary.write_text(self.configuration.to_yaml(), "utf-8")
        trainer.accelerator.wait_for_everyone()
        trainer.train(None if last is None else str(last))
        trainer.save_model(str(folder))
        if trainer.is_world_process_zero():
            self.dataset.tokenizer.save_pretrained(folder)
        return trainer


def prepare_run(configuration: RunConfiguration) -> PreTrainingRun:
    """Read graphs and model, and check all that can be wrong.

    What is cheap to check comes first. The graphs are built if they are not
    there; in the output folder, nothing is written.

    Args:
        configuration: the settings.

    Raises:
        ValueError: naming what is wrong.
    """
    training, run = configuration.training, configuration.run
    check_device(configuration)
    # The others may come when it has already begun to write.
    if not run.dry_run and is_main_process():
        check_output(
            training.output_dir,
            resume=run.resume,
            overwrite=run.overwrite_output_dir,
        )
    check_folder("data", Path(configuration.data.data))
    model, objectives = configuration.model, configuration.objectives
    if not objectives.leaves and model.occurrence != "hgat":
        # Without leaves, H-GAT would have nothing to do and not train.
        model.hgat = False
    schema = schema_of(configuration.data.schema)
    tokenizer = choose_tokenizer(configuration.data.tokenizer, model.base_model)
    config = model_config(model, objectives, schema, tokenizer)
    last = None
    if run.resume and training.output_dir:
        last = last_complete_checkpoint(training.output_dir)
        if last is not None:
            check_same_run(training.output_dir, configuration.settings)
            check_resumable(str(last), config, schema, tokenizer)
    if training.wandb_project is not None:
        os.environ["WANDB_PROJECT"] = training.wandb_project
    set_seed(training.seed)
    dataset = read_graphs(configuration.data, tokenizer)
    data = prepare_data(
        dataset,
        held_out_share=configuration.data.held_out_share,
        max_held_out=configuration.data.max_eval_samples,
        max_train=configuration.data.max_train_samples,
        seed=training.seed,
        objectives=objectives,
    )
    plan = plan_run(
        training,
        data.sized(data.train).num_nodes_per_graph,
        data.sized(data.held_out).num_nodes_per_graph,
        packed=model.attention == "flex",
    )
    set_seed(training.seed)
    built = build_model(model, objectives, schema, tokenizer)
    check_positions(built, data)
    if model.base_model is None:
        start_from_frequencies(built, data.train)
    return PreTrainingRun(configuration, dataset, data, built, plan, last)


def pretrain(
    data: PreTrainingDataArguments,
    model: ModelArguments,
    objectives: ObjectiveArguments,
    training: GraphMertTrainingArguments,
    run: RunArguments | None = None,
) -> dict[str, float]:
    """Pre-train a model: what `gmert pretrain` does.

    The model, its tokenizer, its card, `pretrain.yaml` and the checkpoints are
    written to `training.output_dir`.

    Args:
        data (PreTrainingDataArguments): Which graphs to read.
        model (ModelArguments): Which model to train.
        objectives (ObjectiveArguments): What it predicts.
        training (GraphMertTrainingArguments): How it is trained.
        run (RunArguments, optional): Whether to go on from a checkpoint, and
            the like. (default: :obj:`None`, a new run)

    Returns:
        The metrics on the held-out graphs, by name.

    Raises:
        ValueError: if an argument is out of its range or contradicts another,
            or if the output folder holds something else.

    Example:
        >>> import json.tool, pathlib, tempfile
        >>> source = str(pathlib.Path(json.tool.__file__).parent)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     metrics = pretrain(
        ...         PreTrainingDataArguments(f"{folder}/data", source),
        ...         ModelArguments(num_hidden_layers=1, hidden_size=32),
        ...         ObjectiveArguments(mnm="leaf"),
        ...         GraphMertTrainingArguments(
        ...             f"{folder}/run", max_steps=1, disable_tqdm=True
        ...         ),
        ...     )
        >>> 0 <= metrics["eval_mlm_accuracy"] <= 1
        True
    """
    configuration = RunConfiguration.of_arguments(
        data, model, objectives, training, run or RunArguments()
    )
    check_settings(configuration.settings)
    check_contradictions(configuration.settings, configuration.settings)
    trainer = prepare_run(configuration).train()
    metrics: dict[str, Any] = trainer.evaluate()
    return metrics
