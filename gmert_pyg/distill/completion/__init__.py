"""Completing the tails of triples with a trained model."""
