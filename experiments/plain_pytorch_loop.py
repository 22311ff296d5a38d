"""The training of `gmert pretrain`, as a loop that can be read at a glance.

The same masks, plan of batches, parameter groups and schedule as those of
`GraphMertTrainer`, and on the CPU the same losses, without a Trainer, without
checkpoints, and on one device.

python experiments/plain_pytorch_loop.py --source "$(python -c \
    'import json; print(json.__path__[0])')" --smoke
"""

from __future__ import annotations

import argparse

import torch
from torch.utils.data import DataLoader
from transformers import get_scheduler, set_seed

from gmert_pyg import CodeChainGraphs, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.nn.parameter_groups import parameter_groups
from gmert_pyg.training import EpochView, GraphCollator, PlanBatchSampler
from gmert_pyg.transforms import MaskForPreTraining


def train(
    model: GraphMertForPreTraining,
    graphs: CodeChainGraphs,
    num_steps: int,
    *,
    token_budget: int = 4096,
    lr: float = 4e-4,
    warmup_steps: int = 0,
    max_grad_norm: float = 1.0,
    bf16: bool = False,
    seed: int = 42,
) -> list[float]:
    """Train a model where it is; return the loss of every step."""
    device = next(model.parameters()).device
    masks = MaskForPreTraining(graphs.tokenizer, graphs.schema, seed=seed)
    plan = PlanBatchSampler(
        graphs.num_nodes_per_graph,
        token_budget,
        seed=seed,
        num_batches=num_steps,
    )
    batches = DataLoader(
        EpochView(graphs), batch_sampler=plan, collate_fn=GraphCollator(masks)
    )
    groups = parameter_groups(model, lr, weight_decay=0.01)
    optimizer = torch.optim.AdamW(groups, lr, fused=True)
    scheduler = get_scheduler(
        "cosine_with_min_lr",
        optimizer,
        warmup_steps,
        num_steps,
        scheduler_specific_kwargs={"min_lr": 1e-5},
    )
    set_seed(seed)  # of dropout; masks and plan have theirs
    model.train()
    losses = []
    for inputs in batches:
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            loss = model(inputs["batch"].to(device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_grad_norm)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        losses.append(loss.detach())
    return torch.stack(losses).tolist()


def main() -> None:
    """Read the source, train, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data", help="where graphs are kept")
    parser.add_argument("--source", default="stdlib", help="what to read")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--token-budget", type=int, default=4096)
    parser.add_argument("--smoke", action="store_true", help="three steps")
    args = parser.parse_args()
    graphs = CodeChainGraphs(args.data, source=args.source)
    config = GraphMertConfig.small(len(graphs.tokenizer))
    model = GraphMertForPreTraining(config)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    steps = 3 if args.smoke else args.steps
    losses = train(model, graphs, steps, token_budget=args.token_budget)
    for step, loss in enumerate(losses, 1):
        print(f"step {step}: loss {loss:.4f}")


if __name__ == "__main__":
    main()
