"""A parser whose errors are one line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn


class CommandParser(argparse.ArgumentParser):
    """Says what is wrong with a command in one line, without the usage.

    An unknown flag is named together with the known one that is closest.
    """

    def error(self, message: str) -> NoReturn:
        """Print the message, and end with status 2."""
        self.exit(2, f"gmert: error: {' '.join(message.split())}\n")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse; what is unknown is an error here, where all is known."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(self._about(unknown[0]))
        return found, unknown

    def _about(self, word: str) -> str:
        if not word.startswith("-"):
            return f"'{word}' belongs to no flag of {self.prog}"
        flag = word.partition("=")[0]
        near = get_close_matches(flag, self._option_string_actions, n=1)
        hint = f", did you mean {near[0]}?" if near else ""
        return f"unknown flag {flag}{hint}"
