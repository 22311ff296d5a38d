"""A Trainer that can be killed at any time, and then goes on as if never."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback
from transformers.trainer_callback import ExportableState
from transformers.trainer_utils import TrainOutput
from transformers.utils import TRAINING_ARGS_NAME  # noqa: F401

from gmert_pyg.training.checkpoint_files import check_only_tensors
from gmert_pyg.training.checkpoint_saving import save_checkpoint
from gmert_pyg.training.checkpoint_writing import remove_leftovers
from gmert_pyg.training.checkpoints import checkpoint_to_resume
from gmert_pyg.training.interruption import Interruption, TrainingInterrupted
from gmert_pyg.training.loss_sums import load_loss_sums
from gmert_pyg.training.random_state import same_random_state
from gmert_pyg.training.run_identity import check_num_steps, check_run_identity
