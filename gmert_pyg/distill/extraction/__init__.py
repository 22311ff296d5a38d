"""Extracting the triples of a project that a model believes in."""
