"""Which number format a device multiplies fastest."""

from __future__ import annotations

import logging

import torch

PRECISIONS = ("auto", "bf16", "float32")

logger = logging.getLogger(__name__)


def uses_bf16(precision: str, use_cpu: bool = False) -> bool:
    """Decide whether to train under bf16 autocast.

    `"auto"` asks what the device can do, and never the clock, so that equal
    hardware decides equally. Results differ in the third digit between the
    two formats; what was decided, and why, is logged.

    Args:
        precision (str): `"auto"`, `"bf16"` or `"float32"`.
        use_cpu (bool, optional): whether to train on the CPU even if there is
            a GPU. (default: :obj:`False`)

    Raises:
        ValueError: if `precision` is something else.
    """
    if precision not in PRECISIONS:
        raise ValueError(
            f"'precision' must be one of {PRECISIONS} (got {precision!r})"
        )
    if precision != "auto":
        return precision == "bf16"
    reason = _bf16_feature(use_cpu)
    if reason is None:
        logger.info("precision: float32 (the device has no fast bf16 products)")
        return False
    logger.info("precision: bf16 autocast (the device has %s)", reason)
    return True


def _bf16_feature(use_cpu: bool) -> str | None:
    """Name what makes bf16 products faster than float32 ones, if anything."""
    if torch.cuda.is_available() and not use_cpu:
        # Emulated on older GPUs, where it is slower.
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16 tensor cores" if native else None
    if not torch.backends.mkldnn.is_available():
        return None
    if torch.cpu._is_amx_tile_supported():
        return "AMX"
    if torch.cpu._is_avx512_bf16_supported():
        return "AVX512_BF16"
    return None
