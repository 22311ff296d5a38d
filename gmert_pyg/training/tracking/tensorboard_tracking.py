"""A pre-training run in TensorBoard."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transformers.integrations.integration_utils import TensorBoardCallback

from gmert_pyg.training.tracking.prediction_table import COLUMNS
from gmert_pyg.training.tracking.run_pictures import (
    example_predictions,
    write_chain_picture,
    write_confusion_picture,
)

FOLDER = "tensorboard"


class TensorBoardPretrainingCallback(TensorBoardCallback):
    """Writes the log for TensorBoard, a picture of a held-out graph, and at
    every evaluation predictions and which relations were taken for which.

    All is in the folder `tensorboard` of the run, or in
    `TENSORBOARD_LOGGING_DIR`. A resumed training goes on there: what was
    written after the checkpoint is not shown any more.

    Args:
        trainer (GraphMertTrainer): the trainer.
    """

    def __init__(self, trainer: Any) -> None:
        super().__init__()
        self.trainer = trainer
        self.first_step: int | None = None

    def on_train_begin(
        self, args: Any, state: Any, control: Any, **kwargs: Any
    ) -> None:
        """Open the files."""
        if self.logging_dir is None:
            self.logging_dir = os.path.join(args.output_dir, FOLDER)
        self.first_step = state.global_step
        super().on_train_begin(args, state, control, **kwargs)
        if self.tb_writer is None:
            return
        with TemporaryDirectory() as folder:
            path = Path(folder, "chain_graph.png")
            if write_chain_picture(self.trainer, path):
                self._image("chain_graph", path, state.global_step)

    def on_evaluate(
        self, args: Any, state: Any, control: Any, **kwargs: Any
    ) -> None:
        """Write predictions, and which relations were taken for which."""
        rows = [one.row() for one in example_predictions(self.trainer)]
        if not state.is_world_process_zero or self.tb_writer is None:
            return
        self.tb_writer.add_text(
            "predictions", _markdown(rows), state.global_step
        )
        if self.trainer.tracking.confusion is not None:
            with TemporaryDirectory() as folder:
                path = Path(folder, "relation_confusion.png")
                write_confusion_picture(self.trainer, path)
                self._image("relation_confusion", path, state.global_step)

    def _init_summary_writer(self, args: Any) -> None:
        # What a killed run wrote after its last checkpoint comes again.
        purge = None if not self.first_step else self.first_step + 1
        self.tb_writer = self._SummaryWriter(
            log_dir=self.logging_dir, purge_step=purge
        )
        self.first_step = None

    def _image(self, name: str, path: Path, step: int) -> None:
        from matplotlib.image import imread

        pixels = imread(path)
        self.tb_writer.add_image(name, pixels, step, dataformats="HWC")


def _markdown(rows: list[list[Any]]) -> str:
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "\n".join(
        "| "
        + " | ".join(
            str(cell).replace("|", "\\|").replace("\n", "⏎") for cell in line
        )
        + " |"
        for line in lines
    )
