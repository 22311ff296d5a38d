import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from gmert_pyg.nn.conv import HGATConv
from gmert_pyg.nn.flop_count import Work, count_flops, num_places, work_of
from gmert_pyg.training import GraphCollator
from gmert_pyg.transforms import MaskForPreTraining


def batch_of(dataset, numbers):
    masks = MaskForPreTraining(dataset.tokenizer, rate=0.5)
    return GraphCollator(masks)([dataset[i] for i in numbers])["batch"]


@pytest.mark.parametrize("hgat", [True, False])
def test_the_formula_counts_what_torch_counts(
    tiny_model, dataset, monkeypatch, hgat
):
    # The operator for the CPU is one to torch's counter: the form for GPUs is
    # made of products that it knows.
    monkeypatch.setattr(HGATConv, "_is_fused", lambda *_: False)
    if not hgat:
        tiny_model.graphmert.hgat = None
    # A graph on its own, so that there is no padding, which torch counts too.
    batch = batch_of(dataset, [max(range(len(dataset)), key=sizes(dataset))])
    with FlopCounterMode(display=False) as counter:
        output = tiny_model(batch)
        output.loss.backward()
    count = count_flops(tiny_model)
    work = work_of(batch, tiny_model.config, output.relation_labels.numel())
    total = int(count.total(work))
    assert work.labels > work.boundaries > 0 and work.relations > 0
    assert total == pytest.approx(counter.get_total_flops(), rel=0.03)


def sizes(dataset):
    return lambda i: dataset.num_nodes_per_graph[i]


def test_pairs_and_places_by_hand(tiny_model, dataset):
    batch = batch_of(dataset, [0, 1, 2])
    n = dataset.num_nodes_per_graph[:3].tolist()
    work = work_of(batch, tiny_model.config)
    assert work.nodes == sum(n)
    assert int(work.pairs) == sum(size * size for size in n)
    assert int(num_places(batch, tiny_model)) == 3 * max(n)


def test_each_unit_of_work_costs_what_it_says(tiny_model):
    count = count_flops(tiny_model)
    width, layers = 32, 1
    assert count.node == 6 * layers * (4 * width**2 + 2 * width * 64)
    assert count.pair == 12 * layers * width
    assert count.total(Work(edges=3)) == count.batch + 3 * 12 * width
    without = torch.nn.ModuleDict({"graphmert": tiny_model.graphmert})
    assert count_flops(without).label == 0
