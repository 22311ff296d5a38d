"""The parameters of a model, grouped for an optimizer."""

from __future__ import annotations

from typing import Any

from torch import nn

ATTENTION_SCALARS = ("decay_offset", "occurrence_bias")


def parameter_groups(
    model: nn.Module,
    lr: float,
    weight_decay: float,
    attention_lr_multiplier: float = 50.0,
) -> list[dict[str, Any]]:
    r"""Group the parameters that require gradients.

    Matrices decay; vectors (biases and norms) do not. The scalars of attention,
    the offsets :math:`p_h` of the decay and the biases of occurrence edges,
    neither decay nor move at the common learning rate: a few hundred scalars
    need about 50 times as much, or they stay where they started.

    Args:
        model (torch.nn.Module): the model.
        lr (float): the learning rate.
        weight_decay (float): the weight decay of matrices.
        attention_lr_multiplier (float, optional): the factor on the learning
            rate of attention scalars. (default: :obj:`50.0`)

    Returns:
        The groups `"decay"`, `"no_decay"` and `"attention"`, without empty
        ones.

    Example:
        >>> groups = parameter_groups(nn.Linear(2, 3), 0.1, 0.01)
        >>> [(group["name"], group["weight_decay"]) for group in groups]
        [('decay', 0.01), ('no_decay', 0.0)]
    """
    members: dict[str, list[nn.Parameter]] = {
        "decay": [],
        "no_decay": [],
        "attention": [],
    }
    trained = [
        (name, parameter)
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    ]
    for name, parameter in trained:
        if name.rpartition(".")[2] in ATTENTION_SCALARS:
            members["attention"].append(parameter)
        elif parameter.dim() < 2:
            members["no_decay"].append(parameter)
        else:
            members["decay"].append(parameter)
    grouped = [id(p) for group in members.values() for p in group]
    assert sorted(grouped) == sorted(id(p) for _, p in trained)
    assert len(set(grouped)) == len(grouped)
    return [
        {
            "name": name,
            "params": parameters,
            "lr": lr * (attention_lr_multiplier if name == "attention" else 1),
            "weight_decay": weight_decay if name == "decay" else 0.0,
        }
        for name, parameters in members.items()
        if parameters
    ]
