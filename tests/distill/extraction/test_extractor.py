"""What a model is asked about a file, and what becomes of its answers."""

import numpy as np
import pytest

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.building import GraphBuilder, GraphOptions
from gmert_pyg.data.root_tokens import tail_tokens
from gmert_pyg.distill.calibration import Calibration
from gmert_pyg.distill.completion.tail_queries import TailAnswer
from gmert_pyg.distill.extraction.candidate_names import CandidateNames
from gmert_pyg.distill.extraction.extractor import Extractor, Filters
from gmert_pyg.distill.extraction.head_queries import Asker
from gmert_pyg.kg import CodeKG

CODE = """def area(side: int) -> float:
    total = side * side
    return rounded(total)
"""


class Clerk:
    """Gives every query of a relation the same answers."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __call__(self, graphs, queries):
        self.asked.append((len(graphs), len(queries)))
        tokenizer = GraphMertTokenizer.default()
        for relation in queries.relation:
            texts = self.answers.get(self.names[relation], [])
            yield [
                TailAnswer(tuple(tail_tokens([text], tokenizer)[0]), score, 0.0)
                for text, score in texts
            ]


@pytest.fixture(scope="module")
def kg(tmp_path_factory):
    path = tmp_path_factory.mktemp("shapes") / "shapes.py"
    path.write_text(CODE)
    return CodeKG.from_source(str(path))


@pytest.fixture
def extract(kg):
    tokenizer = GraphMertTokenizer.default()

    def of(answers, **options):
        clerk = Clerk(**answers)
        clerk.names = kg.schema.relation_names
        extractor = Extractor(
            GraphBuilder(kg, tokenizer, GraphOptions()),
            Asker(kg, list(answers)),
            clerk,
            CandidateNames(kg, tokenizer),
            "by the book",
            **options,
        )
        return list(extractor.of_file(0))

    return of


def test_a_triple_tells_where_it_comes_from(extract, kg):
    (triple,) = extract({"returns": [("float", np.log(0.5))]})
    assert (triple.head, triple.relation, triple.tail) == (
        *("shapes.area", "returns", "float"),
    )
    assert (triple.head_kind, triple.tail_kind) == ("function", "external")
    assert triple.confidence == pytest.approx(0.5)
    assert triple.decoding == "by the book"
    (source,) = triple.sources
    assert source.file == kg.modules[0].path
    assert CODE[source.start : source.end] == "area"
    assert (source.line, source.chunk) == (1, "shapes.area")


@pytest.mark.parametrize(
    ("relation", "tail", "status"),
    [
        ("returns", "float", "known"),
        ("returns", "int", "contradicts"),
        ("calls", "rounded", "known"),
        # A function may call any number of others.
        ("calls", "print", "novel"),
    ],
)
def test_static_analysis_judges(extract, relation, tail, status):
    (triple,) = extract({relation: [(tail, -1.0)]})
    assert triple.status == status


def test_every_mention_is_a_source(extract):
    triples = extract({"flows_to": [("total", -1.0)]})
    lines = [(t.head, source.line) for t in triples for source in t.sources]
    # `side` three times, `total` twice.
    assert lines == [
        ("shapes.area.side", 1),
        ("shapes.area.total", 2),
        ("shapes.area.side", 2),
        ("shapes.area.side", 2),
        ("shapes.area.total", 3),
    ]


def test_a_tail_of_another_kind_is_left_out(extract):
    # A function has no parameter that is called like a function.
    assert extract({"has_parameter": [("area", -1.0)]}) == []


def test_answers_below_the_threshold_are_left_out(extract):
    answers = {"calls": [("rounded", np.log(0.6)), ("print", np.log(0.4))]}
    filters = Filters(threshold=0.5)
    assert [t.tail for t in extract(answers, filters=filters)] == ["rounded"]
    # Believed less, none is left; believed more, both are.
    cold, hot = Calibration(0.1), Calibration(10.0)
    assert extract(answers, filters=filters, calibration=cold) == []
    assert len(extract(answers, filters=filters, calibration=hot)) == 2


def test_answers_that_the_source_does_not_bear_out_are_left_out(extract):
    answers = {"calls": [("rounded_area", -1.0), ("open_area", -1.0)]}
    found = extract(answers)
    assert [t.similarity for t in found] == [1.0, 0.5]
    kept = extract(answers, filters=Filters(beta=0.6))
    assert [t.tail for t in kept] == ["rounded_area"]


@pytest.mark.parametrize("name", ["threshold", "beta"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_filters_are_shares(name, value):
    with pytest.raises(ValueError, match=rf"'{name}' must be .* \(got"):
        Filters(**{name: value})
