"""A disk that is really full."""

import subprocess

import pytest
from small_run import small_trainer

from gmert_pyg.training import last_complete_checkpoint
from gmert_pyg.training.tracking.run_files import CURVES


@pytest.fixture
def small_disk(tmp_path):
    """A file system in memory, where the user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=14m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_training_stops_where_the_disk_is_full(small_disk, dataset):
    # A checkpoint takes 4 MB: three fit, the fourth does not.
    trainer = small_trainer(
        dataset, small_disk, save_steps=1, save_total_limit=None
    )
    message = (
        "must have room for checkpoint-4 of .*; checkpoint-3 is the last good"
    )
    with pytest.raises(OSError, match=message):
        trainer.train()
    found = {path.name for path in small_disk.iterdir()} - {CURVES}
    assert found == {"checkpoint-1", "checkpoint-2", "checkpoint-3"}
    last = last_complete_checkpoint(small_disk)
    assert last == small_disk / "checkpoint-3"
