import pytest
import torch
from huggingface_hub import ModelCard

from gmert_pyg.nn import (
    GraphMertForPreTraining,
    GraphMertForRetrieval,
    GraphMertForSequenceClassification,
    GraphMertForTokenClassification,
    GraphMertModel,
)
from gmert_pyg.nn.model_card import (
    CardFacts,
    CardMetric,
    is_untouched,
    write_model_card,
)
from gmert_pyg.nn.model_card_content import model_card, plain

MODELS = [
    GraphMertForPreTraining,
    GraphMertForRetrieval,
    GraphMertForSequenceClassification,
    GraphMertForTokenClassification,
    GraphMertModel,
]
FACTS = CardFacts(
    license="apache-2.0",
    base_model="microsoft/codebert-base",
    dataset="stdlib",
    data={"corpus": "stdlib"},
    training={"optimizer steps": "640"},
    metrics=[
        CardMetric("masked tokens", "accuracy", 0.6125, 12, {"majority": 0.1}),
        CardMetric("masked leaves", "hits@10", 0.5),
    ],
)


@pytest.fixture
def card_of(make_config):
    def make(model_class=GraphMertForPreTraining, facts=FACTS, **overrides):
        return model_card(model_class(make_config(**overrides)), facts)

    return make


@pytest.mark.parametrize("model_class", MODELS)
def test_every_saved_model_has_a_card_whose_code_loads_it(
    tmp_path, monkeypatch, graphs, make_config, model_class
):
    model = model_class(make_config()).eval()
    model.save_pretrained(tmp_path)
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.library_name == "gmert_pyg"
    assert {"graphmert", "source-code"} <= set(card.data.tags)
    assert card.data.license is None
    assert "No licence of the weights was stated" in card.text
    assert "2510.09580" in card.text
    code = card.text.partition("```python\n")[2].partition("```")[0]
    assert len(code.splitlines()) == 3
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    assert type(names["model"]) is model_class
    for name, value in model.state_dict().items():
        assert torch.equal(names["model"].state_dict()[name], value), name


def test_header(card_of):
    data = card_of().data
    assert data.license == "apache-2.0"
    assert data.base_model == "microsoft/codebert-base"
    assert data.pipeline_tag == "fill-mask"
    found = [(r.metric_name, r.metric_value) for r in data.eval_results]
    assert found == [
        ("accuracy, masked tokens", 0.6125),
        ("hits@10, masked leaves", 0.5),
    ]


def test_body(card_of):
    text = card_of().text
    for line in (
        "| layers | 2 |",
        "| hidden size | 16 |",
        "| attention heads | 2 |",
        "| vocabulary | 30 tokens |",
        "| relations | 12 (schema code, version 1) |",
        "| corpus | stdlib |",
        "| optimizer steps | 640 |",
        "| task | metric | items | this model | majority |",
        "|---|---|---:|---:|---:|",
        "| masked tokens | accuracy | 12 | 0.613 | 0.100 |",
        "| masked leaves | hits\\@10 |  | 0.500 |  |",
        "The weights are under: apache-2.0.",
    ):
        assert line in text.splitlines(), line
    assert "Labels:" not in text


def test_labels_of_a_classifier(card_of):
    text = card_of(
        GraphMertForTokenClassification, id2label={0: "x|y", 1: "<b>"}
    ).text
    assert "Labels: x\\|y, &lt;b&gt;." in text


def test_many_labels_are_cut(card_of):
    text = card_of(GraphMertForSequenceClassification, num_labels=50).text
    assert "LABEL\\_19, and 30 more." in text


def test_subclasses_are_described_as_what_they_are(make_config):
    class Mine(GraphMertForRetrieval):
        pass

    card = model_card(Mine(make_config()), CardFacts())
    assert card.data.pipeline_tag == "feature-extraction"
    assert "# Mine" in card.text


HOSTILE = "a\n---\n# b | <script>alert(1)</script> {{ 7 * 7 }} ![x](y) `c`"


def test_what_comes_from_outside_stays_one_line_of_text(card_of):
    facts = CardFacts(
        license=HOSTILE,
        dataset=HOSTILE,
        data={HOSTILE: HOSTILE},
        training={"x": HOSTILE},
        metrics=[CardMetric(HOSTILE, HOSTILE, 0.5, 1, {HOSTILE: 0.5})],
    )
    card = card_of(facts=facts)
    assert "<script>" not in card.text
    assert "49" not in card.text.partition("## Training")[2]
    assert "\n# b" not in card.text
    assert "![x]" not in card.text
    assert card.data.license == HOSTILE
    (row,) = [x for x in card.text.splitlines() if "| 0.500 | 0.500 |" in x]
    assert row.replace("\\|", "").count("|") == 6


def test_plain_text_stays_readable():
    assert plain("pypi:flask==3.1.3,click") == "pypi:flask==3.1.3,click"
    assert plain("https://x.y") == "https:\\//x.y"


def test_save_pretrained_never_replaces_a_card(tmp_path, make_model):
    model = make_model()
    (tmp_path / "README.md").write_text("mine")
    model.save_pretrained(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"
    assert not write_model_card(model, tmp_path, FACTS)
    assert (tmp_path / "README.md").read_text() == "mine"


def test_new_figures_replace_our_own_card_until_it_is_edited(
    tmp_path, make_model
):
    model, path = make_model(), tmp_path / "README.md"
    model.save_pretrained(tmp_path)
    assert is_untouched(path)
    assert write_model_card(model, tmp_path, FACTS)
    assert "0.613" in path.read_text()
    # Saving again, as a resumed run does, forgets none of it.
    model.save_pretrained(tmp_path)
    assert "0.613" in path.read_text()
    edited = path.read_text().replace("0.613", "0.999")
    path.write_text(edited)
    assert not is_untouched(path)
    assert not write_model_card(model, tmp_path, FACTS)
    assert path.read_text() == edited


@pytest.mark.parametrize("added", ["\n", "more\n"])
def test_a_line_at_the_end_is_an_edit(tmp_path, make_model, added):
    path = tmp_path / "README.md"
    make_model().save_pretrained(tmp_path)
    path.write_text(path.read_text() + added)
    assert not is_untouched(path)


def test_other_line_ends_are_no_edit(tmp_path, make_model):
    path = tmp_path / "README.md"
    make_model().save_pretrained(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert is_untouched(path)


def test_only_the_main_process_writes_it(tmp_path, make_model):
    make_model().save_pretrained(tmp_path, is_main_process=False)
    assert not (tmp_path / "README.md").exists()
