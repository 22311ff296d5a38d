"""Relation schemas: which typed facts about code a graph may state.

A schema is data. Ids are positions in its tuples, frozen by `version`: a model
or a dataset stores the schema it was made with, and refuses another one.

Edge types of a `ChainGraph` built with a schema of R relations:

====================  =======================================================
``0 .. R-1``          knowledge-graph relations, from a head root to a leaf
``R``                 the MASK relation of masked node modelling
``R+1 .. R+O``        occurrence relations, from root to root
====================  =======================================================
"""

from gmert_pyg.schema.code import DEFAULT_SCHEMA, EXTENDED_SCHEMA
from gmert_pyg.schema.registry import (
    get_schema,
    register_schema,
    schema_names,
)
from gmert_pyg.schema.relations import EntityKind, Relation, Schema

__all__ = [
    "DEFAULT_SCHEMA",
    "EXTENDED_SCHEMA",
    "EntityKind",
    "Relation",
    "Schema",
    "get_schema",
    "register_schema",
    "schema_names",
]
