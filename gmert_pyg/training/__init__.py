"""Pre-training and fine-tuning of GraphMERT."""

from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.batches.collation import GraphCollator
from gmert_pyg.training.batches.plan_sampler import EpochView, PlanBatchSampler
from gmert_pyg.training.checkpoints.interruption import TrainingInterrupted
from gmert_pyg.training.checkpoints.restartable_trainer import (
    RestartableTrainer,
)
from gmert_pyg.training.checkpoints.whole import last_complete_checkpoint
from gmert_pyg.training.classification_trainer import (
    GraphMertClassificationTrainer,
)
from gmert_pyg.training.evaluation.evaluation_sums import EvaluationSums
from gmert_pyg.training.evaluation.shown_targets import shown_targets
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
    PreTrainingDataArguments,
    RunArguments,
)
from gmert_pyg.training.pretraining.run import pretrain
from gmert_pyg.training.trainer import GraphMertTrainer

__all__ = [
    "EpochView",
    "EvaluationSums",
    "GraphCollator",
    "GraphMertClassificationTrainer",
    "GraphMertTrainer",
    "GraphMertTrainingArguments",
    "ModelArguments",
    "ObjectiveArguments",
    "PlanBatchSampler",
    "PreTrainingDataArguments",
    "RestartableTrainer",
    "RunArguments",
    "TrainingInterrupted",
    "last_complete_checkpoint",
    "pretrain",
    "shown_targets",
]
