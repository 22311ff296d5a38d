"""From the text of a file in any language to the facts it states."""

from __future__ import annotations

from gmert_pyg.parsing.facts import ModuleFacts
from gmert_pyg.parsing.source_file import SourceError
from gmert_pyg.parsing.treesitter.declarations import Declarations
from gmert_pyg.parsing.treesitter.descriptions import DESCRIPTIONS
from gmert_pyg.parsing.treesitter.extraction import Extraction
from gmert_pyg.parsing.treesitter.flat_tree import flatten
from gmert_pyg.parsing.treesitter.grammars import load_grammar
from gmert_pyg.parsing.treesitter.references import References
from gmert_pyg.parsing.treesitter.statements import statement_table
from gmert_pyg.schema import EntityKind


def parse_with_grammar(
    text: str,
    path: str,
    module: str,
    is_package: bool = False,
    *,
    language: str,
) -> ModuleFacts:
    """Analyse one file with the tree-sitter grammar of its language.

    Such grammars read past errors of syntax; what lies around them is used,
    and `recovered` says that there were some. Facts are what the syntax alone
    states: scopes, declared types, constructor calls.

    Args:
        text: its text.
        path: its path, for messages and provenance.
        module: its module name.
        is_package: whether it stands for the folder that it is in.
        language: a key of `DESCRIPTIONS`.

    Returns:
        its entities, definitions, mentions and facts.

    Raises:
        SourceError: if the text holds null bytes or lone surrogates, or if
            nothing of it can be read as that language.
        MissingGrammarError: if the grammar is not installed.
    """
    description = DESCRIPTIONS[language]
    grammar = load_grammar(*description.grammar)
    if "\0" in text:
        raise SourceError("source holds null bytes", path)
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise SourceError(f"does not encode: {error.reason}", path) from error
    parsed = grammar.parser.parse(encoded)
    tree = flatten(parsed, text, encoded)
    if tree.type[0] == "ERROR" and len(tree) == 1 and text.strip():
        raise SourceError(f"is no {description.language}", path)
    file = Extraction(tree, description, module, grammar.keywords, is_package)
    Declarations(file).run()
    recorder = file.recorder
    name = file.module.rpartition(".")[2]
    recorder.entity(file.module, name, EntityKind.MODULE, None)
    References(file).run()
    mentions, facts = recorder.tables()
    entities = list(recorder.entities.values())
    entities.sort(key=lambda entity: entity.kind is not EntityKind.MODULE)
    return ModuleFacts(
        path=path,
        module=file.module,
        entities=entities,
        definitions=sorted(recorder.definitions, key=lambda d: d.start),
        mentions=mentions,
        facts=facts,
        aliases=recorder.aliases,
        assigned=recorder.assigned,
        stars=list(dict.fromkeys(file.stars)),
        is_package=is_package,
        num_chars=len(text),
        dropped_spans=recorder.dropped_spans,
        statements=statement_table(tree, description.bodies),
        language=description.language,
        recovered=parsed.root_node.has_error,
    )
