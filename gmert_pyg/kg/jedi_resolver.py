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
    try:
        import jedi
    except ImportError as error:
        raise ValueError(
            "'resolver' jedi needs the extra 'jedi': pip install"
            f" 'gmert-pyg[jedi]' (got {error})"
        ) from error
    resolver = Resolver(modules, EntityTable(modules))
    places = {
        (str(Path(facts.path).absolute()), entity.line, entity.name): (
            entity.qualified_name
        )
        for facts in modules
        for entity in facts.entities
    }
    roots = list(dict.fromkeys(_root(facts) for facts in modules))
    answered = []
    with _without_cache(jedi):
        for facts in tqdm(modules, "Asking jedi", disable=not progress):
            starts = _unsure_attributes(facts, resolver, max_questions)
            if starts:
                root = _root(facts)
                others = [other for other in roots if other != root]
                script = _script(jedi, facts, [root, *others])
                found = _answers(script, facts, starts, places)
                facts = _with_answers(facts, found)
            answered.append(facts)
    return answered


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


def _script(jedi: Any, facts: ModuleFacts, roots: list[str]) -> Any:
    stdlib = _stdlib_paths()

    class StandardLibrary(jedi.api.environment.InterpreterEnvironment):
        """This interpreter, trusting nothing but its own library."""

        def get_sys_path(self) -> list[str]:
            return stdlib

    project = jedi.Project(
        roots[0],
        sys_path=[*roots, *stdlib],
        load_unsafe_extensions=False,
        smart_sys_path=False,
    )
    return jedi.Script(
        read_source(facts.path),
        path=Path(facts.path).absolute(),
        project=project,
        environment=StandardLibrary(),
    )


def _stdlib_paths() -> list[str]:
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
    found = [Path(path) for path in dict.fromkeys(paths) if path]
    return [str(p) for path in found for p in (path, path / "lib-dynload")]


def _answers(
    script: Any,
    facts: ModuleFacts,
    starts: list[int],
    places: dict[tuple[str, int, str], str],
) -> dict[int, str]:
    """Return the paths of what attributes name, by where they start."""
    index = LineIndex(read_source(facts.path))
    found = {}
    for start in starts:
        line = index.line(start)
        column = start - index.starts[line - 1]
        try:
            names = script.goto(line, column, follow_imports=True)
        except RecursionError:  # code that jedi cannot follow to an end
            continue
        path = _only_path(names, places)
        if path is not None:
            found[start] = path
    return found


def _only_path(
    names: Iterable[Any], places: dict[tuple[str, int, str], str]
) -> str | None:
    """Return the path of a definition, `None` if there are several or none."""
    paths = set()
    for name in names:
        key = (str(name.module_path), name.line, name.name)
        if key in places:
            paths.add(places[key])
        elif name.full_name and _is_outside(name, places):
            paths.add(name.full_name)
        else:
            return None
    return paths.pop() if len(paths) == 1 else None


def _is_outside(name: Any, places: dict[tuple[str, int, str], str]) -> bool:
    # The first line of a file of ours defines its module.
    path = str(name.module_path)
    module = Path(path).parent.name if path.endswith("__init__.py") else None
    return (path, 1, module or Path(path).stem) not in places


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


@contextmanager
def _without_cache(jedi: Any) -> Iterator[None]:
    """Keep jedi from the trees that it pickled in the user's home."""
    settings = jedi.settings
    before = settings.cache_directory
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # It warns of every compiled module that it does not import.
        warnings.simplefilter("ignore", UserWarning)
        settings.cache_directory = folder
        try:
            yield
        finally:
            settings.cache_directory = before
