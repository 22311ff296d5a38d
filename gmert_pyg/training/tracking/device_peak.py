"""How fast devices multiply bfloat16 matrices at best."""

from __future__ import annotations

import re

import torch

# TFLOP/s of dense bfloat16 products that are summed in float32, per GPU. Each
# is from its vendor's datasheet or architecture whitepaper; where these give
# the rate of 2:4 sparse matrices only, the half of it.
_PEAKS = {
    r"B200": 2250.0,  # NVIDIA Blackwell (HGX) datasheet: 4.5 PFLOP/s sparse
    r"GH200.*": 989.4,  # NVIDIA GH200 datasheet: 1,979 sparse
    r"H200": 989.4,  # NVIDIA H200 datasheet: 1,979 sparse
    r"H200 NVL": 835.5,  # the same: 1,671 sparse
    r"H100( 80GB HBM3|-SXM.*)?": 989.4,  # NVIDIA H100 datasheet: 1,979 sparse
    r"H100 PCIe": 756.5,  # the same: 1,513 sparse
    r"H100 NVL": 835.5,  # the same: 1,671 sparse
    r"A100[- ].*": 312.0,  # NVIDIA A100 datasheet
    r"A30": 165.0,  # NVIDIA A30 datasheet
    r"A40": 149.7,  # NVIDIA A40 datasheet
    r"A10": 125.0,  # NVIDIA A10 datasheet
    r"L4": 121.0,  # NVIDIA L4 datasheet: 242 sparse
    r"L40": 181.0,  # NVIDIA L40 datasheet
    r"L40S": 362.0,  # NVIDIA L40S datasheet
    r"RTX A6000": 154.8,  # NVIDIA Ampere GA102 whitepaper: 309.7 sparse
    r"RTX 6000 Ada Generation": 364.2,  # NVIDIA Ada whitepaper
    r"GeForce RTX 3090": 71.0,  # NVIDIA Ampere GA102 whitepaper
    r"GeForce RTX 4090": 165.2,  # NVIDIA Ada whitepaper
    r"GeForce RTX 5090": 209.5,  # NVIDIA RTX Blackwell whitepaper
}


def bf16_peak(name: str) -> float | None:
    """Return the peak of a device, in dense bfloat16 TFLOP/s, if it is known.

    Args:
        name: what the driver calls it.

    Example:
        >>> bf16_peak("NVIDIA H100 80GB HBM3"), bf16_peak("NVIDIA H100 PCIe")
        (989.4, 756.5)
        >>> bf16_peak("NVIDIA A100-SXM4-40GB MIG 1g.5gb") is None
        True
    """
    # A slice of a GPU, or the same name in a laptop, is slower.
    if "MIG" in name or "Laptop" in name:
        return None
    short = name.removeprefix("NVIDIA ")
    for pattern, peak in _PEAKS.items():
        if re.fullmatch(pattern, short):
            return peak
    return None


def peak_tflops(device: torch.device, given: float | None) -> float | None:
    """Return what model FLOP utilisation is a share of, if it is known.

    Args:
        device: where the model is.
        given: what the user says it is.
    """
    if given is not None or device.type != "cuda":
        return given
    return bf16_peak(torch.cuda.get_device_name(device))
