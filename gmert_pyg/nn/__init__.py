"""Layers and models; importing them registers GraphMERT with transformers."""

from transformers import AutoConfig, AutoModel, AutoModelForPreTraining

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.conv import HGATConv
from gmert_pyg.nn.distance import chain_distance, distance_decay
from gmert_pyg.nn.modeling_graphmert import GraphMertModel
from gmert_pyg.nn.parameter_groups import parameter_groups
from gmert_pyg.nn.pretraining import (
    GraphMertForPreTraining,
    GraphMertForPreTrainingOutput,
)

AutoConfig.register("graphmert", GraphMertConfig)
AutoModel.register(GraphMertConfig, GraphMertModel)
AutoModelForPreTraining.register(GraphMertConfig, GraphMertForPreTraining)

__all__ = [
    "GraphMertConfig",
    "GraphMertForPreTraining",
    "GraphMertForPreTrainingOutput",
    "GraphMertModel",
    "HGATConv",
    "chain_distance",
    "distance_decay",
    "parameter_groups",
]
