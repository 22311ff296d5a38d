"""What jedi knows of attributes that the project's own facts do not resolve.

Only jedi's static inference is used. It never runs a project's Python code, and
of compiled modules it imports those of the standard library alone: the paths it
trusts do not hold the project's folders, nor installed packages.
"""

from __future__ import annotations

import sysconfig
import tempfile
import warnings
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gmert_pyg.kg.entities import EntityTable
from gmert_pyg.kg.resolver import Resolver
from gmert_pyg.parsing import LineIndex, ModuleFacts, read_source
from gmert_pyg.parsing.columns import RESOLUTION_CODES

MAX_QUESTIONS = 100
"""Questions per file: jedi answers some ten to a hundred in a second."""

_UNSURE = ("name", "unique-name")


def ask_jedi(
    modules: Sequence[ModuleFacts],
    max_questions: int = MAX_QUESTIONS,
    progress: bool = False,
) -> list[ModuleFacts]:
    """Resolve attributes with jedi where the files' own facts do not.

    Args:
        modules: the facts of all files.
        max_questions: how many attributes of a file to ask for, those that a
            fact names first.
        progress: whether to show a progress bar.

    Returns:
        the facts, with paths that name what jedi found; the resolution of
        those facts is `jedi`.

    Raises:
        ValueError: if jedi is not installed.
    """
    resolver = Resolver(modules, EntityTable(modules))
    answered = []
    with Jedi.session(modules) as jedi:
        for facts in tqdm(modules, "Asking jedi", disable=not progress):
            starts = _unsure_attributes(facts, resolver, max_questions)
            answered.append(_with_answers(facts, jedi.answers(facts, starts)))
    return answered


class Jedi:
    """Asks jedi what identifiers of a project stand for.

    Args:
        library: the package jedi.
        modules: the facts of all files.
    """

    def __init__(self, library: Any, modules: Sequence[ModuleFacts]) -> None:
        self._library = library
        self._roots = list(dict.fromkeys(_root(facts) for facts in modules))
        self._files = {str(Path(f.path).absolute()) for f in modules}
        self._places = {
            (str(Path(facts.path).absolute()), entity.line, entity.name): (
                entity.qualified_name
            )
            for facts in modules
            for entity in facts.entities
        }

    @classmethod
    @contextmanager
    def session(cls, modules: Sequence[ModuleFacts]) -> Iterator[Jedi]:
        """Give one that shares no files with other uses of jedi.

        Raises:
            ValueError: if jedi is not installed.
        """
        try:
            import jedi
        except ImportError as error:
            raise ValueError(
                "'resolver' jedi needs the extra 'jedi': pip install"
                f" 'gmert-pyg[jedi]' (got {error})"
            ) from error
        settings = jedi.settings
        before = settings.cache_directory
        with tempfile.TemporaryDirectory() as folder:
            # Else it would read trees that it pickled in the user's home.
            settings.cache_directory = folder
            with warnings.catch_warnings():
                # Of every compiled module that it does not import.
                warnings.simplefilter("ignore", UserWarning)
                try:
                    yield cls(jedi, modules)
                finally:
                    settings.cache_directory = before

    def answers(
        self, facts: ModuleFacts, starts: Sequence[int]
    ) -> dict[int, str]:
        """Return the paths of what identifiers name, where there is just one.

        Args:
            facts: a file.
            starts: where the identifiers start.
        """
        if not starts:
            return {}
        text = read_source(facts.path)
        index = LineIndex(text)
        script = self._script(facts, text)
        found = {}
        for start in starts:
            line = index.line(start)
            column = start - index.starts[line - 1]
            try:
                names = script.goto(line, column, follow_imports=True)
            except RecursionError:  # code that jedi cannot follow to an end
                continue
            path = self._only_path(names)
            if path is not None:
                found[start] = path
        return found

    def _script(self, facts: ModuleFacts, text: str) -> Any:
        stdlib = _stdlib_paths()
        library = self._library
        interpreter: Any = library.api.environment.InterpreterEnvironment

        class StandardLibrary(interpreter):
            """This interpreter, trusting nothing but its own library."""

            def get_sys_path(self) -> list[str]:
                return stdlib

        root = _root(facts)
        roots = [root, *(other for other in self._roots if other != root)]
        project = library.Project(
            root,
            sys_path=[*roots, *stdlib],
            load_unsafe_extensions=False,
            smart_sys_path=False,
        )
        return library.Script(
            text,
            path=Path(facts.path).absolute(),
            project=project,
            environment=StandardLibrary(),
        )

    def _only_path(self, names: Iterable[Any]) -> str | None:
        """Return the path of a definition, `None` if several or none."""
        paths = set()
        for name in names:
            key = (str(name.module_path), name.line, name.name)
            if key in self._places:
                paths.add(self._places[key])
            elif name.full_name and str(name.module_path) not in self._files:
                paths.add(name.full_name)
            else:
                return None
        return paths.pop() if len(paths) == 1 else None


def _root(facts: ModuleFacts) -> str:
    """Return the folder that the name of a file's module starts below."""
    path = Path(facts.path).absolute()
    if facts.is_package:
        path = path.parent
    parents = path.parents
    depth = facts.module.count(".")
    return str(parents[min(depth, len(parents) - 1)])


def _unsure_attributes(
    facts: ModuleFacts, resolver: Resolver, limit: int
) -> list[int]:
    """Return where attributes start that nothing but their name resolves."""
    mentions = facts.mentions
    unsure = set()
    for code in set(mentions.target):
        path = mentions.paths[code]
        resolver.entity(path)
        # A bare name or a keyword is no attribute.
        is_attribute = "." in path and ".=" not in path
        if is_attribute and resolver.how.get(path) in _UNSURE:
            unsure.add(code)
    starts = [
        start
        for start, code in zip(mentions.start, mentions.target, strict=True)
        if code in unsure
    ]
    stated = set(facts.facts.start)
    starts.sort(key=lambda start: (start not in stated, start))
    return sorted(starts[:limit])


def _stdlib_paths() -> list[str]:
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
    found = [Path(path) for path in dict.fromkeys(paths) if path]
    return [str(p) for path in found for p in (path, path / "lib-dynload")]


def _with_answers(facts: ModuleFacts, found: dict[int, str]) -> ModuleFacts:
    if not found:
        return facts
    mentions, table = facts.mentions, facts.facts
    paths = list(mentions.paths)
    codes = {path: code for code, path in enumerate(paths)}
    target = array("i", mentions.target)
    tail, resolution = array("i", table.tail), array("i", table.resolution)
    old: dict[int, int] = {}
    for row, start in enumerate(mentions.start):
        if start in found:
            path = found[start]
            if path not in codes:
                codes[path] = len(paths)
                paths.append(path)
            old[start] = target[row]
            target[row] = codes[path]
    for row, start in enumerate(table.start):
        if start in old and tail[row] == old[start]:
            tail[row] = codes[found[start]]
            resolution[row] = RESOLUTION_CODES["jedi"]
    return replace(
        facts,
        mentions=replace(mentions, paths=paths, target=target),
        facts=replace(table, paths=paths, tail=tail, resolution=resolution),
    )
