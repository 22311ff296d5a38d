"""From a trained model back to a knowledge graph."""
