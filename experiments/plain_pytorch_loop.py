"""The training of `gmert pretrain`, as a loop that can be read at a glance.

The same masks, plan of batches, parameter groups and schedule as those of
`GraphMertTrainer`, and on the CPU the same losses, without a Trainer, without
checkpoints, and on one device.

python experiments/plain_pytorch_loop.py --source folder/of/code --smoke
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
    token_budget: int = 4096,
    lr: float = 4e-4,
    warmup_steps: int = 0,
    bf16: bool = False,
    seed: int = 42,
) -> list[float]:
    """Train a model where it is; return the loss of every step."""
    device = model.device
    masks = MaskForPreTraining(graphs.tokenizer, graphs.schema, seed=seed)
    sizes = graphs.num_nodes_per_graph
    plan = PlanBatchSampler(
        sizes, token_budget, seed=seed, num_batches=num_steps
    )
    collator = GraphCollator(masks)
    batches = DataLoader(
        EpochView(graphs), batch_sampler=plan, collate_fn=collator
    )
    groups = parameter_groups(model, lr, weight_decay=0.01)
    optimizer = torch.optim.AdamW(groups, lr, fused=True)
    cosine, floor = "cosine_with_min_lr", {"min_lr": 1e-5}
    scheduler = get_scheduler(cosine, optimizer, warmup_steps, num_steps, floor)
    set_seed(seed)  # of dropout; masks and plan have theirs
    model.train()
    losses = []
    for inputs in batches:
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            loss = model(inputs["batch"].to(device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        losses.append(loss.detach())
    return torch.stack(losses).tolist()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="data")
    parser.add_argument("--source", default="stdlib")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--smoke", action="store_true", help="three steps")
    args = parser.parse_args()
    graphs = CodeChainGraphs(args.data, source=args.source)
    model = GraphMertForPreTraining(GraphMertConfig.small())
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    for loss in train(model, graphs, 3 if args.smoke else args.steps):
        print(f"loss {loss:.4f}")
