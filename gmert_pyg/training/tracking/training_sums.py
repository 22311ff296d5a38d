"""What training batches held and how well they were answered, as sums."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.pretraining_output import GraphMertForPreTrainingOutput

# Right answers and number, of every kind of target; then nodes and places.
KINDS = ("mlm", "leaf", "relation")
_NODES, _PLACES = 2 * len(KINDS), 2 * len(KINDS) + 1


class TrainingSums:
    r"""The accuracies on the targets that were trained on, and the share of
    padding, since the last entry of the log.

    The answers are those that the losses were computed from, so they are given
    under dropout, and by weights that change between batches: an accuracy on
    training data costs nothing, and is lower than an evaluation would find.
    All is summed on the device, which is waited for when an entry is logged.

    Args:
        device (torch.device or str, optional): where to sum.
            (default: :obj:`"cpu"`)
        over_ranks (callable, optional): adds a tensor up over all processes.
            (default: there is one)

    Example:
        >>> sums = TrainingSums()
        >>> sums.add_answers(
        ...     GraphMertForPreTrainingOutput(
        ...         relation_logits=torch.eye(2),
        ...         relation_labels=torch.tensor([0, 0]),
        ...     )
        ... )
        >>> sums(), sums()
        ({'relation_accuracy': 0.5}, {})
    """

    def __init__(
        self,
        device: torch.device | str = "cpu",
        over_ranks: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self.over_ranks = over_ranks or (lambda sums: sums)
        self.values = torch.zeros(
            2 * len(KINDS) + 2, dtype=torch.double, device=device
        )

    def add(
        self, output: GraphMertForPreTrainingOutput, batch: Data, places: Tensor
    ) -> None:
        """Add a batch, without waiting for the device.

        Args:
            output: what the model answered.
            batch: the batch.
            places: [], how many nodes the encoder computed, with padding.
        """
        self.add_answers(output, batch.node_type)
        self.values[_NODES] += batch.node_type.numel()
        self.values[_PLACES] += places

    @torch.no_grad()
    def add_answers(
        self,
        output: GraphMertForPreTrainingOutput,
        node_type: Tensor | None = None,
    ) -> None:
        """Add what a model answered for one batch.

        Args:
            output: its output.
            node_type: :math:`[N]`, of the batch, if it has labelled nodes.
        """
        labels, logits = output.get("labels"), output.get("logits")
        node = output.get("labelled_nodes")
        if labels is not None and logits is not None and node is not None:
            assert node_type is not None
            is_leaf = node_type[node] == 1
            right = logits.argmax(dim=-1) == labels
            self.values[:4] += torch.stack(
                [
                    (right & ~is_leaf).sum(),
                    (~is_leaf).sum(),
                    (right & is_leaf).sum(),
                    is_leaf.sum(),
                ]
            )
        labels = output.get("relation_labels")
        logits = output.get("relation_logits")
        if labels is not None and logits is not None:
            self.values[4] += (logits.argmax(dim=-1) == labels).sum()
            self.values[5] += labels.numel()

    def __call__(self) -> dict[str, float]:
        """Return accuracies and padding over all processes, and start again.

        To be called by all of them.
        """
        values = self.over_ranks(self.values).tolist()
        self.values.zero_()
        entry = {
            f"{kind}_accuracy": values[2 * place] / values[2 * place + 1]
            for place, kind in enumerate(KINDS)
            if values[2 * place + 1]
        }
        if values[_PLACES]:
            entry["padding"] = 1 - values[_NODES] / values[_PLACES]
        return entry

    def state_dict(self) -> dict[str, list[float]]:
        """Return the sums of this process, to go on from in another."""
        return {"values": self.values.tolist()}

    def load_state_dict(self, state: dict[str, list[float]]) -> None:
        """Go on from saved sums.

        Args:
            state: what `state_dict` has returned.
        """
        self.values.copy_(torch.tensor(state["values"], dtype=torch.double))
