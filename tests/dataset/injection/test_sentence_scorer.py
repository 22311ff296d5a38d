"""The sentence-embedding scorer, with encoders to compute by hand."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from gmert_pyg import ChainGraph
from gmert_pyg.data.injection import SentenceEmbeddingScorer
from gmert_pyg.data.windows import Windows

EXAMPLE = Path(__file__).parents[3] / "experiments" / "sentence_scorer.py"
FILES = {
    "use": (
        "from shapes import Square\n"
        "def one(side):\n    return Square(side)\n"
        "def two():\n    return Square\n"
    ),
    "shapes": (
        "class Base: pass\nclass Square(Base):\n    def area(self): pass\n"
    ),
}
CUTS = ("def one", "def two")


def test_the_score_is_the_cosine_of_triple_and_window(snippets):
    seen = []

    def encode(texts):
        """Point triples that inherit east, others north, windows between."""
        seen.append(texts)
        return [
            [2, 0] if " inherits " in text else
            [3, 4] if text.startswith(("from ", "def ")) else
            [0, 5]
            for text in texts
        ]  # fmt: skip

    candidates = snippets(FILES).candidates(0, CUTS)
    scores = SentenceEmbeddingScorer(encode, name="compass")(candidates)
    wording = snippets(FILES).wording(candidates.triple)
    assert len(scores) == len(wording) > 5
    for (_, relation, _), score in zip(wording, scores, strict=True):
        expected = 0.6 if relation == "inherits" else 0.8
        assert score == pytest.approx(expected)
    triples, windows = seen
    assert "Square inherits Base" in triples
    assert "one has parameter side" in triples
    assert len(set(triples)) == len(triples)
    assert [text.strip() for text in windows] == [
        "from shapes import Square",
        "def one(side):\n    return Square(side)",
        "def two():\n    return Square",
    ]


def test_opposite_and_empty_texts_score_nothing(snippets):
    candidates = snippets(FILES).candidates(0, CUTS)
    for vector in (-1.0, 0.0):
        scorer = SentenceEmbeddingScorer(
            lambda texts, v=vector: [
                [1.0] if "\n" in text else [v] for text in texts
            ],
            name="sign",
        )
        scores = scorer(candidates)
        assert scores.min() >= 0
        in_one = candidates.window == 1
        assert not scores[in_one].any()


def test_no_candidates_need_no_encoder(snippets):
    project = snippets({"m": "pass\n"})
    scorer = SentenceEmbeddingScorer(lambda texts: 1 / 0, name="none")
    assert scorer(project.candidates()).shape == (0,)


@pytest.mark.parametrize("shape", [(1,), (3,), (99, 2), ()])
def test_bad_vectors_are_refused(snippets, shape):
    scorer = SentenceEmbeddingScorer(lambda texts: np.ones(shape), name="bad")
    with pytest.raises(ValueError, match=r"'encode' must return \d+ vectors"):
        scorer(snippets(FILES).candidates())


def test_the_example_of_the_experiments_runs(snippets):
    hashed_words = runpy.run_path(str(EXAMPLE))["hashed_words"]
    scorer = SentenceEmbeddingScorer(hashed_words, name="hashed-words")
    candidates = snippets(FILES).candidates(0, CUTS)
    scores = scorer(candidates)
    assert scores.min() >= 0
    assert 0 < scores.max() <= 1
    graph = ChainGraph.from_source(
        FILES["use"], scorer=scorer, alpha=0.01, max_triples_per_head=1
    )
    assert graph.num_triples > 0


def test_the_text_of_a_window_that_repeats_a_part_of_the_file(snippets):
    project = snippets(FILES)
    roots = project.windows().text
    starts = [FILES["use"].index(t) for t in ("from", "def one", "def two")]
    at = np.searchsorted(roots.start, starts)
    # The import, then the last function, in one window.
    windows = Windows.take(
        roots,
        np.array([at[0], at[2]]),
        np.array([at[1] - at[0], len(roots) - at[2]]),
        np.array([0, 0]),
    )
    candidates, _ = project.injector.candidates(windows, 0, FILES["use"])
    (text,) = candidates.window_texts()
    assert text.split("\n")[0] == "from shapes import Square"
    assert text.rstrip().endswith("def two():\n    return Square")
    assert "side" not in text
