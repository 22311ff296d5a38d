import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmert_pyg.parsing import (
    SourceError,
    language_of,
    parse_source,
    read_source,
)

for grammar in ("c", "go", "java", "javascript", "python", "typescript"):
    pytest.importorskip(f"tree_sitter_{grammar}")

DATA = Path(__file__).parents[2] / "data" / "languages"
FILES = sorted(path for path in DATA.glob("**/*.*") if path.suffix != ".mod")
PIECES = [
    *("{", "}", "(", ")", "[", "]", ";", ":", ",", "=", "<", ">", '"', "'"),
    *("\n", "\t", "é", "日本", "\u2028", "\x0c", "#", "/*", "*/", "`", "${"),
    *("class", "function", "import", "struct", "func", "def", "this", "=>"),
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FILES), st.integers(0, 2**32), st.integers(1, 30))
def test_mutated_text_is_read_or_refused(path, seed, num_changes):
    random_ = random.Random(seed)
    text = read_source(path)
    for _ in range(num_changes):
        start = random_.randrange(len(text) + 1)
        stop = start + random_.choice([0, 0, 1, 2, 40])
        text = text[:start] + random_.choice(["", *PIECES]) + text[stop:]
    try:
        facts = parse_source(text, str(path), "m", language=language_of(path))
    except SourceError:
        return
    for mention in facts.mentions:
        assert text[mention.start : mention.end].isprintable()
        assert mention.start < mention.end <= len(text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_mutated_bytes_are_read_or_refused(tmp_path_factory, path, data):
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    mutated = tmp_path_factory.getbasetemp() / path.name
    mutated.write_bytes(content)
    with suppress(SourceError):
        text = read_source(mutated)
        parse_source(text, str(path), "m", language=language_of(path))
