"""Batches of graphs: which, in what order, and what a model gets of them."""
