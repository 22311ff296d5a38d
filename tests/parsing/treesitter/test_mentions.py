from pathlib import Path

import pytest

from gmert_pyg.parsing import language_of, read_source
from gmert_pyg.parsing.treesitter import (
    DESCRIPTIONS,
    load_grammar,
    parse_with_grammar,
)

for grammar in ("c", "go", "java", "javascript", "python", "typescript"):
    pytest.importorskip(f"tree_sitter_{grammar}")

DATA = Path(__file__).parents[2] / "data"
FILES = sorted(
    path
    for path in DATA.glob("**/*")
    if path.suffix
    in (".java", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".go", ".c", ".h", ".py")
)
TOKENS = {
    *("identifier", "type_identifier", "property_identifier"),
    *("field_identifier", "private_property_identifier"),
    *("package_identifier", "label_name", "statement_identifier"),
    *("shorthand_property_identifier",),
    *("shorthand_property_identifier_pattern",),
}


def grammar_of(path):
    return "tsx" if path.suffix == ".tsx" else language_of(path)


def identifiers(text, language):
    """Return the spans of all identifiers, by a walk of its own."""
    encoded = text.encode()
    description = DESCRIPTIONS[language]
    tree = load_grammar(*description.grammar).parser.parse(encoded)
    found, todo = set(), [tree.root_node]
    while todo:
        node = todo.pop()
        todo.extend(node.children)
        if node.type in TOKENS and node.start_byte < node.end_byte:
            start = len(encoded[: node.start_byte].decode())
            name = node.text.decode()
            if name not in description.inferred:
                found.add((start, start + len(name)))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_identifier_is_mentioned_once(path):
    text = read_source(path)
    language = grammar_of(path)
    facts = parse_with_grammar(text, str(path), "m", language=language)
    mentioned = [(m.start, m.end) for m in facts.mentions]
    assert len(set(mentioned)) == len(mentioned)
    if facts.recovered:  # where keywords may be read as names
        assert set(mentioned) <= identifiers(text, language)
    else:
        assert set(mentioned) == identifiers(text, language)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_entities_facts_and_definitions_are_where_they_say(path):
    text = read_source(path)
    facts = parse_with_grammar(text, str(path), "m", language=grammar_of(path))
    module, *others = facts.entities
    assert module.kind == "module"
    names = {entity.qualified_name for entity in others}
    assert len(names) == len(others)
    for entity in others:
        assert text[entity.start : entity.end] == entity.name
        assert text[: entity.start].count("\n") + 1 == entity.line
    for definition in facts.definitions:
        assert definition.qualified_name in names
        assert (
            definition.start
            <= definition.header_start
            <= definition.body_start
            <= definition.end
        )
        assert text[definition.start : definition.end].strip()
    for fact in facts.facts:
        if fact.relation in ("contains", "has_field", "declares"):
            assert text[fact.start : fact.end] == fact.tail.split(".")[-1]
