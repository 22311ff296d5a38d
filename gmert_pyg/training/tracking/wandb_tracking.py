"""A pre-training run in Weights & Biases."""

from __future__ import annotations

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transformers.integrations.integration_utils import (
    WandbCallback,
    WandbLogModel,
)

from gmert_pyg.training.evaluation.relation_confusion import relation_scores
from gmert_pyg.training.tracking.prediction_table import COLUMNS
from gmert_pyg.training.tracking.run_description import describe_run
from gmert_pyg.training.tracking.run_pictures import (
    example_predictions,
    write_chain_picture,
    write_confusion_picture,
)
from gmert_pyg.training.tracking.wandb_settings import send_only_the_run
from gmert_pyg.whole_output import whole_file

RUN_ID = "wandb_run_id"
PROJECT = "gmert"


class WandbPretrainingCallback(WandbCallback):
    """Sends a pre-training run to Weights & Biases, or with
    `WANDB_MODE=offline` keeps it in the run's folder.

    Beyond what transformers sends (arguments, the model's configuration, every
    entry of the log), a run has: masks, data and versions in its configuration;
    a picture of a held-out graph; at every evaluation, a table of predictions,
    and which relations were taken for which; and at the end, the model.
    `WANDB_LOG_MODEL` decides about the model as in transformers (`end`,
    `checkpoint` for every checkpoint too, `false`), but is `end` if not set.

    The run's id is kept in the run's folder, so that a resumed training goes on
    with the same run. It is the one thing that a run leaves there.

    Args:
        trainer (GraphMertTrainer): the trainer.
    """

    def __init__(self, trainer: Any) -> None:
        send_only_the_run()
        super().__init__()
        self.trainer = trainer
        asked = self._log_model
        if "WANDB_LOG_MODEL" not in os.environ:
            asked = WandbLogModel.END
        self.sends_model = asked.is_enabled
        # At the end, transformers would build another trainer to save with.
        if asked == WandbLogModel.END:
            self._log_model = WandbLogModel.FALSE

    def setup(self, args: Any, state: Any, model: Any, **kwargs: Any) -> None:
        """Start or resume the run, and send what is known from the start."""
        is_ours = (
            state.is_world_process_zero and not state.is_hyper_param_search
        )
        if is_ours and self._wandb.run is None:
            environment = os.environ
            run = self._wandb.init(
                project=args.wandb_project
                or environment.get("WANDB_PROJECT", PROJECT),
                name=args.run_name,
                dir=environment.get("WANDB_DIR", args.output_dir),
                id=environment.get("WANDB_RUN_ID") or _known_id(args, state),
                resume=environment.get("WANDB_RESUME", "allow"),
            )
            if not run.disabled:
                with whole_file(Path(args.output_dir, RUN_ID)) as temporary:
                    temporary.write_text(f"{run.id}\n")
        super().setup(args, state, model, **kwargs)
        if state.is_world_process_zero:
            self._wandb.config.update(
                describe_run(self.trainer), allow_val_change=True
            )
            with TemporaryDirectory() as folder:
                path = Path(folder, "chain_graph.png")
                if write_chain_picture(self.trainer, path):
                    self._send(
                        state, {"chain_graph": self._wandb.Image(str(path))}
                    )

    def on_evaluate(
        self, args: Any, state: Any, control: Any, **kwargs: Any
    ) -> None:
        """Send predictions, and which relations were taken for which."""
        if not self._initialized:
            self.setup(args, state, self.trainer.graph_model)
        # All processes answer, as those of a sharded model only do together.
        rows = [one.row() for one in example_predictions(self.trainer)]
        if not state.is_world_process_zero:
            return
        table = self._wandb.Table(columns=list(COLUMNS), data=rows)
        self._send(state, {"predictions": table})
        if self.trainer.tracking.confusion is not None:
            with TemporaryDirectory() as folder:
                path = Path(folder, "relation_confusion.png")
                write_confusion_picture(self.trainer, path)
                picture = self._wandb.Image(str(path))
                self._send(
                    state,
                    {"relation_confusion": picture, **self._confusion_tables()},
                )

    def on_train_end(
        self,
        args: Any,
        state: Any,
        control: Any,
        model: Any = None,
        processing_class: Any = None,
        **kwargs: Any,
    ) -> None:
        """Send the model: of the best checkpoint, if that was loaded."""
        if not (self.sends_model and self._initialized):
            return
        with TemporaryDirectory() as folder:
            # All processes save, as a sharded model is gathered from them.
            self.trainer.save_model(folder, _internal_call=True)
            if not state.is_world_process_zero:
                return
            run = self._wandb.run
            tokenizer = getattr(self.trainer.train_dataset, "tokenizer", None)
            if tokenizer is not None:
                tokenizer.save_pretrained(folder)
            artifact = self._wandb.Artifact(
                name=f"model-{run.id}",
                type="model",
                metadata={
                    "step": state.global_step,
                    "num_parameters": self.trainer.graph_model.num_parameters(),
                    "best_metric": state.best_metric,
                },
            )
            for path in sorted(Path(folder).iterdir()):
                # Arguments are pickled, and nothing of ours reads pickles.
                if path.suffix != ".bin":
                    artifact.add_file(str(path), name=path.name)
            run.log_artifact(artifact, aliases=["final_model"])

    def _confusion_tables(self) -> dict[str, Any]:
        tracking = self.trainer.tracking
        names, confusion = tracking.relation_names, tracking.confusion
        scores = relation_scores(confusion, names)
        return {
            "relation_confusion_table": self._wandb.Table(
                columns=["relation", *names],
                data=[
                    [name, *map(int, row)]
                    for name, row in zip(names, confusion, strict=True)
                ],
            ),
            "relation_scores": self._wandb.Table(
                columns=list(scores[0]),
                data=[list(score.values()) for score in scores],
            ),
        }

    def _send(self, state: Any, values: dict[str, Any]) -> None:
        self._wandb.log({**values, "train/global_step": state.global_step})


def _known_id(args: Any, state: Any) -> str | None:
    """Return the id of the run that is resumed, if it is known."""
    path = Path(args.output_dir, RUN_ID)
    if not state.global_step or not path.is_file():
        return None
    found = path.read_text().strip()
    return found if re.fullmatch(r"[\w-]{1,128}", found) else None
