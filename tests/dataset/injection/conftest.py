import numpy as np
import pytest

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.building import GraphOptions
from gmert_pyg.data.injection import Injector
from gmert_pyg.data.root_tokens import root_tokens
from gmert_pyg.data.tails import Tails
from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import parse_module

TOKENIZER = GraphMertTokenizer.default()


class Snippets:
    """Files of a project in memory, and what their windows may carry."""

    def __init__(self, files, **options):
        self.texts = list(files.values())
        self.kg = CodeKG.from_modules(
            [
                parse_module(text, f"{name}.py", name)
                for name, text in files.items()
            ]
        )
        self.options = GraphOptions(**options)
        tails = Tails(self.kg, TOKENIZER, self.options.max_tail_length)
        self.injector = Injector(self.kg, tails, self.options)

    def windows(self, module=0, cuts=None):
        """Cut a file before the given strings, or not at all."""
        text = self.texts[module]
        roots = root_tokens(text, TOKENIZER)
        starts = [0, *(text.index(cut) for cut in cuts or ())]
        first = np.searchsorted(roots.start, starts)
        return Windows.take(roots, first, np.diff(np.append(first, len(roots))))

    def candidates(self, module=0, cuts=None):
        return self.injector.candidates(
            self.windows(module, cuts), module, self.texts[module]
        )[0]

    def grafts(self, module=0, cuts=None):
        return self.injector.inject(
            self.windows(module, cuts), module, self.texts[module]
        )

    def wording(self, triples):
        """Return triples as (head, relation, tail)."""
        kg, columns = self.kg, self.kg.triples
        return [
            (
                kg.entities[columns.head[triple]].name,
                kg.schema.relation_names[columns.relation[triple]],
                kg.tail_text(int(columns.tail[triple])),
            )
            for triple in triples
        ]


@pytest.fixture
def snippets():
    """Build projects of files in memory: name to text."""
    return Snippets
