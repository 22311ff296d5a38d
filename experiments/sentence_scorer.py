"""Rate triples by sentence embeddings, as GraphMERT's paper does.

Prints, for the functions of one file, the triples that the similarity of texts
chooses, beside those of the default scorer. Without `--model` the embedding is
a hash of subtokens, which needs no download.

python experiments/sentence_scorer.py --model path/to/a/sentence/encoder
"""

from __future__ import annotations

import argparse
import json.decoder
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from gmert_pyg import ChainGraph, GraphMertTokenizer
from gmert_pyg.data.building import GraphOptions
from gmert_pyg.data.from_source import graphs_of_file
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.data.injection import SentenceEmbeddingScorer
from gmert_pyg.data.injection.lexicon import subtokens
from gmert_pyg.schema import DEFAULT_SCHEMA

Vectors = NDArray[np.float32]


def hashed_words(texts: list[str], dimensions: int = 1024) -> Vectors:
    """Embed texts by counting the hashes of their subtokens."""
    vectors = np.zeros((len(texts), dimensions), np.float32)
    for row, text in enumerate(texts):
        for part in subtokens(text):
            vectors[row, zlib.crc32(part.encode()) % dimensions] += 1
    return np.sqrt(vectors)


def encoder_of(folder: Path) -> Callable[[list[str]], Vectors]:
    """Embed texts by the mean of the last states of a saved encoder.

    A model of `sentence-transformers` needs no such function: its `encode` can
    be given to the scorer as it is.
    """
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    @torch.inference_mode()
    def encode(texts: list[str]) -> Vectors:
        parts = []
        for start in range(0, len(texts), 32):
            inputs = tokenizer(
                texts[start : start + 32],
                padding=True,
                truncation=True,
                max_length=256,
                return_tensors="pt",
            )
            states = model(**inputs).last_hidden_state
            weight = inputs["attention_mask"].unsqueeze(-1).to(states.dtype)
            parts.append((states * weight).sum(1) / weight.sum(1))
        return torch.cat(parts).float().numpy()

    return encode


def triples(graph: ChainGraph, tokenizer: GraphMertTokenizer) -> set[str]:
    """Return the triples of a graph as text."""
    ids = graph.input_ids.tolist()
    names = DEFAULT_SCHEMA.relation_names
    return {
        f"{tokenizer.decode(ids[t.first_root : t.first_root + t.num_roots])}"
        f" --{names[t.relation]}-> {tokenizer.decode(list(t.tail))}"
        for t in grafted_triples(graph)
    }


def main() -> None:
    """Compare two scorers on the functions of a file."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "file", nargs="?", default=json.decoder.__file__, help="a Python file"
    )
    parser.add_argument(
        "--model", type=Path, help="folder of a saved text encoder"
    )
    parser.add_argument("--alpha", type=float, default=0.1)
    parser.add_argument("--max-triples-per-head", type=int, default=1)
    parser.add_argument(
        "--graphs", type=int, default=5, help="how many graphs to print"
    )
    arguments = parser.parse_args()
    if arguments.model is None:
        scorer = SentenceEmbeddingScorer(hashed_words, name="hashed-words")
    else:
        scorer = SentenceEmbeddingScorer(
            encoder_of(arguments.model), name=arguments.model.name
        )
    tokenizer = GraphMertTokenizer.default()
    by_text, by_default = (
        graphs_of_file(
            arguments.file,
            tokenizer,
            GraphOptions(
                scorer=chosen,
                alpha=arguments.alpha,
                max_triples_per_head=arguments.max_triples_per_head,
            ),
        )
        for chosen in (scorer, "relevance")
    )
    pairs = list(zip(by_text, by_default, strict=True))
    for ours, other in pairs[: arguments.graphs]:
        found, default = triples(ours, tokenizer), triples(other, tokenizer)
        print(f"\n{ours.qualified_name}, line {ours.line_start}")
        for title, part in (
            ("both", found & default),
            (scorer.identity, found - default),
            ("relevance", default - found),
        ):
            print(f"  {title}: {', '.join(sorted(part)) or '-'}")


if __name__ == "__main__":
    main()
