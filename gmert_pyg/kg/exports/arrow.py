"""The optional package that writes Parquet."""

from __future__ import annotations

from typing import Any


def import_pyarrow() -> tuple[Any, Any]:
    """Return the modules `pyarrow` and `pyarrow.parquet`.

    Raises:
        ValueError: if pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ValueError(
            "'format' parquet needs the extra 'parquet': pip install"
            f" 'gmert-pyg[parquet]' (got {error})"
        ) from error
    return pyarrow, parquet
