"""Pre-training and fine-tuning of GraphMERT."""

from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.checkpoints import last_complete_checkpoint
from gmert_pyg.training.classification_trainer import (
    GraphMertClassificationTrainer,
)
from gmert_pyg.training.collation import GraphCollator
from gmert_pyg.training.evaluation_sums import EvaluationSums
from gmert_pyg.training.interruption import TrainingInterrupted
from gmert_pyg.training.plan_sampler import EpochView, PlanBatchSampler
from gmert_pyg.training.restartable_trainer import RestartableTrainer
from gmert_pyg.training.shown_targets import shown_targets
from gmert_pyg.training.trainer import GraphMertTrainer

__all__ = [
    "EpochView",
    "EvaluationSums",
    "GraphCollator",
    "GraphMertClassificationTrainer",
    "GraphMertTrainer",
    "GraphMertTrainingArguments",
    "PlanBatchSampler",
    "RestartableTrainer",
    "TrainingInterrupted",
    "last_complete_checkpoint",
    "shown_targets",
]
