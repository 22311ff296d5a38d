"""Transforms of leafy chain graphs."""

from gmert_pyg.transforms.structural_edges import AddStructuralEdges

__all__ = ["AddStructuralEdges"]
