"""Train the tokenizer shipped in the package.

    python experiments/train_tokenizer.py WHEEL_OR_DIRECTORY... --output DIR

The standard library of the running interpreter is always read; the shipped
tokenizer was trained with the wheels listed in datasets/tokenizer/README.md.
Archives are read as text, nothing is unpacked or run.
"""

import argparse
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

from gmert_pyg.tokenization import train_tokenizer

SKIPPED = {"test", "tests", "idle_test", "site-packages", "__pycache__"}


def directory_texts(directory: Path) -> Iterator[str]:
    """Yield the Python files below `directory`, tests left out."""
    for path in sorted(directory.rglob("*.py")):
        if not SKIPPED.intersection(path.relative_to(directory).parts):
            yield path.read_text("utf-8", errors="replace")


def wheel_texts(wheel: Path) -> Iterator[str]:
    """Yield the Python files of a wheel, tests left out."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".py") and not SKIPPED.intersection(
                name.split("/")
            ):
                yield archive.read(name).decode("utf-8", errors="replace")


def main() -> None:
    """Read the sources, train, save."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sources", nargs="*", type=Path)
    parser.add_argument("--vocab-size", type=int, default=8192)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    texts = list(directory_texts(Path(sysconfig.get_path("stdlib"))))
    for source in arguments.sources:
        read = wheel_texts if source.suffix == ".whl" else directory_texts
        texts.extend(read(source))
    tokenizer = train_tokenizer(texts, arguments.vocab_size, True)
    tokenizer.save_pretrained(arguments.output)
    characters = sum(map(len, texts))
    print(f"{len(texts)} files, {characters / 1e6:.1f} M characters")


if __name__ == "__main__":
    main()
