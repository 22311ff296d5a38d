"""Scores by hand, and what a scorer must return."""

import math

import numpy as np
import pytest

from gmert_pyg.data.building import GraphOptions
from gmert_pyg.data.injection import (
    LexicalScorer,
    RelevanceScorer,
    StructuralScorer,
    scorer_identity,
)

FILES = {
    "use": (
        "from shapes import make_square, Square\n"
        "def draw(side_length):\n"
        "    return make_square(side_length)\n"
    ),
    "shapes": (
        "class Base: pass\n"
        "class Square(Base): pass\n"
        "def make_square(side, colour) -> Square: pass\n"
    ),
}


def rated(project, scorer):
    """Return the scores of the triples of `use.draw`, by their wording."""
    candidates = project.candidates(0, ["def draw"])
    here = np.flatnonzero(candidates.window == 1)
    scores = scorer(candidates)
    wording = project.wording(candidates.triple)
    return {wording[i]: float(scores[i]) for i in here}, {
        wording[i]: i for i in here
    }


def test_lexical_overlap_by_hand(snippets):
    project = snippets(FILES)
    found, _ = rated(project, LexicalScorer())
    # `side` is a part of `side_length`, a word of the window.
    assert found["make_square", "has_parameter", "side"] == pytest.approx(1)
    assert found["make_square", "has_parameter", "colour"] == 0
    # `Square` is a part of `make_square`; of module names no part is there.
    assert found["make_square", "returns", "Square"] == pytest.approx(1)
    assert found["make_square", "imported_from", "shapes"] == 0


def test_rare_subtokens_weigh_more(snippets):
    files = {
        "m": (
            "def get_item(a): pass\ndef get_name(b): pass\n"
            "def get_user(c): pass\ndef get_group(d): pass\n"
        ),
        "use": "import m\ndef get(): m\ndef group(): m\n",
    }
    project = snippets(files)
    candidates = project.candidates(1, ["def get", "def group"])
    wording = project.wording(candidates.triple)
    scores = LexicalScorer()(candidates)
    found = {
        (window, triple[2]): score
        for window, triple, score in zip(
            candidates.window.tolist(), wording, scores.tolist(), strict=True
        )
        if triple[:2] == ("m", "contains")
    }
    common, rare = found[1, "get_group"], found[2, "get_group"]
    assert 0 < common < 0.5 < rare < 1
    assert common + rare == pytest.approx(1)


def test_structural_scores_by_hand(snippets):
    found, _ = rated(snippets(FILES), StructuralScorer())
    # One step to the file beside; one parameter of two is one bit more.
    assert found["make_square", "returns", "Square"] == 1 / 2
    assert found["make_square", "has_parameter", "side"] == 1 / 3
    assert found["draw", "has_parameter", "side_length"] == 1


def test_relevance_by_hand(snippets):
    project = snippets(FILES)
    found, where = rated(project, RelevanceScorer())
    candidates = project.candidates(0, ["def draw"])
    # What the window shows earns its nearness only.
    local = "draw", "has_parameter", "side_length"
    assert candidates.local[where[local]]
    assert found[local] == pytest.approx(1 / 3)
    # Of three parameters one is called `colour`: log(3 / 1) / log 3 = 1.
    key = "make_square", "has_parameter", "colour"
    assert not candidates.local[where[key]]
    assert found[key] == pytest.approx((1 / 3 + 0 + 1 / 2) / 3)
    key = "make_square", "has_parameter", "side"
    assert found[key] == pytest.approx((1 / 3 + 1 + 1 / 2) / 3)
    weighted = RelevanceScorer(proximity=0, overlap=3, information=1)
    assert rated(project, weighted)[0][key] == pytest.approx((3 + 1 / 2) / 4)


def test_surprisal_by_hand(snippets):
    code = "".join(
        f"def f{i}({name}): pass\n"
        for i, name in enumerate(["self", "self", "self", "key"])
    )
    project = snippets({"m": code})
    candidates = project.candidates()
    wording = project.wording(candidates.triple)
    tails = {
        triple[2]: float(bits)
        for triple, bits in zip(wording, candidates.surprisal, strict=True)
        if triple[1] == "has_parameter"
    }
    assert tails == {
        "self": pytest.approx(math.log(4 / 3) / math.log(4)),
        "key": pytest.approx(1.0),
    }


def test_of_two_alike_the_one_that_is_not_shown_comes_first(snippets):
    use = FILES["use"].replace("make_square(s", "make_square(side=s")
    project = snippets({**FILES, "use": use}, max_triples_per_head=1)
    found, where = rated(project, RelevanceScorer())
    shown = "make_square", "has_parameter", "side"
    other = "make_square", "has_parameter", "colour"
    local = project.candidates(0, ["def draw"]).local
    assert local[where[shown]]
    assert not local[where[other]]
    assert found[other] > found[shown]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda n: np.zeros(n + 1), r"shape \(\d+,\) \(got float64 of shape"),
        (lambda n: np.zeros((n, 1)), r"shape"),
        (lambda n: [0.5] * (n - 1), r"shape"),
        (lambda n: 0.5, r"shape \(\)"),
        (lambda n: ["high"] * n, r"numbers"),
        (lambda n: np.full(n, np.nan), r"in \[0, 1\] \(got nan\)"),
        (lambda n: np.full(n, 1.5), r"in \[0, 1\] \(got 1.5\)"),
        (lambda n: np.full(n, -0.1), r"in \[0, 1\] \(got -0.1\)"),
        (lambda n: np.full(n, np.inf), r"in \[0, 1\] \(got inf\)"),
    ],
)
def test_a_bad_scorer_is_named(snippets, returned, message):
    project = snippets(
        FILES, scorer=lambda candidates: returned(len(candidates))
    )
    with pytest.raises(ValueError, match=rf"'scorer' must return .*{message}"):
        project.grafts()


@pytest.mark.parametrize(
    "weights",
    [
        {"proximity": -1},
        {"proximity": 0, "overlap": 0, "information": 0},
        {"overlap": math.inf},
    ],
)
def test_bad_weights_are_refused(weights):
    with pytest.raises(ValueError, match="'proximity'"):
        RelevanceScorer(**weights)


def own_scorer(candidates):
    return np.ones(len(candidates))


class Opaque:
    def __call__(self, candidates):
        return np.ones(len(candidates))


def test_scorers_are_told_apart_in_every_process_alike():
    assert scorer_identity("lexical") == "lexical"
    assert scorer_identity(own_scorer).endswith("own_scorer")
    assert scorer_identity(Opaque()) == scorer_identity(Opaque())
    half = RelevanceScorer(overlap=0.5)
    identities = {
        GraphOptions(scorer=scorer).to_dict()["scorer"]
        for scorer in ("relevance", "structural", half, own_scorer, Opaque())
    }
    assert len(identities) == 5
    assert not any("0x" in identity for identity in identities)
