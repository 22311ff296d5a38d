"""How well a model completes triples that static analysis states."""
