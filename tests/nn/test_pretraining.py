import math

import pytest
import torch
import torch.nn.functional as F
from torch_geometric.data import Batch
from transformers import AutoModelForPreTraining

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertForPreTraining, parameter_groups


def test_logits_of_every_node_without_labels(graphs, make_model):
    batch = Batch.from_data_list(graphs)
    out = make_model()(batch)
    assert out.logits.shape == (batch.num_nodes, 30)
    assert out.loss is None


def test_losses_by_hand(labelled, make_model):
    model = make_model()
    out = model(labelled)
    every = model.lm_head(
        out.last_hidden_state, model.graphmert.get_input_embeddings().weight
    )
    assert out.labelled_nodes.tolist() == [1, 2, 5, 6, 11]
    assert out.labels.tolist() == [6, 7, 10, 11, 16]
    torch.testing.assert_close(out.logits, every[out.labelled_nodes])
    root, leaf = [1, 2, 11], [5, 6]
    labels = labelled.labels
    mlm = F.cross_entropy(every[root], labels[root])
    mnm = F.cross_entropy(every[leaf], labels[leaf])
    torch.testing.assert_close(out.mlm_loss, mlm)
    torch.testing.assert_close(out.leaf_loss, mnm)
    assert out.relation_labels.tolist() == [0, 11]
    torch.testing.assert_close(
        out.relation_loss,
        F.cross_entropy(out.relation_logits, out.relation_labels),
    )
    torch.testing.assert_close(
        out.loss,
        0.6 * (mlm + out.sbo_loss) + 0.4 * (mnm + out.relation_loss),
    )


def test_relation_logits_by_hand(labelled, make_model):
    model = make_model()
    out = model(labelled)
    x = out.last_hidden_state
    # Triple 2 is (root 0; leaf 7), triple 3 is (roots 2, 3; leaves 8, 9, 10).
    leaf = torch.stack([x[7], x[8:11].mean(0)])
    head = torch.stack([x[0], x[2:4].mean(0)])
    torch.testing.assert_close(
        out.relation_logits, model.relation_head(leaf, head)
    )


def test_triples_of_one_root_have_relations_of_their_own(make_model):
    graph = ChainGraph.from_triples([5, 6], [(0, 1, 12, [7]), (0, 1, 12, [8])])
    graph.edge_label = torch.tensor([1, 2])
    logits = make_model()(graph).relation_logits
    assert (logits[0] - logits[1]).abs().max() > 1e-3


def test_span_boundaries_by_hand(labelled, make_model):
    model = make_model()
    out = model(labelled)
    x, head = out.last_hidden_state, model.sbo_head
    before, _ = head.outside.weight
    place = head.place_embedding.weight
    inputs = torch.stack(
        [
            # Roots 1 and 2 lie between 0 and 3; root 11 opens its chain.
            torch.cat([x[0], x[3], place[0]]),
            torch.cat([x[0], x[3], place[1]]),
            torch.cat([before, x[12], place[0]]),
        ]
    )
    logits = model.lm_head.decode(
        head.transform(inputs), model.graphmert.get_input_embeddings().weight
    )
    torch.testing.assert_close(
        out.sbo_loss, F.cross_entropy(logits, torch.tensor([6, 7, 16]))
    )


def test_long_spans_are_cut(labelled, make_model):
    short = make_model(sbo_max_length=1)(labelled)
    assert short.sbo_loss.isfinite()


def test_each_missing_kind_adds_zero(graphs, make_model):
    model = make_model()
    batch = Batch.from_data_list(graphs)
    batch.labels = torch.full_like(batch.input_ids, -100)
    out = model(batch)
    assert out.loss.item() == 0
    assert out.logits.shape == (0, 30)
    assert out.relation_logits.shape == (0, 12)
    out.loss.backward()
    assert all(p.grad is not None for p in model.lm_head.parameters())


def test_switches(labelled, make_model):
    out = make_model(sbo=False, relation_loss=False, leaf_loss=False)(labelled)
    assert out.sbo_loss is out.relation_loss is out.leaf_loss is None
    torch.testing.assert_close(out.loss, 0.6 * out.mlm_loss)


def test_untrained_losses_are_those_of_chance(labelled, make_config):
    torch.manual_seed(0)
    out = GraphMertForPreTraining(make_config()).eval()(labelled)
    assert out.mlm_loss.item() == pytest.approx(math.log(30), abs=0.3)
    assert out.relation_loss.item() == pytest.approx(math.log(12), abs=0.3)


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"hgat_num_bases": 2},
        {"tie_word_embeddings": False},
        {"occurrence": "bias"},
        {"occurrence": "bias", "decay": False},
        {"occurrence": "hgat"},
    ],
)
def test_every_parameter_learns(labelled, make_model, overrides):
    model = make_model(**overrides)
    groups = parameter_groups(model, lr=1e-3, weight_decay=0.0)
    grouped = {id(value) for group in groups for value in group["params"]}
    before = {name: p.clone() for name, p in model.named_parameters()}
    labelled.edge_index = torch.cat(
        [labelled.edge_index, torch.tensor([[3, 2], [1, 0]])], dim=1
    )
    labelled.edge_type = torch.cat([labelled.edge_type, torch.tensor([13, 17])])
    labelled.edge_label = F.pad(labelled.edge_label, (0, 2), value=-100)
    # The last root of a chain masked too, for the vector after its end.
    labelled.labels[13] = 18
    model(labelled).loss.backward()
    torch.optim.AdamW(groups).step()
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad, name
        assert id(parameter) in grouped, name
        # A key's bias shifts all logits of a query alike: softmax drops it,
        # unless the decay scales it. Its gradient is small but not zero.
        assert parameter.grad.abs().max() > 0, name
        assert not torch.equal(parameter, before[name]), name


def test_parameter_groups(make_model):
    model = make_model(occurrence="bias")
    groups = {
        group["name"]: group for group in parameter_groups(model, 1e-4, 0.01)
    }
    offset, bias = groups["attention"]["params"]
    assert offset is model.graphmert.decay_offset
    assert bias is model.graphmert.occurrence.occurrence_bias
    assert groups["attention"]["lr"] == pytest.approx(50e-4)
    assert groups["attention"]["weight_decay"] == 0
    assert all(p.dim() == 1 for p in groups["no_decay"]["params"])
    assert all(p.dim() > 1 for p in groups["decay"]["params"])


@pytest.mark.parametrize("tied", [True, False])
def test_save_and_load(tmp_path, labelled, make_model, tied):
    model = make_model(tie_word_embeddings=tied)
    model.save_pretrained(tmp_path)
    loaded, report = AutoModelForPreTraining.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not any(report.values())
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    torch.testing.assert_close(loaded(labelled).loss, model(labelled).loss)
