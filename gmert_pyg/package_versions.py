"""The versions of what the project stands on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "gmert-pyg",
    "torch",
    "torch-geometric",
    "torch-scatter",
    "transformers",
    "accelerate",
    "tokenizers",
    "wandb",
    "tensorboard",
    "networkx",
    "pyarrow",
    "jedi",
)


def package_versions() -> dict[str, str]:
    """Return the versions of what the project stands on."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions
