"""Layers and models; importing them registers GraphMERT with transformers."""

from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForPreTraining,
    AutoModelForSequenceClassification,
    AutoModelForTextEncoding,
    AutoModelForTokenClassification,
)

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.conv import HGATConv
from gmert_pyg.nn.distance import chain_distance, distance_decay
from gmert_pyg.nn.modeling_graphmert import GraphMertModel
from gmert_pyg.nn.parameter_groups import parameter_groups
from gmert_pyg.nn.pooling import GraphPooling
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.nn.pretraining_output import GraphMertForPreTrainingOutput
from gmert_pyg.nn.retrieval import (
    GraphMertForRetrieval,
    GraphMertForRetrievalOutput,
)
from gmert_pyg.nn.sequence_classification import (
    GraphMertForSequenceClassification,
    GraphMertForSequenceClassificationOutput,
)
from gmert_pyg.nn.tail_prediction import TailPredictions
from gmert_pyg.nn.token_classification import (
    GraphMertForTokenClassification,
    GraphMertForTokenClassificationOutput,
)

AutoConfig.register("graphmert", GraphMertConfig)
AutoModel.register(GraphMertConfig, GraphMertModel)
AutoModelForPreTraining.register(GraphMertConfig, GraphMertForPreTraining)
AutoModelForSequenceClassification.register(
    GraphMertConfig, GraphMertForSequenceClassification
)
AutoModelForTokenClassification.register(
    GraphMertConfig, GraphMertForTokenClassification
)
# What transformers calls a model that only embeds.
AutoModelForTextEncoding.register(GraphMertConfig, GraphMertForRetrieval)

__all__ = [
    "GraphMertConfig",
    "GraphMertForPreTraining",
    "GraphMertForPreTrainingOutput",
    "GraphMertForRetrieval",
    "GraphMertForRetrievalOutput",
    "GraphMertForSequenceClassification",
    "GraphMertForSequenceClassificationOutput",
    "GraphMertForTokenClassification",
    "GraphMertForTokenClassificationOutput",
    "GraphMertModel",
    "GraphPooling",
    "HGATConv",
    "TailPredictions",
    "chain_distance",
    "distance_decay",
    "parameter_groups",
]
