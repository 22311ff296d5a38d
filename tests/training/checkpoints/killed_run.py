"""Runs in processes of their own, for others to kill."""

import json
import multiprocessing
import os
import shutil
import time
from pathlib import Path

import torch
from safetensors.torch import load_file
from small_run import log_of, small_trainer

from gmert_pyg import CodeChainGraphs
from gmert_pyg.training import last_complete_checkpoint
from gmert_pyg.training.checkpoints import saving as checkpoint_saving
from gmert_pyg.training.checkpoints import writing as checkpoint_writing

# A server that has imported the library forks the processes: each starts at
# once, and as new.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    ["gmert_pyg.training.pretraining.preparation"]
)

# Where a process can be made to wait for its death while it saves.
PLACES = (
    "half of optimizer.pt is written",
    "the manifest is still to be written",
    "the name is still to be given",
    "the older checkpoints are still to be removed",
    "an older checkpoint is half removed",
)


class Run:
    """A run in a folder, that goes on from its last checkpoint."""

    def __init__(self, dataset_root, project, output, **options):
        self.output = Path(output)
        self._arguments = (str(dataset_root), str(project), str(output))
        self._options = options

    def start(self, place=None):
        """Start a process; return it, and a pipe that tells of a place."""
        there, sender = _PROCESSES.Pipe(duplex=False)
        arguments = (*self._arguments, self._options, place, sender)
        return _started(_train, *arguments), there

    def finish(self):
        """Run to the end without being killed; return the seconds it took."""
        # Once the server is there.
        kill(_started(int))
        start = time.monotonic()
        process, _ = self.start()
        process.join(120)
        assert process.exitcode == 0
        return time.monotonic() - start

    def kill_at(self, place):
        """Run to a place, and kill."""
        process, there = self.start(place)
        assert there.poll(120), place
        kill(process)

    def kill_after(self, seconds):
        """Run for a time, and kill; tell whether the run was still going."""
        process, _ = self.start()
        process.join(seconds)
        was_going = process.exitcode is None
        kill(process)
        return was_going

    def outcome(self):
        """Return the weights and the log, after the end."""
        log = json.loads((self.output / "log.json").read_text())
        return load_file(self.output / "model.safetensors"), log


def _started(function, *arguments):
    process = _PROCESSES.Process(target=function, args=arguments)
    process.start()
    return process


def kill(process):
    """End a process as `kill -9` does."""
    process.kill()
    process.join()


def _train(dataset_root, project, output, options, place, there):
    torch.set_num_threads(1)
    dataset = CodeChainGraphs(dataset_root, source=project, num_workers=0)
    trainer = small_trainer(dataset, output, **options)
    if place is not None:
        _wait_for_death(place, there)
    resume = last_complete_checkpoint(output) is not None
    trainer.train(resume_from_checkpoint=resume)
    trainer.save_model(output)
    Path(output, "log.json").write_text(json.dumps(log_of(trainer)))


def _wait_for_death(place, there):
    """Let the next time that a place is reached be the last."""

    def wait(*_, **__):
        there.send(place)
        time.sleep(3600)

    def half_save(content, path):
        save(content, path)
        if Path(path).name == "optimizer.pt":
            os.truncate(path, Path(path).stat().st_size // 2)
            wait()

    def half_remove(path, **options):
        if path.is_dir() and path.name.endswith(".removed"):
            (path / "model.safetensors").unlink()
            wait()
        rmtree(path, **options)

    save, rmtree = torch.save, shutil.rmtree
    owner, name, replacement = {
        PLACES[0]: (torch, "save", half_save),
        PLACES[1]: (checkpoint_writing, "write_manifest", wait),
        PLACES[2]: (checkpoint_writing, "_publish", wait),
        PLACES[3]: (checkpoint_saving, "rotate_checkpoints", wait),
        PLACES[4]: (shutil, "rmtree", half_remove),
    }[place]
    setattr(owner, name, replacement)
