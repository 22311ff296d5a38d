import pytest
import torch

from gmert_pyg.training.tracking.device_peak import bf16_peak
from gmert_pyg.training.tracking.throughput import TIMED, Throughput


class Clock:
    now = 0.0

    def __call__(self):
        return self.now

    def slow(self, items, seconds):
        for item in items:
            self.now += seconds
            yield item


@pytest.fixture
def clock():
    return Clock()


def test_rates_and_shares_by_hand(clock):
    throughput = Throughput(peak=4.0, clock=clock)
    # Two steps of 2 s, of which a quarter is spent waiting for the batch.
    for _ in throughput.timed(clock.slow([1, 2], 0.5)):
        clock.now += 1.5
        throughput.add(torch.tensor(4e12, dtype=torch.double), 300, 10)
    entry = throughput()
    assert set(entry) == set(TIMED)
    assert entry["nodes_per_second"] == 150
    assert entry["graphs_per_second"] == 5
    assert entry["data_wait"] == 0.25
    assert entry["tflops"] == 2.0
    assert entry["model_flop_utilisation"] == 0.5
    assert throughput.take_flops() == 8e12
    assert throughput.take_flops() == 0


def test_all_processes_count_and_the_share_waited_is_their_mean(clock):
    throughput = Throughput(
        peak=1.0, over_ranks=lambda sums: 2 * sums, num_ranks=2, clock=clock
    )
    for _ in throughput.timed(clock.slow([1], 1.0)):
        clock.now += 1.0
        throughput.add(torch.tensor(1e12, dtype=torch.double), 100, 2)
    entry = throughput()
    assert entry["nodes_per_second"] == 100
    assert entry["data_wait"] == 0.5
    assert entry["model_flop_utilisation"] == 0.5


def test_evaluations_and_checkpoints_do_not_count(clock):
    throughput = Throughput(clock=clock)
    throughput.on_train_begin()
    for _ in range(2):
        clock.now += 1.0  # a step
        throughput.add(torch.tensor(0.0), 100, 1)
        throughput.on_step_end()
        clock.now += 10.0  # an evaluation, which logs its metrics
        throughput.on_log(None, None, None, {"eval_loss": 1.0})
        throughput.on_evaluate()
        clock.now += 5.0
        throughput.on_save()
    assert throughput() == {
        "nodes_per_second": 100,
        "graphs_per_second": 1,
        "data_wait": 0,
        "tflops": 0,
    }


def test_the_peak_is_that_of_the_very_device():
    assert bf16_peak("NVIDIA H200") == 989.4
    assert bf16_peak("NVIDIA H100 NVL") == 835.5
    assert bf16_peak("NVIDIA A100 80GB PCIe") == 312.0
    assert bf16_peak("NVIDIA L4") == 121.0
    assert bf16_peak("NVIDIA GeForce RTX 4090 Laptop GPU") is None
    assert bf16_peak("Some GPU of 2031") is None
