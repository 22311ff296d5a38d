"""Names that tails may have, by what relations admit."""

import pytest

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.distill.extraction.candidate_names import CandidateNames
from gmert_pyg.kg import CodeKG

CODE = """import json
import never_installed
from app.other import helper


class Reader:
    limit: int = 3

    def read(self, source: list[int]) -> str:
        return helper(source)
"""


@pytest.fixture(scope="module")
def kg(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "reading.py").write_text(CODE)
    return CodeKG.from_source(str(folder))


@pytest.fixture(scope="module")
def candidates(kg):
    return CandidateNames(kg, GraphMertTokenizer.default())


@pytest.fixture(scope="module")
def texts(kg, candidates):
    """By relation, the texts of all names."""
    return {
        relation: {
            candidates.text(tuple(name))
            for length in names.lengths
            for name in names.of_length(length).tolist()
        }
        for relation, names in zip(
            kg.schema.relation_names, candidates.names, strict=True
        )
    }


def test_a_tail_has_a_kind_in_the_range(texts):
    assert texts["has_parameter"] == {"self", "source"}
    assert {"Reader", "read"} <= texts["contains"]
    assert "source" not in texts["contains"]
    assert "helper" in texts["calls"]
    assert "limit" not in texts["calls"]


def test_types_are_written_as_annotated(texts):
    assert {"list[int]", "str"} <= texts["returns"]


def test_builtins_and_what_imports_define_may_be_called(texts):
    # json.dumps is defined by what the code imports, glob.iglob is not.
    assert {"isinstance", "dumps", "JSONDecoder"} <= texts["calls"]
    assert "iglob" not in texts["calls"]
    assert "dumps" not in texts["has_parameter"]


def test_kinds_of_tails(kg, candidates):
    ranges = {r.name: r.range for r in kg.schema.relations}
    assert candidates.kind("Reader", ranges["contains"]) == "class"
    assert candidates.kind("source", ranges["contains"]) is None
    assert candidates.kind("unheard_of", ranges["calls"]) == "external"
    assert candidates.kind("unheard_of", ranges["has_parameter"]) is None


def test_other_tails_are_decoded(candidates):
    tokenizer = GraphMertTokenizer.default()
    ids = tokenizer("unheard_of", add_special_tokens=False).input_ids
    assert candidates.text(tuple(ids)) == "unheard_of"
