"""The memory of HGATConv with bases and many relations."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import torch
from torch.profiler import ProfilerActivity, profile

from gmert_pyg.nn import HGATConv


def many_relations(
    num_bases: int, dropout: float, device: torch.device
) -> dict[str, float]:
    """Measure the memory of 1,000 relations at d = 768, all occurring."""
    torch.manual_seed(0)
    conv = HGATConv(768, 1000, num_bases=num_bases, dropout=dropout).to(device)
    x = torch.randn(200, 768, device=device, requires_grad=True)
    edge_index = torch.randint(0, 200, (2, 1000), device=device)
    edge_type = torch.arange(1000, device=device)
    peak = peak_bytes(
        lambda: conv(x, edge_index, edge_type).sum().backward(), device
    )
    parameters = sum(x.numel() * x.element_size() for x in conv.parameters())
    return {
        "bases": num_bases,
        "dropout": dropout,
        "parameters_mb": parameters / 1e6,
        "forward_backward_mb": peak / 1e6,
        "all_matrices_mb": 1000 * 768**2 * 4 / 1e6,
    }


def peak_bytes(run: Callable[[], object], device: torch.device) -> int:
    """Return how much a run has allocated at most, at a time."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        run()
        return torch.cuda.max_memory_allocated(device) - before
    with profile(
        activities=[ProfilerActivity.CPU], profile_memory=True
    ) as profiled:
        run()
    assert profiled.profiler is not None
    events = profiled.profiler.kineto_results.events()
    events = [event for event in events if event.name() == "[memory]"]
    events.sort(key=lambda event: event.start_ns())
    sizes: list[int] = [event.nbytes() for event in events]
    return max(accumulate(sizes))
