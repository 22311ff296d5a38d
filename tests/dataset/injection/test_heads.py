"""Every identifier of a window is a head, and its roots spell it."""

import argparse
import json.decoder
import keyword
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.chunking.chunks import Chunks
from gmert_pyg.data.chunking.options import ChunkOptions
from gmert_pyg.data.chunking.units import Units
from gmert_pyg.data.injection.candidates import Heads
from gmert_pyg.data.root_tokens import root_tokens
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import SourceError, parse_module, read_source

TOKENIZER = GraphMertTokenizer.default()
SOURCES = Path(__file__).parents[2] / "data" / "sources"
FILES = [
    json.decoder.__file__,
    argparse.__file__,
    *sorted(str(path) for path in SOURCES.glob("**/*.py")),
]


def check(text, **options):
    kg = CodeKG.from_modules([parse_module(text, "m.py", "m")])
    roots = root_tokens(text, TOKENIZER)
    definitions = kg.definitions(0)
    windows = Chunks.cut(
        roots,
        Units.of_file("file", roots, definitions, "m"),
        kg.statements(0),
        definitions,
        ChunkOptions(unit="file", **options),
    ).windows
    heads = Heads.of_file(windows, kg, 0)
    start, end, entity = (column.astype(np.int64) for column in kg.mentions(0))
    mention = windows.locate(start, end).span
    # Every mention is a head, in each window that holds it.
    assert np.unique(mention).tolist() == list(range(len(start)))
    assert heads.entity.tolist() == entity[mention].tolist()
    ids = windows.roots.ids.tolist()
    for number, first_root, num_roots, window in zip(
        mention.tolist(),
        heads.first.tolist(),
        heads.length.tolist(),
        heads.window.tolist(),
        strict=True,
    ):
        name = text[start[number] : end[number]]
        spelled = TOKENIZER.decode(ids[first_root : first_root + num_roots])
        assert spelled == name
        assert windows.pointers[window] <= first_root
        assert first_root + num_roots <= windows.pointers[window + 1]
    return mention


@pytest.mark.parametrize("path", FILES, ids=lambda path: Path(path).name)
def test_all_identifiers_of_files_are_heads(path):
    text = read_source(path)
    if text:
        once = check(text)
        assert len(np.unique(once)) == len(once)
        often = check(text, max_roots=64, repeat_signature=True)
        assert len(often) >= len(once)


IDENTIFIERS = st.one_of(
    st.sampled_from(["_", "__init__", "_x1", "größe", "日本", "x" * 30]),
    st.from_regex(r"[^\W\d]\w{0,8}", fullmatch=True),
    st.text(
        st.characters(categories=["Lu", "Ll", "Lo", "Nl", "Mn", "Mc", "Nd"]),
        min_size=1,
        max_size=4,
    ),
).filter(lambda name: name.isidentifier() and not keyword.iskeyword(name))
FORMS = st.sampled_from(
    [
        "{0}.{1}({2}={0}, *{1}, **{2})\n",
        "{0}: {1}[{2}] = -{1}@{2}\n",
        "{0}=f'{{{1}!r:>{{{2}}}}}'\n",
        "def {0}({1}:{2}=0,*,_{1}=1)->{2}:return({1})\n",
        "class {0}({1}):{2}:int;{1}=[{2}for {2}in{{{0}}}]\n",
        "import {0}.{1} as {2}\n",
        "@{0}.{1}\nasync def {2}(self):\n\tawait self.{1}._{2}\n",
        "{0}=lambda*{1}:{1}[{2}:~{2}]\n",
        "# {0}._{1}(\n'''{1}'''\n",
    ]
)
PROGRAMS = st.lists(
    st.builds(
        lambda form, names: form.format(*names),
        FORMS,
        st.tuples(IDENTIFIERS, IDENTIFIERS, IDENTIFIERS),
    ),
    min_size=1,
    max_size=5,
).map("".join)


@given(PROGRAMS, st.sampled_from([128, 200]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_all_identifiers_of_generated_programs_are_heads(
    text, max_roots, repeat_signature
):
    try:
        parse_module(text, "m.py", "m")
    except SourceError:
        assume(False)
    check(text, max_roots=max_roots, repeat_signature=repeat_signature)
