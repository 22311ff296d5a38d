"""Names of Python packages, as in `pypi:flask==3.1.3,click`."""

from __future__ import annotations

from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

PREFIX = "pypi:"


class Package(NamedTuple):
    """A distribution on a package index.

    Args:
        name: its name, in the canonical spelling (PEP 503).
        version: its version, in the canonical spelling (PEP 440), or `None`
            for any.
    """

    name: str
    version: str | None

    def __str__(self) -> str:
        return f"{self.name}=={self.version}" if self.version else self.name


def parse_packages(source: str) -> tuple[Package, ...]:
    """Read the packages that `pypi:NAME[==VERSION][,...]` names.

    A name is PEP 508's, and at most one exact version follows it. Extras,
    markers and addresses say nothing about which files a corpus holds, and
    whatever is no name could be an option to pip: both are refused.

    Args:
        source: the text, with its prefix.

    Raises:
        ValueError: if it is not of that form, or names a package twice.
    """
    packages = [
        _parse(item.strip(), source)
        for item in source.removeprefix(PREFIX).split(",")
    ]
    names = [package.name for package in packages]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"'source' must name '{name}' once (got '{source}')"
            )
    return tuple(packages)


def _parse(item: str, source: str) -> Package:
    wrong = ValueError(
        "'source' must be 'pypi:NAME[==VERSION][,...]' (got"
        f" '{item}' in '{source}')"
    )
    try:
        requirement = Requirement(item)
        exact = list(requirement.specifier)
        versions = [str(Version(clause.version)) for clause in exact]
    except (InvalidRequirement, InvalidVersion) as error:
        raise wrong from error
    if (
        requirement.url
        or requirement.extras
        or requirement.marker
        or len(exact) > 1
        or any(clause.operator != "==" for clause in exact)
    ):
        raise wrong
    name = canonicalize_name(requirement.name)
    return Package(name, versions[0] if versions else None)
