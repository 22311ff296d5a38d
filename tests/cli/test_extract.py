"""`gmert extract`: from a project and a model to a knowledge graph."""

import json
import os

import pytest

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.cli import main
from gmert_pyg.distill.calibration import Calibration
from gmert_pyg.distill.extraction.extractor import Extractor
from gmert_pyg.distill.extraction.formats import read_jsonl
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import read_source

CHOSEN = ("--mentions", "first", "--relations", "calls,returns,has_type")


@pytest.fixture
def model(tiny_model, tmp_path):
    """A directory with an untrained model."""
    folder = tmp_path / "model"
    tiny_model.save_pretrained(folder)
    GraphMertTokenizer.default().save_pretrained(folder)
    return folder


@pytest.fixture
def run(model, project, tmp_path, capfd):
    """Extract from the project; return the exit status, output and errors."""

    def of(*options, output="kg.jsonl", source=project):
        command = ["extract", str(source), "--model", str(model)]
        command += ["-o", str(tmp_path / output), "--workers", "1", *options]
        status = main(command)
        return status, *capfd.readouterr()

    return of


def left(tmp_path):
    return {p.name for p in tmp_path.iterdir()} - {"model"}


def test_a_project_becomes_triples_with_sources(run, project, tmp_path):
    status, told, _ = run(*CHOSEN, "--report", str(tmp_path / "kg.html"))
    assert status == 0
    assert left(tmp_path) == {"kg.jsonl", "kg.html"}
    triples = list(read_jsonl(tmp_path / "kg.jsonl"))
    assert f"{len(triples):,} triples" in told
    assert "how far they are to be believed" in told
    kg = CodeKG.from_source(str(project))
    assert {t.relation for t in triples} <= {"calls", "returns", "has_type"}
    relations = {r.name: r for r in kg.schema.relations}
    for triple in triples:
        relation = relations[triple.relation]
        assert triple.head_kind in relation.domain
        assert triple.tail_kind in relation.range
        entity = kg.entities[kg.entity_id(triple.head)]
        for source in triple.sources:
            text = read_source(source.file)
            assert text[source.start : source.end].strip() == entity.name
            assert source.line == text[: source.start].count("\n") + 1
    known = {
        (kg.entities[h].qualified_name, kg.schema.relation_names[r], t)
        for h, r, t in zip(
            kg.triples.head.tolist(),
            kg.triples.relation.tolist(),
            map(kg.tail_text, kg.triples.tail.tolist()),
            strict=True,
        )
    }
    for t in triples:
        is_known = (t.head, t.relation, t.tail) in known
        assert (t.status == "known") == is_known
    page = (tmp_path / "kg.html").read_text()
    assert "Extracted knowledge graph" in page


@pytest.mark.parametrize(
    "decoding", [["beam"], ["beam", "--open"], ["mask-predict", "--open"]]
)
def test_tails_are_written_in_other_ways(run, tmp_path, decoding):
    status, *_ = run(*CHOSEN, "--decoding", *decoding)
    assert status == 0
    found = {t.decoding for t in read_jsonl(tmp_path / "kg.jsonl")}
    assert found <= {", ".join(decoding).replace("--", "")}


def test_interrupted_it_goes_on_and_writes_the_same(run, tmp_path, monkeypatch):
    assert run(*CHOSEN, output="whole.jsonl")[0] == 0
    asked = []
    of_file = Extractor.of_file

    def stopped(self, module):
        if len(asked) == 2:
            asked.append("stopped")
            yield from list(of_file(self, module))[:1]
            raise KeyboardInterrupt
        asked.append(module)
        yield from of_file(self, module)

    monkeypatch.setattr(Extractor, "of_file", stopped)
    assert run(*CHOSEN)[0] == 130
    assert left(tmp_path) == {"whole.jsonl", "kg.jsonl.partial"}
    assert run(*CHOSEN)[0] == 0
    # The files that were done are not asked again.
    assert len(asked) == len(set(asked))
    assert left(tmp_path) == {"whole.jsonl", "kg.jsonl"}
    whole, resumed = (
        (tmp_path / name).read_bytes() for name in ("whole.jsonl", "kg.jsonl")
    )
    assert resumed == whole


def test_confidences_are_calibrated(run, model, tmp_path):
    assert run(*CHOSEN, output="raw.jsonl")[0] == 0
    Calibration(2.0, 10, 0.1, 0.2, [[0.5, 1.0, 0.7, 10]]).save(model)
    status, told, _ = run(*CHOSEN, "--report", str(tmp_path / "kg.html"))
    assert status == 0
    page = (tmp_path / "kg.html").read_text()
    assert "10 hidden triples" in page
    assert "70" in page  # per cent, of the curve
    assert "believed" not in told
    raw, found = (
        {(t.head, t.relation, t.tail): t.confidence for t in read_jsonl(path)}
        for path in (tmp_path / "raw.jsonl", tmp_path / "kg.jsonl")
    )
    assert raw.keys() == found.keys()
    for key, confidence in found.items():
        assert confidence == pytest.approx(raw[key] ** 0.5, abs=2e-3)


def test_nothing_is_above_a_threshold_of_one(run, tmp_path):
    status, told, _ = run(*CHOSEN, "--threshold", "1")
    assert (status, "0 triples: none" in told) == (0, True)
    assert (tmp_path / "kg.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--relations", "eats"], "'relations' must be some of"),
        (["--open"], "'open' must not be given with decoding 'rank'"),
        (["--threshold", "2"], "'threshold' must be in [0, 1]"),
        (["--beta", "-1"], "'beta' must be in [0, 1]"),
        (["--max-tail-length", "0"], "'max_tail_length' must be positive"),
        (["--answers", "0"], "'num_answers' must be positive"),
        (["--schema", "extended"], "'model' must have been made for schema"),
        (["--report", "kg.pdf"], "'report' must be an .html file"),
        (["--device", "cuda"], "'device' must be one that is there"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    run, tmp_path, options, message
):
    if "cuda" in options and os.environ.get("CUDA_VISIBLE_DEVICES") != "":
        torch = pytest.importorskip("torch")
        if torch.cuda.is_available():
            pytest.skip("there is a GPU")
    status, _, errors = run(*options)
    assert status == 2
    last = errors.strip().splitlines()[-1]
    assert last.startswith(f"gmert: error: {message}")
    assert "(got" in last
    assert left(tmp_path) == set()


def test_what_cannot_be_read_or_written_is_refused(run, tmp_path):
    empty = tmp_path / "model" / "empty"
    empty.mkdir()
    for options, message in (
        ({"source": empty}, "'source' must"),
        ({"source": "no/such/place"}, "'source' must be files or"),
        ({"output": "kg.xml"}, "'path' must end in one of"),
        ({"output": "model"}, "'path' must"),
    ):
        status, _, errors = run(**options)
        assert status == 2, options
        assert message in errors.strip().splitlines()[-1]
    assert left(tmp_path) == set()


def test_a_model_of_another_tokenizer_is_refused(run, model):
    path = model / "config.json"
    config = json.loads(path.read_text())
    config["tokenizer_hash"] = "0" * 16
    path.write_text(json.dumps(config))
    status, _, errors = run()
    assert status == 2
    assert "'model' must have been made for tokenizer" in errors
