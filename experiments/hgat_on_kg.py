"""H-GAT as a layer of an ordinary classifier of nodes in a relational graph.

One model, two layers `relu(x + conv(x, edge_index, edge_type))` and a linear
head, with `HGATConv`, `RGCNConv` and `RGATConv` in turn, without edges, and
beside the most frequent class. Accuracy is that on the test nodes after the
last epoch: nothing is selected on them.

python experiments/hgat_on_kg.py --dataset planted --json planted.json
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import sys
import tarfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric import seed_everything
from torch_geometric.data import Data
from torch_geometric.datasets import Entities, FakeDataset, FakeHeteroDataset
from torch_geometric.nn import RGATConv, RGCNConv

from gmert_pyg import HGATConv
from gmert_pyg.whole_output import whole_file

ENTITIES = Path(__file__).parents[1] / "data" / "Entities"


def fake(num_relations: int = 4) -> Data:
    """Return PyG's fake graph: features tell the class, edges are random."""
    data = FakeDataset(avg_degree=5, num_channels=4, num_classes=4)[0]
    data.edge_type = torch.randint(num_relations, (data.num_edges,))
    return split(data, torch.arange(data.num_nodes))


def fake_hetero() -> Data:
    """Return PyG's fake typed graph: classes are drawn, nothing tells them."""
    graph = FakeHeteroDataset(avg_num_nodes=200, avg_degree=5, num_classes=4)[0]
    width = max(graph.num_features.values())
    for store in graph.node_stores:
        store.x = F.pad(store.x, (0, width - store.num_features))
    data = graph.to_homogeneous()
    return split(data, (data.y >= 0).nonzero().view(-1))


def planted(
    num_nodes: int = 800, num_relations: int = 3, degree: int = 4
) -> Data:
    r"""Return a graph in which two neighbours, found by relation, make a class.

    A node has a key :math:`k \sim \mathcal{N}(0, 1)` and a bit :math:`b`, and
    receives `degree` edges of every relation from random nodes. Its class is
    :math:`2 b_u + b_v`, with :math:`u` the source of largest key in relation 0
    and :math:`v` that of smallest key in relation 1; other relations and the
    features of the node itself tell nothing.
    """
    key, bit = torch.randn(num_nodes), torch.randint(2, (num_nodes,))
    source = torch.randint(num_nodes, (num_nodes, num_relations, degree))
    rows = torch.arange(num_nodes)
    u = source[rows, 0, key[source[:, 0]].argmax(dim=-1)]
    v = source[rows, 1, key[source[:, 1]].argmin(dim=-1)]
    target = rows.repeat_interleave(num_relations * degree)
    relation = torch.arange(num_relations).repeat_interleave(degree)
    data = Data(
        x=torch.stack([key, 2.0 * bit - 1.0], dim=1),
        edge_index=torch.stack([source.view(-1), target]),
        edge_type=relation.repeat(num_nodes),
        y=2 * bit[u] + bit[v],
    )
    return split(data, rows)


def split(data: Data, labelled: Tensor) -> Data:
    """Train on a random half of the labelled nodes, test on the other."""
    order = labelled[torch.randperm(labelled.numel())]
    data.train_idx, data.test_idx = order.chunk(2)
    return data


def aifb() -> Data:
    """Return the graph AIFB with its usual split; it has no features."""
    if importlib.util.find_spec("rdflib") is None:
        raise ValueError("PyG reads it with rdflib (pip install rdflib)")
    data = Entities(str(ENTITIES), "AIFB")[0]
    data.y = torch.full((data.num_nodes,), -1)
    data.y[data.train_idx], data.y[data.test_idx] = data.train_y, data.test_y
    return data


class Task(NamedTuple):
    """A dataset, drawn anew for every seed, and how it is trained on."""

    make: Callable[[], Data]
    note: str
    epochs: int = 50
    num_bases: int | None = None


# Width, bases, epochs and optimiser on AIFB are those of PyG's R-GCN example.
TASKS = {
    "fake": Task(
        fake, "features tell the class, edges tell nothing: no edges is best"
    ),
    "fake-hetero": Task(
        fake_hetero, "neither features nor edges tell the class: all is chance"
    ),
    "planted": Task(
        planted, "one neighbour in each of two relations tells the class", 100
    ),
    "aifb": Task(aifb, "R-GCN's paper has .9583, from one-hot inputs", 50, 30),
}


class NoEdges(nn.Linear):
    """A linear layer in the place of a convolution."""

    def forward(
        self, x: Tensor, edge_index: Tensor, edge_type: Tensor
    ) -> Tensor:
        return super().forward(x)


# Of channels, relations and bases.
LAYERS: dict[str, Callable[[int, int, int | None], nn.Module]] = {
    "no edges (MLP)": lambda c, r, b: NoEdges(c, c),
    "RGCNConv": lambda c, r, b: RGCNConv(c, c, r, num_bases=b),
    "RGATConv": lambda c, r, b: RGATConv(c, c, r, num_bases=b),
    "RGATConv, within-relation": lambda c, r, b: RGATConv(
        c, c, r, num_bases=b, attention_mechanism="within-relation"
    ),
    "HGATConv": lambda c, r, b: HGATConv(c, r, num_bases=b),
    "HGATConv, attention": lambda c, r, b: HGATConv(
        c, r, num_bases=b, inter_relation="attention"
    ),
}


class Net(nn.Module):
    """Two layers of one kind between an encoder and a linear head."""

    def __init__(self, data: Data, layer: str, bases: int | None, hidden: int):
        super().__init__()
        relations = int(data.edge_type.max()) + 1
        self.encoder = (
            nn.Embedding(data.num_nodes, hidden)
            if data.x is None
            else nn.Linear(data.num_features, hidden)
        )
        self.convs = nn.ModuleList(
            LAYERS[layer](hidden, relations, bases) for _ in range(2)
        )
        self.head = nn.Linear(hidden, int(data.y.max()) + 1)

    def forward(self, data: Data) -> Tensor:
        x = self.encoder.weight if data.x is None else self.encoder(data.x)
        for conv in self.convs:
            x = F.relu(x + conv(x, data.edge_index, data.edge_type))
        return self.head(x)


def train(model: Net, data: Data, epochs: int) -> list[float]:
    """Train on the whole graph; return the seconds of every epoch."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
    target, seconds = data.y[data.train_idx], []
    model.train()
    for _ in range(epochs):
        started = time.perf_counter()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data)[data.train_idx], target)
        loss.backward()
        optimizer.step()
        loss.item()  # waits for the device
        seconds.append(time.perf_counter() - started)
    return seconds


def accuracy(guess: Tensor, data: Data) -> float:
    """Return the share of test nodes whose class is guessed."""
    return (guess == data.y[data.test_idx]).double().mean().item()


@torch.no_grad()
def test(model: Net, data: Data) -> float:
    """Return the accuracy on the test nodes."""
    model.eval()
    return accuracy(model(data)[data.test_idx].argmax(dim=-1), data)


def compare(
    task: Task, seeds: int, epochs: int, hidden: int, device: str
) -> dict[str, Any]:
    """Train every model with every seed, all on the same graphs."""
    scores: dict[str, list[float]] = {"most frequent class": []}
    seconds: dict[str, list[float]] = {}
    parameters = {}
    for seed in range(seeds):
        seed_everything(seed)
        data = task.make().to(device)
        frequent = data.y[data.train_idx].bincount().argmax()
        scores["most frequent class"].append(accuracy(frequent, data))
        for name in LAYERS:
            seed_everything(seed)
            model = Net(data, name, task.num_bases, hidden).to(device)
            seconds.setdefault(name, []).extend(train(model, data, epochs))
            scores.setdefault(name, []).append(test(model, data))
            parameters[name] = sum(
                p.numel() for p in model.parameters() if p.grad is not None
            )
    return {
        name: {
            "accuracy": statistics.mean(values),
            "deviation": statistics.stdev(values) if seeds > 1 else 0.0,
            "of_seeds": values,
            "trained_parameters": parameters.get(name, 0),
            "seconds_per_epoch": statistics.median(seconds.get(name, [0.0])),
        }
        for name, values in scores.items()
    }


def table(models: dict[str, Any]) -> str:
    """Return the results as a table."""
    head = ("layer", "accuracy", "parameters", "ms/epoch")
    lines = [f"{head[0]:28}{head[1]:>16}{head[2]:>12}{head[3]:>10}"]
    lines += [
        f"{name:28}{row['accuracy']:>8.3f} ± {row['deviation']:.3f}"
        f"{row['trained_parameters']:>12,}"
        f"{1e3 * row['seconds_per_epoch']:>10.1f}"
        for name, row in models.items()
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Compare the layers on one dataset; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--dataset", choices=TASKS, default="planted")
    parser.add_argument("--seeds", type=int, default=5, metavar="N")
    parser.add_argument("--epochs", type=int, metavar="N")
    parser.add_argument("--hidden", type=int, default=16, metavar="N")
    parser.add_argument("--device", default=device)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    for name in ("seeds", "epochs", "hidden"):
        value = getattr(options, name)
        if value is not None and value < 1:
            parser.error(f"'{name}' must be positive (got {value})")
    task = TASKS[options.dataset]
    epochs = options.epochs or task.epochs
    try:
        models = compare(
            task, options.seeds, epochs, options.hidden, options.device
        )
    except (ValueError, OSError, tarfile.TarError) as error:
        print(f"hgat_on_kg.py: {options.dataset}: {error}", file=sys.stderr)
        return 2
    print(f"{options.dataset}: {task.note}\n{table(models)}")
    if options.json is None:
        return 0
    packages = ("torch", "torch-geometric", "gmert-pyg")
    versions = {name: version(name) for name in packages}
    report = {
        "command": f"python {' '.join(sys.argv)}",
        "hardware": f"{platform.machine()}, {os.cpu_count()} processors, "
        f"{options.device}",
        "versions": {"python": platform.python_version(), **versions},
        "note": task.note,
        "epochs": epochs,
        "models": models,
    }
    with whole_file(options.json) as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
