import pytest
from torch.nn.attention import flex_attention as kernels

from gmert_pyg.nn.attention import flex


@pytest.fixture
def flex_gradients(monkeypatch):
    """Let flex differentiate on the CPU, where it is only refused.

    The backward of the operator is there, in a dense form.
    """
    monkeypatch.setattr(flex, "check_device", lambda *tensors: None)
    monkeypatch.setattr(kernels, "_validate_device", lambda *tensors: None)


@pytest.fixture
def untraced_flex(monkeypatch):
    """Run the operator as it is: tracing takes seconds; gradients need it."""
    monkeypatch.setattr(kernels, "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", True)
