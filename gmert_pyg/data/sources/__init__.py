"""Where the source files of a corpus come from."""

from gmert_pyg.data.sources.find import find_source
from gmert_pyg.data.sources.source import Project, Source

__all__ = ["Project", "Source", "find_source"]
