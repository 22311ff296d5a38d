import pytest

from gmert_pyg.schema import (
    DEFAULT_SCHEMA,
    EXTENDED_SCHEMA,
    EntityKind,
    Relation,
    Schema,
    get_schema,
    register_schema,
    registry,
    schema_names,
)


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


def test_the_extended_schema_keeps_the_first_ids():
    names = EXTENDED_SCHEMA.relation_names
    assert EXTENDED_SCHEMA.version == 1
    assert EXTENDED_SCHEMA.relations[:12] == DEFAULT_SCHEMA.relations
    assert names[12:] == (
        *("decorated_by", "raises", "overrides", "documented_by", "awaits"),
    )
    assert EXTENDED_SCHEMA.occurrences == DEFAULT_SCHEMA.occurrences
    assert EXTENDED_SCHEMA.num_edge_types == 17 + 1 + 5


def test_a_schema_comes_back_from_a_json_file(tmp_path):
    path = tmp_path / "schema.json"
    EXTENDED_SCHEMA.to_json(path)
    assert Schema.from_json(path) == EXTENDED_SCHEMA


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"name": "a"}',
        '{"name": "a", "version": 1, "relations": []}',
        '{"name": "a", "version": 1, "relations": [{"name": "r"}]}',
        '{"name": "a", "version": 1, "relations":'
        ' [{"name": "r", "domain": ["klass"], "range": []}]}',
    ],
)
def test_a_file_that_holds_no_schema_is_named(text, tmp_path):
    path = tmp_path / "schema.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"'path' must be .*schema\.json"):
        Schema.from_json(path)


def test_schemas_are_found_by_name(monkeypatch):
    monkeypatch.setattr(registry, "_SCHEMAS", dict(registry._SCHEMAS))
    likes = Relation.of("likes", ["class"], ["class"])
    own = Schema("own", 1, (likes,))
    assert register_schema(own) is own
    assert register_schema(Schema("own", 1, (likes,))) == own
    assert get_schema("own") is own
    assert {"code", "extended", "own"} <= set(schema_names())
    assert get_schema("code") is DEFAULT_SCHEMA
    assert get_schema("extended") is EXTENDED_SCHEMA
    for other in (Schema("own", 2, (likes,)), Schema("code", 1, (likes,))):
        with pytest.raises(ValueError, match=r"'schema' must have a name"):
            register_schema(other)
    with pytest.raises(ValueError, match=r"'name' must be one of"):
        get_schema("none")


def test_relations_hold_kinds_only():
    with pytest.raises(ValueError, match=r"'domain'.*\(got \['klass'\]\)"):
        Relation.of("likes", ["klass"], ["class"])
