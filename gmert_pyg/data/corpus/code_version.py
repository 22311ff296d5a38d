"""Which code built a dataset: part of what a dataset is, as in `ccache`."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

import gmert_pyg
from gmert_pyg.parsing.treesitter.grammars import installed_grammars

# What decides the facts and the tokens of one file; and, with these, what
# decides the graphs.
PARSING = (
    "schema",
    "parsing",
    "tokenization",
    "kg/project",
    "data/corpus/parsed_files",
    "data/storage/record_encoding",
    "data/root_tokens",
)
BUILDING = (*PARSING, "kg", "data")


@cache
def code_version(places: tuple[str, ...]) -> str:
    """Return a hash of modules of this package, of Python and the grammars.

    Args:
        places: modules and packages below this one.
    """
    root = Path(gmert_pyg.__file__).parent
    around = (sys.version_info[:2], installed_grammars())
    digest = hashlib.sha256(repr(around).encode())
    for place in places:
        path = root / place
        files = [path.with_suffix(".py"), *sorted(path.rglob("*.py"))]
        for file in filter(Path.is_file, files):
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
