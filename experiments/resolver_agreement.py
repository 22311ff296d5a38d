"""Compare what we resolve with what griffe and jedi resolve.

Base classes and imported names are compared with griffe, which loads the same
packages without inspection; callees, a sample of them, with jedi. Nothing of
the packages is imported or run by any of them. Who is right where they differ
is for the reader to say: the disagreements are printed.

python experiments/resolver_agreement.py --packages email json --show 20
"""

from __future__ import annotations

import argparse
import random
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import griffe

from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.entities import EntityTable
from gmert_pyg.kg.jedi_resolver import Jedi
from gmert_pyg.kg.reading import read_projects
from gmert_pyg.kg.resolver import Resolver
from gmert_pyg.parsing import ModuleFacts

PACKAGES = ["asyncio", "collections", "concurrent", "email", "http", "unittest"]
UNSURE = ("name", "unique-name")

Pair = tuple[str, str, str]
"""What was asked, and the two answers."""


def main() -> None:
    """Read the packages, and print how far the answers agree."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--packages", nargs="+", default=PACKAGES)
    parser.add_argument("--calls", type=int, default=40, help="per package")
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    stdlib = Path(sysconfig.get_path("stdlib"))
    pairs: dict[str, list[Pair]] = {"bases": [], "imports": [], "callees": []}
    for package in arguments.packages:
        modules, _ = read_projects(stdlib / package, stdlib)
        kg = CodeKG.from_modules(modules)
        resolver = Resolver(modules, EntityTable(modules))
        loaded = load(package, stdlib)
        pairs["bases"] += bases(kg, loaded)
        pairs["imports"] += imports(modules, resolver, loaded)
        pairs["callees"] += callees(
            kg, modules, arguments.calls, arguments.seed
        )
    for subject, other in (
        ("bases", "griffe"),
        ("imports", "griffe"),
        ("callees", "jedi"),
    ):
        report(subject, other, pairs[subject], arguments.show)


def load(package: str, stdlib: Path) -> griffe.Module:
    """Load a package with griffe, statically."""
    loader = griffe.GriffeLoader(search_paths=[stdlib], allow_inspection=False)
    module = loader.load(package)
    loader.resolve_aliases(implicit=True, external=False)
    assert isinstance(module, griffe.Module)
    return module


def members(of: griffe.Object) -> Iterator[griffe.Object | griffe.Alias]:
    """Yield all members of a module, at any depth, aliases as such."""
    for member in of.members.values():
        yield member
        if not member.is_alias and (member.is_module or member.is_class):
            yield from members(member)


def final_path(module: griffe.Module, path: str) -> str:
    """Follow a path through aliases as far as griffe knows them."""
    collection = module.modules_collection
    try:
        found = collection[path]
        if found.is_alias:
            found = found.final_target
        return str(found.path)
    except (
        KeyError,
        griffe.AliasResolutionError,
        griffe.CyclicAliasError,
    ) as e:
        target = getattr(getattr(e, "alias", None), "target_path", None)
        return str(target or path)


def bases(kg: CodeKG, module: griffe.Module) -> Iterator[Pair]:
    """Compare the direct bases of every class."""
    table = kg.to_pandas()
    table = table[table["relation"] == "inherits"]
    ours: dict[str, set[str]] = {}
    for head, tail in zip(table["head"], table["tail"], strict=True):
        ours.setdefault(head, set()).add(tail.removeprefix("builtins."))
    for member in members(module):
        if member.is_alias or not member.is_class:
            continue
        theirs = {final_path(module, base_path(base)) for base in member.bases}
        mine = ours.get(member.path, set())
        if theirs or mine:
            yield (
                member.path,
                ", ".join(sorted(mine)),
                ", ".join(sorted(theirs)),
            )


def base_path(base: str | griffe.Expr) -> str:
    """Return the path of a base, without its parameters."""
    if isinstance(base, griffe.ExprSubscript):
        return base_path(base.left)
    return base if isinstance(base, str) else base.canonical_path


def imports(
    modules: list[ModuleFacts], resolver: Resolver, module: griffe.Module
) -> Iterator[Pair]:
    """Compare where the imported names of every module and class lead."""
    ours = {name for facts in modules for name in facts.aliases}
    stars = {facts.module for facts in modules if facts.stars}
    for member in members(module):
        path = member.path
        if not member.is_alias or path.endswith("*"):
            continue
        if path not in ours and path.rpartition(".")[0] not in stars:
            continue
        found = resolver.resolve(path)
        mine = resolver.name_of(found) if found is not None else "unknown"
        yield path, mine, final_path(module, member.target_path)


def callees(
    kg: CodeKG, modules: list[ModuleFacts], number: int, seed: int
) -> Iterator[Pair]:
    """Compare the callees of a sample of calls that we resolved."""
    table = kg.to_pandas()
    relations = ("calls", "instantiates")
    known = table["relation"].isin(relations) & ~table["resolution"].isin(
        UNSURE
    )
    rows = table.index[known].tolist()
    chosen = sorted(random.Random(seed).sample(rows, min(number, len(rows))))
    by_path = {facts.path: facts for facts in modules}
    with Jedi.session(modules) as jedi:
        for row in chosen:
            start = int(kg.triples.start[row])
            facts = by_path[table["file"][row]]
            answers = jedi.answers(facts, [start])
            place = f"{table['file'][row]}:{table['line'][row]}"
            yield place, table["tail"][row], answers.get(start, "unknown")


def report(subject: str, other: str, pairs: list[Pair], show: int) -> None:
    """Print one comparison, and some of its disagreements."""
    counts = Counter(
        "agree"
        if ours == theirs
        else f"only we answer ({other}: unknown)"
        if theirs == "unknown"
        else f"only {other} answers"
        if ours in ("", "unknown")
        else "differ"
        for _, ours, theirs in pairs
    )
    total = max(len(pairs), 1)
    print(f"\n{subject}, compared with {other}: {len(pairs)} asked")
    for answer, count in counts.most_common():
        print(f"  {answer:32} {count:6} {count / total:7.1%}")
    different = [pair for pair in pairs if pair[1] != pair[2]]
    for what, ours, theirs in different[:show]:
        print(f"    {what}: ours {ours or 'none'}; {other} {theirs or 'none'}")


if __name__ == "__main__":
    main()
