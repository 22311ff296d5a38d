from pathlib import Path

import numpy as np
import pytest

from gmert_pyg.data.near_duplicates import Sketches
from gmert_pyg.data.sources import Project, Source
from gmert_pyg.data.splits import choose_groups, split_by_group, split_corpus


def sketch(sequences) -> Sketches:
    pointers = np.cumsum([0, *(len(s) for s in sequences)])
    return Sketches.of(np.concatenate(sequences).astype(np.int64), pointers)


def different(number):
    return np.random.default_rng(0).integers(0, 500, (number, 60))


def corpus(**projects):
    """Make a source, with files `m0.py`, `m1.py`, ... in given folders."""
    return Source(
        "corpus",
        "a corpus",
        tuple(
            Project(
                name,
                Path("/", name),
                tuple(Path("/", name, file) for file in files),
            )
            for name, files in projects.items()
        ),
    )


def split(source, sequences=None, **options):
    """Split a corpus with one graph for each file."""
    paths = [str(path) for path in source.files]
    if sequences is None:
        sequences = different(len(paths))
    return split_corpus(
        source, paths, np.arange(len(paths)), sketch(sequences), **options
    )


def test_groups_are_kept_whole_and_every_graph_has_one_part():
    groups = ["a"] * 50 + ["b"] * 5 + ["c"] * 5 + ["d"] * 40
    parts = {"validation": ["b"], "test": ["c"]}
    found = split_by_group(groups, sketch(different(100)), parts)
    assert {groups[i] for i in found.train} == {"a", "d"}
    assert {groups[i] for i in found.validation} == {"b"}
    assert {groups[i] for i in found.test} == {"c"}
    assert found.held_out_groups == ("b", "c")
    everything = [*found.train, *found.held_out]
    assert sorted(everything) == list(range(100))


def test_copies_are_left_out_of_the_earlier_part():
    sequences = different(40)
    groups = ["a"] * 20 + ["b"] * 10 + ["c"] * 10
    sequences[3] = sequences[25]  # train repeats validation
    sequences[4] = sequences[35]  # train repeats test
    sequences[26] = sequences[36]  # validation repeats test
    for near, original in ((5, 27), (6, 37), (28, 38)):
        sequences[near] = sequences[original]
        sequences[near, -1] = 999
    parts = {"validation": ["b"], "test": ["c"]}
    found = split_by_group(groups, sketch(sequences), parts)
    assert len(found.test) == 10
    assert set(range(20, 30)) - set(found.validation) == {26, 28}
    assert set(range(20)) - set(found.train) == {3, 4, 5, 6}
    assert found.num_exact == {"train": 2, "validation": 1}
    assert found.num_near == {"train": 2, "validation": 1}
    assert found.num_duplicates == 6
    assert str(found).split("\n")[1] == (
        "validation: 8 graphs; 1 exact and 1 near-duplicates of later parts"
        " left out; b"
    )
    assert found.statistics()["test"] == {
        "graphs": 10,
        "exact_duplicates_left_out": 0,
        "near_duplicates_left_out": 0,
    }


def test_the_choice_depends_on_names_and_seed():
    groups = [name for name in "abcdefghij" for _ in range(10)]
    assert choose_groups(groups, 0.3) == choose_groups(groups[::-1], 0.3)
    choices = {choose_groups(groups, 0.3, seed) for seed in range(5)}
    assert len(choices) > 1
    assert all(len(choice) == 3 for choice in choices)
    sizes = dict.fromkeys("abcdefghij", 10)
    assert choose_groups(sizes, 0.3) == choose_groups(groups, 0.3)
    rest = choose_groups(sizes, 0.3, taken=choose_groups(sizes, 0.3))
    assert not set(rest) & set(choose_groups(sizes, 0.3))


def test_several_projects_are_held_out_as_a_whole():
    files = [f"pkg{i % 2}/m{i}.py" for i in range(10)]
    source = corpus(**dict.fromkeys("abcdefghij", files))
    by_project = split(source, share=0.2, test_share=0.1)
    assert len(by_project.groups["validation"]) == 2
    assert len(by_project.groups["test"]) == 1
    assert len(by_project.test) == 10
    assert set(by_project.held_out_groups) <= set("abcdefghij")
    by_module = split(source, share=0.1, by="module")
    first, _ = by_module.held_out_groups
    assert first[1:] in ("/pkg0", "/pkg1")
    assert len(by_module.held_out) == 10
    by_file = split(source, share=0.1, by="file")
    assert len(by_file.held_out_groups) == 10
    names = {f"{project}/{file}" for project in "abcdefghij" for file in files}
    assert set(by_file.held_out_groups) <= names


def test_one_project_is_split_by_module_or_else_by_file():
    modules = corpus(one=[f"m{i}.py" for i in range(20)])
    assert len(split(modules).held_out_groups) == 2
    assert set(split(modules).held_out_groups) <= {f"m{i}" for i in range(20)}
    package = corpus(one=[f"pkg/m{i}.py" for i in range(20)])
    assert split(package).held_out_groups[0].startswith("pkg/m")
    with pytest.raises(ValueError, match="'groups' must have a group"):
        split(package, by="module")


def test_pinned_parts_are_the_default():
    files = [f"m{i}.py" for i in range(5)]
    free = corpus(**dict.fromkeys("abcdefghij", files))
    pinned = Source(
        *(free.name, free.description, free.projects),
        split={"validation": ("a",), "test": ("b", "c")},
    )
    found = split(pinned, seed=3)
    assert found.groups == {"validation": ("a",), "test": ("b", "c")}
    assert (len(found.validation), len(found.test)) == (5, 10)
    other = split(pinned, share=0.2)
    assert other.groups == split(free, share=0.2).groups
    assert len(other.validation) == 10


def test_shares_and_groups_that_cannot_be_met():
    with pytest.raises(ValueError, match=r"'share' .* \(got 1.5\)"):
        choose_groups(["a"], 1.5)
    with pytest.raises(ValueError, match="'groups' must have a group"):
        choose_groups(["a", "a", "b", "b"], 0.1)
    with pytest.raises(ValueError, match="leave graphs to train on"):
        split(corpus(one=["a.py", "b.py"]), share=0.5, test_share=0.5)
    with pytest.raises(ValueError, match=r"'by' .* \(got 'function'\)"):
        split(corpus(a=["m.py"]), by="function")
    one = sketch([[1]])
    with pytest.raises(ValueError, match=r"\(got \['dev'\]\)"):
        split_by_group(["a"], one, {"dev": ["a"]})
    with pytest.raises(ValueError, match="share a group"):
        split_by_group(["a"], one, {"validation": ["a"], "test": ["a"]})
