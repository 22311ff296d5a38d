"""Where in a model values stop being finite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


@contextmanager
def first_non_finite(model: nn.Module) -> Iterator[list[str]]:
    """Watch a forward pass for the first module with an output that is not
    finite.

    A module is done after the modules inside it, so what is found is the
    innermost one.

    Args:
        model: the model.

    Yields:
        A list that will hold the module's name and class, if there is one.

    Example:
        >>> class Log(nn.Module):
        ...     def forward(self, x):
        ...         return x.log()
        >>> model = nn.Sequential(nn.ReLU(), Log(), nn.ReLU())
        >>> with first_non_finite(model) as found:
        ...     y = model(-torch.ones(1))
        >>> found
        ["'1' (Log)"]
    """
    found: list[str] = []

    def watched(name: str) -> Callable[..., None]:
        def look(module: nn.Module, inputs: Any, output: Any) -> None:
            if not found and not is_finite(output):
                found.append(f"'{name}' ({type(module).__name__})")

        return look

    handles = [
        module.register_forward_hook(watched(name))
        for name, module in model.named_modules()
        if name
    ]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def is_finite(value: object) -> bool:
    """Tell whether all tensors inside tuples and mappings are finite."""
    if isinstance(value, Tensor):
        return bool(torch.isfinite(value).all())
    if isinstance(value, Mapping):
        return all(is_finite(part) for part in value.values())
    if isinstance(value, tuple | list):
        return all(is_finite(part) for part in value)
    return True


def non_finite_weights(model: nn.Module) -> list[str]:
    """Return the names of the parameters that are not finite."""
    return [
        name
        for name, parameter in model.named_parameters()
        if not is_finite(parameter)
    ]


def non_finite_gradients(model: nn.Module, loss: Tensor) -> list[str]:
    """Return the names of the parameters whose gradient is not finite.

    The gradients that a model holds are left alone.
    """
    trained = {
        name: parameter
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    gradients = torch.autograd.grad(
        loss, list(trained.values()), allow_unused=True
    )
    return [
        name
        for name, gradient in zip(trained, gradients, strict=True)
        if not is_finite(gradient)
    ]
