"""Starting from an encoder's checkpoint: RoBERTa's real vocabulary included."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch_geometric.data import Batch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaModel,
    RobertaTokenizerFast,
)

from gmert_pyg import CodeChainGraphs
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertForPreTraining, GraphMertModel
from gmert_pyg.transforms import MaskForPreTraining

ROBERTA = Path(__file__).parent.parent / "data" / "tokenizers" / "roberta-base"
TINY = {
    "vocab_size": 30,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 12,
    "type_vocab_size": 1,
}


@pytest.fixture
def roberta(tmp_path):
    """A checkpoint with an MLM head, made on the spot; and its weights."""
    torch.manual_seed(1)
    model = RobertaForMaskedLM(RobertaConfig(**TINY))
    for parameter in model.parameters():
        parameter.data.normal_()
    model.save_pretrained(tmp_path / "roberta")
    return tmp_path / "roberta", model.state_dict()


def same(ours, theirs):
    return torch.equal(ours, theirs)


def test_the_encoder_is_copied(roberta, graphs):
    path, source = roberta
    model = GraphMertModel.from_backbone(path, decay_mode="bias")
    assert model.config.decay_mode == "bias"
    assert model.config.backbone_config.type_vocab_size == 2
    for name, value in model.backbone.named_parameters():
        expected = source[f"roberta.{name}"]
        assert same(value[: expected.size(0)], expected), name
    types = model.backbone.embeddings.token_type_embeddings.weight
    assert same(types[1], types[0])
    assert model(graphs[1]).last_hidden_state.isfinite().all()


def test_learned_positions_repeat(roberta):
    path, source = roberta
    learned = source["roberta.embeddings.position_embeddings.weight"]
    # Two rows of RoBERTa's 12 are no positions.
    model = GraphMertModel.from_backbone(path, max_positions=23)
    assert model.max_positions == 23
    table = model.backbone.embeddings.position_embeddings.weight
    expected = [0, 1, *range(2, 12), *range(2, 12), 2, 3, 4]
    assert same(table, learned[expected])
    assert model(ChainGraph.from_triples([5] * 23, [])) is not None
    assert "13 rows new: the learned positions repeat" in str(
        model.backbone_report
    )
    with pytest.raises(ValueError, match=r"'max_pos.*at least 10.*\(got 9\)"):
        GraphMertModel.from_backbone(path, max_positions=9)


def test_the_mlm_head_is_copied(roberta):
    path, source = roberta
    model = GraphMertForPreTraining.from_backbone(path)
    head = model.lm_head
    assert same(head.transform[0][0].weight, source["lm_head.dense.weight"])
    assert same(head.transform[0][0].bias, source["lm_head.dense.bias"])
    norm = head.transform[0][2]
    assert same(norm.weight, source["lm_head.layer_norm.weight"])
    assert same(norm.bias, source["lm_head.layer_norm.bias"])
    assert same(head.bias, source["lm_head.bias"])
    untied = GraphMertForPreTraining.from_backbone(
        path, tie_word_embeddings=False
    )
    words = source["roberta.embeddings.word_embeddings.weight"]
    assert same(untied.lm_head.decoder.weight, words)


def test_without_leaves_it_is_the_encoder_that_it_was(roberta):
    path, _ = roberta
    model = GraphMertForPreTraining.from_backbone(path, decay=False).eval()
    source = RobertaForMaskedLM.from_pretrained(path).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    graph = ChainGraph.from_triples(ids[0].tolist(), [])
    torch.testing.assert_close(
        model(graph).logits, source(ids).logits[0], atol=1e-4, rtol=1e-4
    )


def test_report(roberta, caplog):
    path, source = roberta
    with caplog.at_level("INFO", logger="gmert_pyg"):
        model = GraphMertForPreTraining.from_backbone(path)
    report = model.backbone_report
    assert str(report) in caplog.text
    assert set(report.copied) | set(report.new) == {
        name for name, _ in model.named_parameters()
    }
    assert "lm_head.bias" in report.copied
    assert {"graphmert.hgat.weight", "graphmert.decay_offset"} <= {*report.new}
    assert not report.skipped
    lines = str(report).splitlines()
    assert lines[0].split() == ["weight", "shape", "fate"]
    assert lines[-1].startswith(f"{len(report.copied)} copied, ")
    columns = {line.index("  copied") for line in lines if "  copied" in line}
    assert len(columns) == 1
    head = GraphMertModel.from_backbone(path).backbone_report
    assert head.skipped == sorted(
        name
        for name in source
        if name.startswith("lm_head") and "decoder" not in name
    )
    assert "lm_head.dense.weight" in str(head)


def test_skipped_weights_have_shapes(tmp_path):
    RobertaModel(RobertaConfig(**TINY)).save_pretrained(tmp_path)
    model = GraphMertForPreTraining.from_backbone(tmp_path)
    report = model.backbone_report
    assert report.skipped == ["pooler.dense.bias", "pooler.dense.weight"]
    assert {*map(str, report.weights[-1].shape)} == {"16"}
    assert "lm_head.bias" in report.new


def test_several_transform_layers_leave_the_head(roberta):
    path, _ = roberta
    model = GraphMertForPreTraining.from_backbone(path, num_transform_layers=2)
    assert "lm_head.dense.weight" in model.backbone_report.skipped
    assert "lm_head.transform.0.0.weight" in model.backbone_report.new


@pytest.mark.parametrize("with_head", [True, False])
def test_every_encoder(tmp_path, backbone, graphs, with_head):
    auto = AutoModelForMaskedLM if with_head else AutoModel
    source = auto.from_config(backbone)
    for parameter in source.parameters():
        parameter.data.normal_()
    source.save_pretrained(tmp_path)
    model = GraphMertForPreTraining.from_backbone(tmp_path).eval()
    state = source.base_model.state_dict()
    for name, value in model.graphmert.backbone.named_parameters():
        expected = state[name]
        assert same(value[: expected.size(0)], expected), name
    has_transform = backbone.model_type != "eurobert"
    copied = "lm_head.transform.0.0.weight" in model.backbone_report.copied
    assert copied == (with_head and has_transform)
    if model.graphmert.type_embedding is not None:
        assert not model.graphmert.type_embedding.weight.any()
    model.save_pretrained(tmp_path / "ours")
    again = GraphMertForPreTraining.from_pretrained(tmp_path / "ours")
    torch.testing.assert_close(again(graphs[1]).logits, model(graphs[1]).logits)


@pytest.mark.parametrize(
    "backbone", ["bert", "xlm-roberta", "modernbert"], indirect=True
)
@torch.no_grad()
def test_more_positions_for_every_encoder(tmp_path, backbone):
    AutoModel.from_config(backbone).save_pretrained(tmp_path)
    model = GraphMertModel.from_backbone(tmp_path, max_positions=90).eval()
    assert model.max_positions == 90
    graph = ChainGraph.from_triples([5] * 90, [])
    assert model(graph).last_hidden_state.isfinite().all()
    model.save_pretrained(tmp_path / "ours")
    again = GraphMertModel.from_pretrained(tmp_path / "ours").eval()
    torch.testing.assert_close(again(graph)[0], model(graph)[0])
    too_long = ChainGraph.from_triples([5] * 91, [])
    with pytest.raises(ValueError, match=r"'anchor'.* 90,.*\(got 90\)"):
        model(too_long)


@pytest.mark.parametrize("name", ["gpt2", "t5"])
def test_no_encoder(tmp_path, name):
    sizes = {"vocab_size": 30, "num_hidden_layers": 1, "num_layers": 1}
    config = AutoConfig.for_model(name, **sizes)
    config.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=rf"must be of an encoder.*'{name}'"):
        GraphMertModel.from_backbone(tmp_path)


def test_a_lost_weight(roberta):
    path, _ = roberta
    weights = load_file(path / "model.safetensors")
    del weights["roberta.encoder.layer.1.output.dense.bias"]
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ValueError, match=r"no roberta.*layer\.1\.output.*bias"):
        GraphMertModel.from_backbone(path)


def test_other_arguments(roberta):
    path, _ = roberta
    for name in ("vocab_size", "backbone_config", "decay_mod"):
        with pytest.raises(ValueError, match=rf"'overrides'.*\(got '{name}'\)"):
            GraphMertModel.from_backbone(path, **{name: 3})
    with pytest.raises(OSError, match="no/such/place"):
        GraphMertModel.from_backbone("no/such/place")


class Attack:
    """What a pickle does when it is opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_pickles_run_nothing(roberta, tmp_path):
    path, source = roberta
    (path / "model.safetensors").unlink()
    torch.save(source, path / "pytorch_model.bin")
    model = GraphMertModel.from_backbone(path)
    words = model.get_input_embeddings().weight
    assert same(words, source["roberta.embeddings.word_embeddings.weight"])
    attack = source | {"extra": Attack(tmp_path / "made")}
    torch.save(attack, path / "pytorch_model.bin")
    with pytest.raises(ValueError, match="whole tensors only"):
        GraphMertModel.from_backbone(path)
    (path / "pytorch_model.bin").write_bytes(
        pickle.dumps(Attack(tmp_path / "made"))
    )
    with pytest.raises((ValueError, OSError)):
        GraphMertModel.from_backbone(path)
    assert not (tmp_path / "made").exists()


CODE = '''
def price(item: str, count: int) -> float:
    """Naïve: \u65e5\u672c."""
    total = lookup(item) * count
    if total > 10:
        return total - 1
    return total
'''


@pytest.fixture(scope="module")
def tokenizer():
    return RobertaTokenizerFast.from_pretrained(ROBERTA)


def test_graphs_in_robertas_vocabulary(tokenizer):
    assert len(tokenizer) == 50_265
    graph = ChainGraph.from_source(CODE, tokenizer)
    root = graph.node_type == 0
    words = tokenizer.convert_ids_to_tokens(graph.input_ids[root].tolist())
    assert not set(words) & set(tokenizer.all_special_tokens)
    spans = graph.root_span.tolist()
    for word, (start, end) in zip(words, spans, strict=True):
        shown = tokenizer.convert_tokens_to_string([word]).strip()
        if shown.isascii():
            assert CODE[start:end].strip() == shown
    facts = {
        (
            words[graph.anchor[leaf][0]],
            tokenizer.decode(graph.input_ids[leaf]).strip(),
        )
        for leaf in (
            graph.triple == t for t in range(1, graph.triple.max() + 1)
        )
    }
    assert ("Ġprice", "float") in facts
    assert ("item", "str") in facts


def test_codebert_runs_on_real_code(tmp_path, tokenizer):
    # CodeBERT's vocabulary and positions, narrower for speed.
    sizes = TINY | {
        "vocab_size": 50_265,
        "max_position_embeddings": 514,
        "layer_norm_eps": 1e-5,
    }
    RobertaForMaskedLM(RobertaConfig(**sizes)).save_pretrained(
        tmp_path / "codebert"
    )
    model = GraphMertForPreTraining.from_backbone(
        tmp_path / "codebert", tokenizer=tokenizer
    )
    assert model.config.mask_token_id == tokenizer.mask_token_id == 50_264
    assert model.graphmert.max_positions == 512
    (tmp_path / "a.py").write_text(CODE)
    dataset = CodeChainGraphs(
        str(tmp_path / "data"),
        source=str(tmp_path / "a.py"),
        tokenizer=tokenizer,
        num_workers=1,
    )
    batch = Batch.from_data_list([dataset[0], dataset[0]])
    out = model.eval()(batch)
    assert out.logits.shape == (batch.num_nodes, 50_265)
    half = batch.num_nodes // 2
    torch.testing.assert_close(out.logits[:half], out.logits[half:])
    masked = MaskForPreTraining(tokenizer, dataset.schema, rate=0.5)(batch)
    assert masked.input_ids.max() == tokenizer.mask_token_id
    loss = model(masked).loss
    loss.backward()
    assert loss.isfinite()
    assert (model.graphmert.decay_offset.grad != 0).all()


def test_too_large_a_tokenizer(roberta, tokenizer):
    path, _ = roberta
    with pytest.raises(ValueError, match=r"'tokenizer'.*30 tokens.*50265"):
        GraphMertModel.from_backbone(path, tokenizer=tokenizer)
