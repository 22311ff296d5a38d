"""What training logs about the scalars of attention."""

from __future__ import annotations

from gmert_pyg.nn.modeling_graphmert import GraphMertModel
from gmert_pyg.training.processes.fully_sharded import whole


def attention_scalars(model: GraphMertModel) -> dict[str, float]:
    """Return the decay offset of every head, and how edges bias attention.

    Of the biases of every kind of occurrence edge and direction, the mean over
    heads is returned: of a source that attends to its target under the name of
    the kind, of a target to its source with `_reversed` behind it.

    Args:
        model: the encoder.
    """
    scalars: dict[str, float] = {}
    if model.decay_offset is not None:
        for head, value in enumerate(whole(model.decay_offset).tolist()):
            scalars[f"decay_offset/head_{head}"] = value
    if model.occurrence is not None:
        mean = whole(model.occurrence.occurrence_bias).mean(dim=2)
        names = model.config.occurrence_names
        for name, (forward, backward) in zip(names, mean.tolist(), strict=True):
            scalars[f"occurrence_bias/{name}"] = forward
            scalars[f"occurrence_bias/{name}_reversed"] = backward
    return scalars
