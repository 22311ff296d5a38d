"""A build on a cluster of two machines gives the shards of any other build."""

import hashlib
import sys
import sysconfig
from pathlib import Path

import pytest

import gmert_pyg
from gmert_pyg import CodeChainGraphs

JSON = Path(sysconfig.get_path("stdlib"), "json")


def build(root, builder) -> CodeChainGraphs:
    return CodeChainGraphs(
        str(root), source=JSON, shard_bytes=10_000, builder=builder
    )


def files_of(dataset: CodeChainGraphs) -> dict[str, str]:
    directory = Path(dataset.processed_paths[0]).parent
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.glob("*.safetensors")
    }


@pytest.fixture
def two_nodes(monkeypatch):
    """A local cluster of two nodes with one processor each."""
    # Ray counts its use on a thread that outlives the cluster and logs
    # tracebacks: in Python 3.11 that breaks an `ast.parse` it interrupts.
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    for _ in range(2):
        cluster.add_node(num_cpus=1, object_store_memory=100 * 2**20)
    package = str(Path(gmert_pyg.__file__).parents[1])
    ray.init(
        address=cluster.address,
        runtime_env={"env_vars": {"PYTHONPATH": package}},
        logging_level="error",
        log_to_driver=False,
    )
    yield ray
    ray.shutdown()
    cluster.shutdown()


def test_a_cluster_builds_the_same_shards(two_nodes, tmp_path):
    assert two_nodes.cluster_resources()["CPU"] == 2
    assert sum(node["Alive"] for node in two_nodes.nodes()) == 2
    built = build(tmp_path / "ray", "ray")
    alone = build(tmp_path / "alone", "processes")
    assert len(files_of(alone)) > 4
    assert files_of(built) == files_of(alone)
    for cost in ("files_parsed", "shards_built"):
        assert built.last_build[cost] == alone.last_build[cost]
    assert len(built) == len(alone)


def test_ray_is_asked_for_by_name_where_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match=r"gmert-pyg\[ray\]"):
        build(tmp_path, "ray")
    with pytest.raises(ValueError, match=r"'builder' .*got 'spark'"):
        build(tmp_path, "spark")
