"""One pre-training run, from its settings to its model."""
