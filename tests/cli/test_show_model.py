import json
import shutil

import pytest
import torch
from transformers import BertConfig, BertModel

from gmert_pyg.cli import main
from gmert_pyg.cli.pictures import picture_name
from gmert_pyg.nn import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.schema import EXTENDED_SCHEMA
from gmert_pyg.tokenization import GraphMertTokenizer

CODE = (
    "class Shop:\n"
    "    def total_price(self, item: str) -> float:\n"
    "        return len(item)\n"
)


def tiny(**overrides):
    sizes = {
        "hidden_size": 16,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
        "intermediate_size": 16,
    }
    torch.manual_seed(0)
    return GraphMertForPreTraining(GraphMertConfig.small(**sizes | overrides))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    directory = tmp_path_factory.mktemp("model")
    tiny().save_pretrained(directory)
    GraphMertTokenizer.default().save_pretrained(directory)
    return directory


@pytest.fixture
def model(saved, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(saved, tmp_path / "model")


@pytest.fixture
def function(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.py").write_text(CODE)
    return "shop.py::Shop.total_price"


def test_attention_is_shown_and_drawn(function, saved, tmp_path, capsys):
    assert main(["show", function]) == 0
    plain = capsys.readouterr().out
    assert not list(tmp_path.glob("*.html"))
    show = ["show", function, "--model", str(saved)]
    assert main(show) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith(plain)
    text = out[len(plain) :]
    assert "total_price returns -> float" in text
    line = next(line for line in text.splitlines() if " float " in line)
    shares = [float(part.split()[-1]) for part in line.split(",")]
    assert sum(shares) == pytest.approx(1, abs=0.02)
    table = text[text.index("Attention mass") :].splitlines()
    assert table[1].split()[:4] == ["head", "p", "0", "1"]
    for row, columns in ((table[2], 2), (table[3], 2), (table[4], 1)):
        mass = [float(share) for share in row.split()[columns:]]
        assert sum(mass) == pytest.approx(100, abs=0.5)
    assert table[-1] == "wrote shop.Shop.total_price.html"
    page = (tmp_path / "shop.Shop.total_price.html").read_text("utf-8")
    assert 'class="shares"' in page
    assert "layer 1" in page
    assert main(show) == 0
    assert "replaced shop.Shop.total_price.html" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["html", "svg", "png", "PNG"])
def test_pictures_go_where_they_are_asked_to(
    function, saved, tmp_path, capsys, suffix
):
    output = tmp_path / "new" / f"picture.{suffix}"
    for options in (["--model", str(saved)], []):
        assert main(["show", function, "--output", str(output), *options]) == 0
        assert str(output) in capsys.readouterr().out
        assert [path.name for path in output.parent.iterdir()] == [output.name]
    assert not list(tmp_path.glob("*.html"))


def test_listing_functions_draws_nothing(function, saved, tmp_path, capsys):
    assert main(["show", "shop.py", "--model", str(saved)]) == 0
    assert capsys.readouterr().out == "shop.Shop.total_price\n"
    assert not list(tmp_path.glob("*.html"))


def test_what_a_model_lacks_is_not_shown(function, tmp_path, capsys):
    tiny(hgat=False, decay=False).save_pretrained(tmp_path / "bare")
    assert main(["show", function, "--model", "bare"]) == 0
    shown = capsys.readouterr().out
    assert "H-GAT" not in shown
    assert "\nhead        0" in shown
    page = (tmp_path / "shop.Shop.total_price.html").read_text("utf-8")
    assert "distance does not damp" in page


def test_the_schema_is_that_of_the_model(function, tmp_path, capsys):
    model = tiny(schema=EXTENDED_SCHEMA.to_dict())
    model.save_pretrained(tmp_path / "extended")
    show = ["show", function, "--model", "extended"]
    assert main([*show, "--output", "a.svg"]) == 0
    capsys.readouterr()
    assert main([*show, "--schema", "extended", "--output", "a.svg"]) == 0
    capsys.readouterr()
    assert error_of([*show, "--schema", "code"], capsys) == (
        "'model' must have been made for schema 'code', version 1"
        " (got 'extended', version 1)"
    )


def test_a_model_without_a_schema_needs_as_many_relations(
    function, tmp_path, capsys
):
    for number in (12, 5):
        model = tiny(num_relations=number)
        model.save_pretrained(tmp_path / f"model{number}")
    assert main(["show", function, "--model", "model12"]) == 0
    capsys.readouterr()
    error = error_of(["show", function, "--model", "model5"], capsys)
    assert "schema 'code', version 1, 12 relations (got 5 relations)" in error


def error_of(command, capsys):
    capsys.readouterr()  # what came before
    assert main(command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("gmert: error: ")
    assert "got" in line
    return line.removeprefix("gmert: error: ")


def test_bad_input_is_one_line_and_draws_nothing(
    function, saved, tmp_path, capsys
):
    show = ["show", function, "--model", str(saved)]
    assert "'model'" in error_of([*show[:3], "no/such"], capsys)
    assert "'model'" in error_of([*show[:3], "shop.py"], capsys)
    assert ".html, .png, .svg" in error_of([*show, "--output", "a.pdf"], capsys)
    assert ".html, .png, .svg" in error_of(
        ["show", function, "--output", "a"], capsys
    )
    (tmp_path / "a.png").mkdir()
    assert "directory" in error_of([*show, "--output", "a.png"], capsys)
    missing = ["show", "shop.py::Shop.cost", *show[2:]]
    assert "'shop.Shop.total_price'" in error_of(missing, capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("a.png", "shop.py")
    ]


def test_a_model_of_another_type_is_refused(function, tmp_path, capsys):
    config = BertConfig(
        vocab_size=8192,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    error = error_of(["show", function, "--model", "bert"], capsys)
    assert "'graphmert' (got 'bert'" in error


def test_another_vocabulary_is_refused(function, tmp_path, capsys):
    tiny(vocab_size=100).save_pretrained(tmp_path / "few")
    error = error_of(["show", function, "--model", "few"], capsys)
    assert "8192 tokens (got 100)" in error
    tiny(tokenizer_hash="other").save_pretrained(tmp_path / "other")
    error = error_of(["show", function, "--model", "other"], capsys)
    assert "tokenizer" in error
    assert "(got 'other', 8192 tokens)" in error


@pytest.mark.parametrize(
    "damage",
    ["truncated", "empty", "lost", "reshaped", "size", "config", "tokenizer"],
)
def test_a_damaged_checkpoint_is_refused(function, model, capsys, damage):
    weights, config = model / "model.safetensors", model / "config.json"
    settings = json.loads(config.read_text())
    if damage == "truncated":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "empty":
        weights.write_bytes(b"")
    elif damage == "lost":
        weights.unlink()
    elif damage == "tokenizer":
        (model / "tokenizer.json").write_text("{")
    elif damage == "reshaped":
        settings["backbone_config"]["num_hidden_layers"] = 3
        config.write_text(json.dumps(settings))
    elif damage == "size":
        settings["backbone_config"]["intermediate_size"] = 8
        config.write_text(json.dumps(settings))
    else:
        config.write_text("{")
    command = ["show", function, "--model", str(model)]
    assert main(command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("gmert: error: ")
    assert str(model) in line


def test_names_of_pictures_are_safe():
    assert picture_name("m.f.<locals>.g") == "m.f._locals_.g.html"
    assert "/" not in picture_name("a/../b")
    assert len(picture_name("x" * 500)) < 255
