"""Leafy chain graphs and the datasets that hold them."""
