import asyncio
import dataclasses
import io
import json
import keyword
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmert_pyg.parsing import LineIndex, parse_module, read_source

SOURCES = Path(__file__).parents[1] / "data" / "sources"
FILES = sorted(
    [
        *Path(json.__file__).parent.glob("*.py"),
        *Path(asyncio.__file__).parent.glob("*.py"),
        *SOURCES.glob("**/*.py"),
        Path(dataclasses.__file__),
    ]
)


def identifiers(text):
    """Return the spans of the names that must and that may be mentioned.

    A soft keyword may be a name, and so may the `r` of `{x!r}`, which is a
    token of its own from Python 3.12 on.
    """
    index = LineIndex(text)
    must, may = set(), set()
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
            start = index.starts[token.start[0] - 1] + token.start[1]
            span = (start, start + len(token.string))
            may.add(span)
            if not keyword.issoftkeyword(token.string) and before != "!":
                must.add(span)
        before = token.string
    return must, may


def check(text, module="m"):
    facts = parse_module(text, "m.py", module)
    mentioned = {(m.start, m.end) for m in facts.mentions}
    must, _ = identifiers(text)
    assert must <= mentioned
    assert len(mentioned) == len(facts.mentions)
    for start, end in mentioned:
        assert text[start:end].isidentifier()
        assert not keyword.iskeyword(text[start:end])
    assert facts.dropped_spans == 0
    return facts


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_identifier_is_mentioned(path):
    check(read_source(path))


NAMES = st.sampled_from(["a", "b", "self", "été", "match", "x1", "len", "日本"])
EXPRESSIONS = st.recursive(
    NAMES | st.sampled_from(["1", "'a'", "None"]),
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("{}.{}".format, NAMES, NAMES),
        st.builds("{}({}, {}={})".format, NAMES, inner, NAMES, inner),
        st.builds("[{} for {} in {}]".format, inner, NAMES, inner),
        st.builds("(lambda {}: {})".format, NAMES, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("{}[{}]".format, NAMES, inner),
    ),
    max_leaves=8,
)
STATEMENTS = st.recursive(
    st.one_of(
        st.builds("{} = {}\n".format, NAMES, EXPRESSIONS),
        st.builds("{}.{} = {}\n".format, NAMES, NAMES, EXPRESSIONS),
        st.builds("{}: {} = {}\n".format, NAMES, NAMES, EXPRESSIONS),
        st.builds("import {}.{} as {}\n".format, NAMES, NAMES, NAMES),
        st.builds("from ..{} import {}\n".format, NAMES, NAMES),
        st.builds("del {}\n".format, NAMES),
    ),
    lambda inner: st.one_of(
        st.builds(
            lambda head, body: (
                head + "".join(f" {x}\n" for x in body.split("\n"))
            ),
            st.one_of(
                st.builds("def {}({}: {}):\n".format, NAMES, NAMES, NAMES),
                st.builds("class {}({}):\n".format, NAMES, NAMES),
                st.builds("for {} in {}:\n".format, NAMES, EXPRESSIONS),
                st.builds("with {} as ({}):\n".format, EXPRESSIONS, NAMES),
            ),
            inner,
        ),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(STATEMENTS)
def test_every_identifier_of_generated_code_is_mentioned(text):
    check(text)
