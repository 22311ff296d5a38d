"""Structural distance, by hand."""

import numpy as np
import pytest

FILES = {
    "pkg": "def root(a): pass\n",
    "pkg.a": (
        "from pkg.b import near\n"
        "from pkg import root\n"
        "from other.x.y import far\n"
        "def first(p): pass\n"
        "def second(q): pass\n"
        "def third(r): near(); root(); far(); first(1); third(2)\n"
    ),
    "pkg.b": "def near(b): pass\n",
    "other.x.y": "def far(c): pass\n",
}


def distances(candidates, snippets):
    """Return the distances of triples, by window and by wording."""
    wording = snippets.wording(candidates.triple)
    return {
        (window, *triple): distance
        for window, triple, distance in zip(
            candidates.window.tolist(),
            wording,
            candidates.structural_distance.tolist(),
            strict=True,
        )
    }


def test_steps_through_packages_and_definitions(snippets):
    project = snippets(FILES)
    found = distances(
        project.candidates(1, ["def first", "def second", "def third"]), project
    )
    third = {
        "near": 1,  # the file beside
        "root": 1,  # the package's own file
        "far": 4,  # out of pkg, and down two packages to a file
    }
    parameter = {"near": "b", "root": "a", "far": "c"}
    for name, distance in third.items():
        key = (3, name, "has_parameter", parameter[name])
        assert found[key] == distance
    # Between window 3 and the statement about `first`, `second` and `third`
    # start: n = 2.
    assert found[3, "first", "has_parameter", "p"] == 2 / 3
    assert found[3, "third", "has_parameter", "r"] == 0
    assert found[1, "first", "has_parameter", "p"] == 0
    # The imports stand before all definitions; what `third` calls, inside.
    assert found[0, "near", "imported_from", "pkg.b"] == 0
    assert found[3, "near", "imported_from", "pkg.b"] == 3 / 4


def test_the_nearest_statement_counts(snippets):
    code = (
        "limit = 1\n"
        "def f(): limit.bit_length()\n"
        "def g(): pass\n"
        "def h(): pass\n"
        "def i(): limit.bit_length()\n"
    )
    project = snippets({"m": code})
    cuts = ["def f", "def g", "def h", "def i"]
    found = distances(project.candidates(0, cuts), project)
    triple = ("m", "calls", "g")
    assert triple not in {key[1:] for key in found}
    candidates = project.candidates(0, cuts)
    for window, _, _, tail in {key for key in found if key[1] == "limit"}:
        assert found[window, "limit", "has_type", tail] == pytest.approx(
            window / (1 + window)
        )
    assert np.all(candidates.structural_distance >= 0)


def brute_force(project, candidates, module):
    """Distances in a file, one candidate at a time."""
    kg, windows = project.kg, candidates.windows
    starts = [d.start for d in kg.definitions(module)]
    evidence = kg.evidence
    found = []
    for window, triple in zip(
        candidates.window, candidates.triple, strict=True
    ):
        roots = slice(*windows.pointers[window : window + 2])
        low = windows.roots.start[roots][0]
        high = windows.roots.end[roots][-1] - 1
        counts = []
        for place in range(*evidence.pointers[triple : triple + 2]):
            at = evidence.start[place]
            if evidence.module[place] == module:
                between = [
                    s
                    for s in starts
                    if (at < s <= low if at < low else high < s <= at)
                ]
                counts.append(len(between))
        found.append(min(counts) / (1 + min(counts)) if counts else None)
    return found


def test_the_fast_form_is_the_literal_one(snippets):
    code = "limit = 1\n" + "".join(
        f"def f{i}(x=limit):\n    y = limit\n    g = f{(i * 7) % 12}(limit)\n"
        "    def inner(): return g(limit)\n    return inner\n"
        for i in range(12)
    )
    project = snippets({"m": code})
    cuts = [f"def f{i}(" for i in range(0, 12, 2)]
    candidates = project.candidates(0, cuts)
    expected = brute_force(project, candidates, 0)
    assert len(candidates) > 100
    assert candidates.structural_distance.tolist() == pytest.approx(expected)
