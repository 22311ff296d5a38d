"""Where pages come from: templates that escape whatever they are given."""

from __future__ import annotations

import base64
import hashlib

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gmert_pyg.report.plain_text import visible


def page_environment() -> Environment:
    """Return what renders the templates of pages."""
    environment = Environment(
        loader=PackageLoader("gmert_pyg.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    return environment


def asset(environment: Environment, name: str) -> Markup:
    """Return a file that a page holds as it is."""
    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])


def script_hash(script: str) -> str:
    """Return what a content security policy calls a script by."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
