import math

import pytest
import torch
from torch_geometric.data import Batch
from transformers import AutoModelForTextEncoding

from gmert_pyg import ChainGraph, GraphMertTokenizer
from gmert_pyg.nn import GraphMertConfig, GraphMertForRetrieval


@pytest.fixture
def make_retriever(make_config):
    def make(**overrides):
        torch.manual_seed(0)
        model = GraphMertForRetrieval(make_config(**overrides)).eval()
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.normal_(0, 0.2)
        return model

    return make


@pytest.fixture
def text():
    chains = ([5, 6], [16, 18, 7], [21])
    return Batch.from_data_list(
        [ChainGraph.from_triples(chain, []) for chain in chains]
    )


@pytest.mark.parametrize("pooling", ["mean", "first", "attention"])
def test_embeddings_have_unit_length_whatever_the_batch(
    graphs, make_retriever, pooling
):
    model = make_retriever(pooling=pooling)
    together = model.encode(Batch.from_data_list(graphs))
    assert together.shape == (3, 16)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(3))
    apart = torch.cat([model.encode(graph) for graph in graphs])
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=0)
    backwards = model.encode(Batch.from_data_list(graphs[::-1]))
    torch.testing.assert_close(together, backwards.flip(0), atol=1e-5, rtol=0)


def test_loss_by_hand(graphs, text, make_retriever):
    model = make_retriever(temperature=0.5)
    out = model(Batch.from_data_list(graphs), text)
    logits = out.text_embeddings @ out.code_embeddings.T / 0.5
    torch.testing.assert_close(out.logits, logits)
    logits = logits.tolist()
    total = 0.0
    for i in range(3):
        row = sum(math.exp(logits[i][j]) for j in range(3))
        column = sum(math.exp(logits[j][i]) for j in range(3))
        total -= 2 * logits[i][i] - math.log(row) - math.log(column)
    assert out.loss.item() == pytest.approx(total / 6, rel=1e-5)


def test_as_many_texts_as_graphs(graphs, text, make_retriever):
    with pytest.raises(ValueError, match=r"'text' .* 2 \(got 3\)"):
        make_retriever()(Batch.from_data_list(graphs[:2]), text)


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_every_parameter_gets_a_gradient(graphs, text, make_retriever, pooling):
    model = make_retriever(pooling=pooling)
    model(Batch.from_data_list(graphs), text).loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_a_fixed_temperature_stays(graphs, text, make_retriever):
    model = make_retriever(learn_temperature=False, temperature=0.1)
    model(Batch.from_data_list(graphs), text).loss.backward()
    assert model.similarity.log_scale.grad is None
    assert model.similarity.log_scale.exp().item() == pytest.approx(10)


def test_the_temperature_has_a_floor(graphs, text, make_retriever):
    out = make_retriever(temperature=1e-4)(Batch.from_data_list(graphs), text)
    cosine = out.text_embeddings @ out.code_embeddings.T
    torch.testing.assert_close(out.logits, 100 * cosine)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_types(graphs, text, make_retriever, dtype):
    model = make_retriever().to(dtype)
    out = model(Batch.from_data_list(graphs), text)
    assert out.code_embeddings.dtype == dtype
    assert out.loss.isfinite()


def test_it_learns_which_text_belongs_to_which_code(make_config):
    torch.manual_seed(0)
    config = make_config(
        hgat_dropout=0.0,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = GraphMertForRetrieval(config)
    # Codes differ by one leaf, texts by one token.
    code = Batch.from_data_list(
        [
            ChainGraph.from_triples([5, 6, 7], [(1, 1, 2, [10 + i])])
            for i in range(8)
        ]
    )
    text = Batch.from_data_list(
        [ChainGraph.from_triples([20 + i, 8], []) for i in range(8)]
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        out = model(code, text)
        out.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(out.loss.item())
    assert losses[0] > 1.5
    assert losses[-1] < 0.2
    out = model.eval()(code, text)
    assert out.logits.argmax(dim=1).tolist() == list(range(8))


def test_texts_are_graphs_without_leaves():
    torch.manual_seed(0)
    tokenizer = GraphMertTokenizer.default()
    config = GraphMertConfig.small(
        len(tokenizer), hidden_size=16, num_attention_heads=2
    )
    model = GraphMertForRetrieval(config).eval()
    texts = ["read a file", "half of x"]
    embeddings = model.encode_text(texts, tokenizer)
    graphs = [ChainGraph.from_text(text, tokenizer) for text in texts]
    assert [graph.num_leaves for graph in graphs] == [0, 0]
    torch.testing.assert_close(
        embeddings, model.encode(Batch.from_data_list(graphs))
    )
    cut = model.encode_text(["read a file"], tokenizer, max_length=2)
    torch.testing.assert_close(cut, model.encode_text(["read a"], tokenizer))
    for wrong in ("read a file", []):
        with pytest.raises(ValueError, match="'texts' must be a list"):
            model.encode_text(wrong, tokenizer)


def test_save_and_load(tmp_path, graphs, text, make_retriever):
    model = make_retriever()
    model.similarity.log_scale.data.fill_(1.5)
    model.save_pretrained(tmp_path)
    loaded, report = AutoModelForTextEncoding.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert isinstance(loaded, GraphMertForRetrieval)
    assert not any(report.values())
    batch = Batch.from_data_list(graphs)
    torch.testing.assert_close(
        loaded(batch, text).loss, model(batch, text).loss
    )


def test_only_the_temperature_is_new_after_pretraining(tmp_path, make_model):
    make_model().save_pretrained(tmp_path)
    model, report = GraphMertForRetrieval.from_pretrained(
        tmp_path, temperature=0.2, output_loading_info=True
    )
    assert report["missing_keys"] == {"similarity.log_scale"}
    assert not report["unexpected_keys"]
    assert model.similarity.log_scale.exp().item() == pytest.approx(5)
