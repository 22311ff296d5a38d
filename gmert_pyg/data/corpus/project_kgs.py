"""The knowledge graphs of a corpus, linked when they are asked for."""

from __future__ import annotations

from typing import Any

from gmert_pyg.data.corpus.shard_building import ShardBuilder
from gmert_pyg.kg import CodeKG


class ProjectKGs:
    """The knowledge graph of each project, of which the last is kept.

    Args:
        builder: knows the projects; only files that were changed since they
            were parsed are read.
    """

    def __init__(self, builder: ShardBuilder) -> None:
        self.builder = builder
        self._last: tuple[int, CodeKG] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # Another process links its own, should it ever need one.
        return {"builder": self.builder, "_last": None}

    def only(self) -> CodeKG:
        """Return that of the only project.

        Raises:
            ValueError: if there are several.
        """
        projects = self.builder.projects
        if len(projects) > 1:
            raise ValueError(
                "'kg' is that of the only project: name one to 'kg_of' (got"
                f" {len(projects)} projects)"
            )
        return self.of(projects[0].name)

    def of(self, project: str) -> CodeKG:
        """Return that of the project with a name.

        Raises:
            ValueError: if there is no such project.
        """
        names = [known.name for known in self.builder.projects]
        if project not in names:
            raise ValueError(
                f"'project' must be one of {names[:20]} (got '{project}')"
            )
        number = names.index(project)
        if self._last is None or self._last[0] != number:
            self._last = None  # frees the memory of the other first
            self.builder.parse(self.builder.files(number))
            self._last = (number, self.builder.kg(number))
        return self._last[1]
