import re
import sys

from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.data.injection.words import word_spans, words_of


@given(st.text(max_size=40) | st.text("ab_1 .é·\u0301(", max_size=20))
def test_words_are_the_longest_runs_of_word_characters(text):
    start, end = (bounds.tolist() for bounds in word_spans(text))
    assert all(first < last for first, last in zip(start, end, strict=True))
    inside = {i for a, b in zip(start, end, strict=True) for i in range(a, b)}
    for i, character in enumerate(text):
        alike = character.isalnum() or f"a{character}".isidentifier()
        assert (i in inside) == alike
    # Runs are not adjacent.
    assert not set(start) & set(end)


def test_every_identifier_is_one_word():
    for point in range(0x80, sys.maxunicode, 7):
        name = f"a{chr(point)}b"
        if name.isidentifier():
            assert words_of(f"({name}+") == [name]


def test_words_of_ascii_text_are_those_of_regular_expressions():
    text = "def f(x_1):\n    return 'a-b' + x.y2  # ok?\n"
    assert words_of(text) == re.findall(r"\w+", text)
