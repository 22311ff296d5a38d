"""Schemas by name."""

from __future__ import annotations

from gmert_pyg.schema.code import DEFAULT_SCHEMA, EXTENDED_SCHEMA
from gmert_pyg.schema.relations import Schema

_SCHEMAS = {schema.name: schema for schema in (DEFAULT_SCHEMA, EXTENDED_SCHEMA)}


def register_schema(schema: Schema) -> Schema:
    """Make a schema known by its name; return it.

    Registering the same schema again changes nothing.

    Args:
        schema: the schema.

    Raises:
        ValueError: if another schema has that name.

    Example:
        >>> from gmert_pyg.schema import Relation, get_schema
        >>> tests = Relation.of("tested_by", ["function"], ["function"])
        >>> _ = register_schema(Schema("tests", 1, (tests,)))
        >>> get_schema("tests").relation_names
        ('tested_by',)
    """
    known = _SCHEMAS.setdefault(schema.name, schema)
    if known != schema:
        raise ValueError(
            "'schema' must have a name of its own: another schema, version"
            f" {known.version}, is registered (got '{schema.name}')"
        )
    return schema


def get_schema(name: str) -> Schema:
    """Return the schema of a name: `"code"`, `"extended"` or a registered one.

    Raises:
        ValueError: if there is none.
    """
    if name not in _SCHEMAS:
        raise ValueError(
            f"'name' must be one of {list(schema_names())} (got '{name}')"
        )
    return _SCHEMAS[name]


def schema_names() -> tuple[str, ...]:
    """Return the names of all schemas, in the order of their registration."""
    return tuple(_SCHEMAS)
