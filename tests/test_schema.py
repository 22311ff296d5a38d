import pytest

from gmert_pyg.schema import DEFAULT_SCHEMA, EntityKind, Relation, Schema


def test_ids_are_frozen():
    # Models and datasets on people's disks mean these numbers: a change here
    # needs another version.
    assert DEFAULT_SCHEMA.version == 1
    assert DEFAULT_SCHEMA.relation_names == (
        "calls",
        "declares",
        "instantiates",
        "contains",
        "has_type",
        "has_field",
        "inherits",
        "has_parameter",
        "returns",
        "imported_from",
        "imports",
        "flows_to",
    )
    assert DEFAULT_SCHEMA.mask_relation == 12
    assert DEFAULT_SCHEMA.relation_id("flows_to") == 11
    assert DEFAULT_SCHEMA.relation_id("last_use") == 13
    assert DEFAULT_SCHEMA.num_edge_types == 18


def test_a_schema_comes_back_from_json():
    assert Schema.from_dict(DEFAULT_SCHEMA.to_dict()) == DEFAULT_SCHEMA


def test_domain_and_range():
    inherits = DEFAULT_SCHEMA.relation_id("inherits")
    kind = EntityKind
    assert DEFAULT_SCHEMA.admits(inherits, kind.CLASS, kind.CLASS)
    assert not DEFAULT_SCHEMA.admits(inherits, kind.FUNCTION, kind.CLASS)
    assert not DEFAULT_SCHEMA.admits(inherits, kind.CLASS, kind.VARIABLE)


def test_names_must_differ_and_be_known():
    twice = Relation("calls", frozenset(), frozenset())
    with pytest.raises(ValueError, match="'relations' must be named apart"):
        Schema("bad", 1, (twice,), ("calls",))
    with pytest.raises(ValueError, match=r"\(got 'likes'\)"):
        DEFAULT_SCHEMA.relation_id("likes")
