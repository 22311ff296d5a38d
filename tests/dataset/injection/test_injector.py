"""The choice of triples from text to grafts, and its switches."""

import json

import numpy as np
import pytest

from gmert_pyg import ChainGraph, CodeChainGraphs
from gmert_pyg.data.building import GraphOptions

FILES = {
    "use": (
        "from shapes import Square\n"
        "def one(side):\n"
        "    return Square(side)\n"
        "def two(side):\n"
        "    return Square(side), Square(side)\n"
    ),
    "shapes": (
        "class Base:\n"
        "    pass\n"
        "class Square(Base):\n"
        "    corners = 4\n"
        "    def area(self): pass\n"
    ),
}
CUTS = ("def one", "def two")


def grafted(project, module=0, cuts=CUTS):
    """Return (window, first root, triple, local) of all grafts."""
    grafts = project.grafts(module, cuts)
    return list(
        zip(
            grafts.window.tolist(),
            grafts.first_root.tolist(),
            project.wording(grafts.kg_triple),
            grafts.local.tolist(),
            strict=True,
        )
    )


def test_other_files_are_known_in_every_chunk(snippets):
    found = grafted(snippets(FILES))
    for window in (1, 2):
        triples = [triple for w, _, triple, _ in found if w == window]
        assert ("Square", "inherits", "Base") in triples
        assert ("Square", "has_field", "corners") in triples
        assert len(set(triples)) == len(triples)


def test_a_triple_may_be_kept_once_in_a_file(snippets):
    once = snippets(FILES, unique="file").grafts(0, CUTS).kg_triple.tolist()
    assert len(set(once)) == len(once)
    often = snippets(FILES).grafts(0, CUTS).kg_triple.tolist()
    assert set(once) <= set(often)
    assert len(once) < len(often)


def test_a_head_carries_at_most_so_many(snippets):
    for limit in (1, 2, 9):
        found = grafted(snippets(FILES, max_triples_per_head=limit))
        _, counts = np.unique(
            [root for _, root, *_ in found], return_counts=True
        )
        assert counts.max() <= limit
    assert counts.max() > 2


def test_alpha_takes_the_weakest_away(snippets):
    sizes = [len(grafted(snippets(FILES, alpha=a))) for a in (0, 0.3, 0.5, 1)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[2]
    assert sizes[3] == 0


def test_local_and_non_local_triples_are_told_apart(snippets):
    # Room for all: the parts make the whole.
    room = {"max_triples_per_head": 99, "alpha": 0}
    found = grafted(snippets(FILES, **room))
    local = grafted(snippets(FILES, local_only=True, **room))
    other = grafted(snippets(FILES, non_local_only=True, **room))
    assert all(is_local for *_, is_local in local)
    assert not any(is_local for *_, is_local in other)
    key = [entry[0::2] for entry in found]
    assert sorted(key) == sorted(entry[0::2] for entry in local + other)
    assert len(local) > 3
    assert len(other) > 3
    words = {"one": {"side", "Square"}, "two": {"side", "Square"}}
    for window, _, (_, _, tail), is_local in found:
        if window and tail in words[("", "one", "two")[window]]:
            assert is_local


def test_what_the_window_reads_elsewhere_does_not_change_it(snippets):
    # Triples of a chunk depend on the project, not on how the rest is cut.
    project = snippets(FILES)
    whole = [e[2:] for e in grafted(project) if e[0] == 2]
    only = [e[2:] for e in grafted(project, cuts=["def two"]) if e[0] == 1]
    assert whole == only


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"alpha": -0.1}, "'alpha'"),
        ({"alpha": 1.1}, "'alpha'"),
        ({"alpha": float("nan")}, "'alpha'"),
        ({"max_triples_per_head": 0}, "'max_triples_per_head'"),
        ({"scorer": "best"}, "'scorer' .*got 'best'"),
        ({"scorer": 3}, "'scorer' .*got 3"),
        ({"unique": "project"}, "'unique' .*got 'project'"),
        ({"local_only": True, "non_local_only": True}, "'local_only'"),
    ],
)
def test_bad_options_are_refused(option, message):
    with pytest.raises(ValueError, match=message):
        GraphOptions(**option)
    with pytest.raises(ValueError, match=message):
        ChainGraph.from_source("x = 1\n", **option)


@pytest.mark.parametrize("option", ["max_roots", "unit", "repeat_signature"])
def test_a_snippet_is_not_cut(option):
    with pytest.raises(ValueError, match=f"'{option}' must not be given"):
        ChainGraph.from_source("x = 1", **{option: 8})


def test_options_are_data():
    options = GraphOptions(scorer="structural").to_dict()
    assert json.loads(json.dumps(options)) == options
    assert options["scorer"] == "structural"
    assert options["max_roots"] == 128


def test_switches_reach_the_dataset(project, tmp_path):
    built = {
        name: CodeChainGraphs(
            str(tmp_path), source=project, num_workers=workers, **{name: True}
        )
        for name, workers in (("local_only", 0), ("non_local_only", 2))
    }
    local, other = built.values()
    assert local.processed_paths != other.processed_paths
    assert local.statistics["local_share"] == 1.0
    assert other.statistics["local_share"] == 0.0
    scored = CodeChainGraphs(
        str(tmp_path),
        source=project,
        num_workers=0,
        scorer=lambda candidates: candidates.local.astype(float),
        alpha=0.5,
    )
    assert scored.statistics["local_share"] == 1.0
    assert scored.identity["options"]["scorer"].endswith("<lambda>")
