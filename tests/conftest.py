from pathlib import Path

import pytest
from hypothesis import settings
from transformers import RobertaConfig, RobertaForMaskedLM, set_seed

from gmert_pyg import (
    CodeChainGraphs,
    GraphMertConfig,
    GraphMertForPreTraining,
    GraphMertTokenizer,
)

# Shared machines stall: a property that is slow once is not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SHAPES = '''"""Shapes."""
from geometry.units import Metre


class Shape:
    """A shape."""

    sides = 0

    def area(self, scale: int = 1) -> Metre:
        raise NotImplementedError


class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self, scale: int = 1) -> Metre:
        product = self.side * self.side
        return Metre(product * scale)
'''
UNITS = """import math


class Metre:
    def __init__(self, amount):
        self.amount = amount

    def rounded(self, digits):
        return math.floor(self.amount)


def convert(metre: Metre, factor: float) -> Metre:
    amount = metre.rounded(2)
    return Metre(amount * factor)
"""
USE = """from geometry.shapes import Square


def total(sides):
    squares = [Square(side) for side in sides]
    return sum(square.area(2).amount for square in squares)
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """A project of two packages, with files that cannot be read."""
    root = tmp_path_factory.mktemp("project")
    for name, text in {
        "geometry/__init__.py": "",
        "geometry/shapes.py": SHAPES,
        "geometry/units.py": UNITS,
        "app/__init__.py": "",
        "app/use.py": USE,
        "app/broken.py": "def (:\n",
    }.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (root / "app" / "latin.py").write_bytes(b"name = '\xe9'\n")
    (root / "app" / "null.py").write_bytes(b"x = 1\x00\n")
    (root / "app" / "dangling.py").symlink_to("nowhere")
    deep = "(" * 2000 + ")" * 2000
    (root / "app" / "deep.py").write_text(f"{deep}\n")
    return root


@pytest.fixture(scope="session")
def dataset(project, tmp_path_factory) -> CodeChainGraphs:
    """The graphs of the project."""
    root = tmp_path_factory.mktemp("root")
    return CodeChainGraphs(str(root), source=project, num_workers=0)


@pytest.fixture
def tiny_model() -> GraphMertForPreTraining:
    """One layer of width 32, over the default tokenizer's tokens."""
    set_seed(0)
    tokenizer = GraphMertTokenizer.default()
    config = GraphMertConfig.small(
        vocab_size=len(tokenizer),
        num_hidden_layers=1,
        hidden_size=32,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=tokenizer.pad_token_id,
        mask_token_id=tokenizer.mask_token_id,
    )
    return GraphMertForPreTraining(config)


@pytest.fixture(scope="session")
def roberta(tmp_path_factory) -> str:
    """A folder with a tiny RoBERTa and its tokenizer."""
    folder = tmp_path_factory.mktemp("roberta")
    tokenizer = GraphMertTokenizer.default()
    encoder = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=514,
        pad_token_id=tokenizer.pad_token_id,
    )
    RobertaForMaskedLM(encoder).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)
