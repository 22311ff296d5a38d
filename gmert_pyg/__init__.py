"""GraphMERT for source code, on PyTorch Geometric."""
