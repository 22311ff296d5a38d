"""The command `gmert`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from safetensors import SafetensorError

from gmert_pyg import __version__
from gmert_pyg.cli import (
    build,
    demo,
    evaluate,
    extract,
    info,
    kg,
    pretrain,
    show,
)
from gmert_pyg.cli.command_parser import CommandParser
from gmert_pyg.training.checkpoints.interruption import TrainingInterrupted
from gmert_pyg.training.non_finite import NonFiniteLossError

COMMANDS = (demo, build, kg, pretrain, evaluate, extract, show, info)


def make_parser() -> CommandParser:
    """Return the parser of all commands."""
    parser = CommandParser(
        prog="gmert",
        description="GraphMERT for source code: chain graphs, pre-training,"
        " knowledge graphs.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status.

    Bad input ends in one line on standard error and status 2, a training whose
    loss is not finite in one line and status 1.
    """
    arguments = make_parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except NonFiniteLossError as error:
        # The input was not bad: a run failed.
        print(f"gmert: error: {error}", file=sys.stderr)
        return 1
    except TrainingInterrupted as interruption:
        print(
            f"gmert: interrupted at step {interruption.step}, --resume goes on",
            file=sys.stderr,
        )
        return interruption.exit_status
    except KeyboardInterrupt:
        print("gmert: interrupted, nothing half-done was kept", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # `gmert show ... | head`: nobody reads on, which is no error. What is
        # still buffered must not fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    # safetensors has an error of its own for a full disk.
    except (ValueError, OSError, SafetensorError) as error:
        message = " ".join(str(error).split())
        print(f"gmert: error: {message}", file=sys.stderr)
        return 2
    return 0
