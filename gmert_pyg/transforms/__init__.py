"""Transforms of leafy chain graphs."""

from gmert_pyg.transforms.drop_leaves import DropLeaves
from gmert_pyg.transforms.mask_for_pretraining import MaskForPreTraining
from gmert_pyg.transforms.mask_leaves import MaskLeaves
from gmert_pyg.transforms.mask_relations import MaskRelations
from gmert_pyg.transforms.mask_spans import MaskSpans
from gmert_pyg.transforms.structural_edges import AddStructuralEdges

__all__ = [
    "AddStructuralEdges",
    "DropLeaves",
    "MaskForPreTraining",
    "MaskLeaves",
    "MaskRelations",
    "MaskSpans",
]
