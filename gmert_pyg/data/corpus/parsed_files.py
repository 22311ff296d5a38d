"""What is known of every file of a corpus, kept from one build to the next."""

from __future__ import annotations

import hashlib
import json
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.corpus.code_version import PARSING, code_version
from gmert_pyg.data.root_tokens import RootTokens, root_tokens
from gmert_pyg.data.storage.column_file import (
    Columns,
    narrow,
    read_columns,
    text_column,
    write_columns,
)
from gmert_pyg.data.storage.record_encoding import RecordDecoder, RecordEncoder
from gmert_pyg.kg.project import SourceFile
from gmert_pyg.parsing import (
    ModuleFacts,
    SourceError,
    parse_source,
    read_source,
)
from gmert_pyg.paused_collection import paused_collection
from gmert_pyg.tokenization import tokenizer_hash

_KIND = "parsed file"
# A file that is edited twice within a tick of the clock of its file system
# keeps its time: it is trusted only if it is older than what was read of it.
_CLOCK_TICK = 2_000_000_000


class ParsedFiles:
    """Texts, facts and root tokens of files, each file parsed once.

    An entry is used again while its file has the size and the time it had, or
    else the same text; and while parser, tokenizer and module name are the
    same.

    Args:
        directory: where the entries are, one file each.
        tokenizer: the tokenizer.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        tokenizer: PreTrainedTokenizerFast,
    ) -> None:
        self.directory = Path(directory)
        self.tokenizer = tokenizer
        self._identity = f"{code_version(PARSING)} {tokenizer_hash(tokenizer)}"

    def update(self, file: SourceFile) -> bool:
        """Parse a file unless that was done; tell whether it was parsed."""
        if self.is_fresh(file):
            return False
        # Read before the text: a change in between is seen the next time.
        status = file_status(file.path)
        try:
            text = read_source(file.path)
        except SourceError as error:
            self._write(file, status, "", error.reason, {})
            return True
        digest = hashlib.sha256(_encoded(text)).hexdigest()
        known = self._header(file)
        if known is not None and known["sha256"] == digest:
            columns = self._read(file)[1]
            self._write(file, status, digest, known["error"], columns)
            return False
        self._write(file, status, digest, *self._parse(file, text))
        return True

    def is_fresh(self, file: SourceFile) -> bool:
        """Tell from size and time whether what is known of a file holds."""
        header = self._header(file)
        if header is None:
            return False
        size, time = file_status(file.path)
        written = os.stat(self._path(file.path)).st_mtime_ns
        return header["status"] == [size, time] and time < written - _CLOCK_TICK

    def digest(self, files: Iterable[SourceFile]) -> str:
        """Return a hash of all that is known of files that were parsed."""
        digest = hashlib.sha256()
        for file in files:
            header = self._read(file)[0]
            entry = (*file, header["sha256"], header["error"])
            digest.update(repr(entry).encode())
        return digest.hexdigest()

    def facts(
        self, files: Sequence[SourceFile]
    ) -> Iterator[ModuleFacts | SourceError]:
        """Yield the facts of files that were parsed, or what is wrong."""
        for file in files:
            header, columns = self._read(file)
            if header["error"]:
                yield SourceError(header["error"], file.path)
            else:
                yield _decode_facts(columns)

    def text_and_roots(self, file: SourceFile) -> tuple[str, RootTokens]:
        """Return the text of a file that was parsed, and its roots."""
        columns = self._read(file)[1]
        text = columns["text"].numpy().tobytes()
        return text.decode(errors="surrogatepass"), _decode_roots(columns)

    def keep_only(self, paths: Iterable[str]) -> None:
        """Delete what belongs to no file of these, leftovers included."""
        kept = {self._path(path) for path in paths}
        for path in self.directory.glob("*/*"):
            if path not in kept:
                path.unlink(missing_ok=True)

    def _parse(self, file: SourceFile, text: str) -> tuple[str, Columns]:
        """Return what is wrong with a text, or else what is known of it."""
        try:
            with paused_collection():
                facts = parse_source(
                    text,
                    file.path,
                    file.module,
                    file.is_package,
                    language=file.language,
                )
                return "", _encode(facts, text, self.tokenizer)
        except SourceError as error:
            return error.reason, {}

    def _path(self, path: str) -> Path:
        name = hashlib.sha256(_encoded(path)).hexdigest()[:32]
        return self.directory / name[:2] / f"{name[2:]}.safetensors"

    def _read(self, file: SourceFile) -> tuple[dict[str, Any], Columns]:
        return read_columns(self._path(file.path), _KIND)

    def _header(self, file: SourceFile) -> dict[str, Any] | None:
        """Return the entry of a file, if it is one of today's."""
        if not self._path(file.path).is_file():
            return None
        try:
            header = self._read(file)[0]
        except ValueError:  # damaged, or of another version: parsed again
            return None
        same = header["file"] == list(file)
        return header if same and header["identity"] == self._identity else None

    def _write(
        self,
        file: SourceFile,
        status: tuple[int, int],
        digest: str,
        error: str,
        columns: Columns,
    ) -> None:
        header = {
            "identity": self._identity,
            "file": list(file),
            "status": list(status),
            "sha256": digest,
            "error": error,
        }
        write_columns(self._path(file.path), _KIND, header, columns)


def file_status(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Return size and time of a file; (-1, 0) if it cannot be found."""
    try:
        status = os.stat(path)
    except OSError:  # a dangling link: skipped by name
        return (-1, 0)
    return status.st_size, status.st_mtime_ns


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _encode(
    facts: ModuleFacts, text: str, tokenizer: PreTrainedTokenizerFast
) -> Columns:
    encoder = RecordEncoder()
    record = [encoder.encode(facts), encoder.lists]
    roots = root_tokens(text, tokenizer)
    # Distances fit into a byte where positions need four.
    gap = np.diff(roots.start, prepend=0)
    gap[1:] -= (roots.end - roots.start)[:-1]
    columns = {
        "ids": roots.ids,
        "gap": gap,
        "length": roots.end - roots.start,
        "flags": roots.word_start + 2 * roots.line_break.astype(np.int64),
        "integers": np.frombuffer(encoder.integers, np.int32).copy(),
    }
    return {
        "text": text_column(_encoded(text)),
        "record": text_column(json.dumps(record).encode()),
        **{k: narrow(torch.from_numpy(v)) for k, v in columns.items()},
    }


def _decode_facts(columns: Columns) -> ModuleFacts:
    record, lists = json.loads(columns["record"].numpy().tobytes())
    integers = columns["integers"].numpy().astype(np.int32)
    decoder = RecordDecoder(array("i", integers.tobytes()), lists)
    return decoder.decode(ModuleFacts, record)


def _decode_roots(columns: Columns) -> RootTokens:
    ids, gap, length, flags = (
        columns[name].numpy().astype(np.int64)
        for name in ("ids", "gap", "length", "flags")
    )
    end = np.cumsum(gap + length)
    return RootTokens(ids, end - length, end, (flags & 1) > 0, (flags & 2) > 0)
