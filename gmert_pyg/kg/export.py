"""The knowledge graph in the forms of other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gmert_pyg.parsing.columns import RESOLUTIONS

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from gmert_pyg.kg.code_kg import CodeKG


def to_pandas(kg: CodeKG) -> pd.DataFrame:
    """Return the triples of a knowledge graph as a table."""
    import pandas as pd

    triples = kg.triples
    names = np.array([e.qualified_name for e in kg.entities], object)
    kinds = np.array([str(e.kind) for e in kg.entities], object)
    relations = np.array(kg.schema.relation_names, object)
    paths = np.array([module.path for module in kg.modules], object)
    resolutions = np.array(list(RESOLUTIONS), object)
    return pd.DataFrame(
        {
            "head": names[triples.head],
            "relation": relations[triples.relation],
            "tail": names[triples.tail],
            "head_kind": kinds[triples.head],
            "tail_kind": kinds[triples.tail],
            "file": paths[triples.module],
            "line": triples.line,
            "resolution": resolutions[triples.resolution],
            "confidence": triples.confidence,
        }
    )


def to_networkx(kg: CodeKG) -> nx.MultiDiGraph[Any]:
    """Return the triples of a knowledge graph as a graph.

    Nodes are qualified names, with attributes `name` and `kind`; an annotation
    that is no plain name is prefixed with `type:`. Edge keys are relations.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    keys = [
        f"type:{e.qualified_name}" if e.kind == "type" else e.qualified_name
        for e in kg.entities
    ]
    for key, entity in zip(keys, kg.entities, strict=True):
        graph.add_node(key, name=entity.name, kind=str(entity.kind))
    resolutions = tuple(RESOLUTIONS)
    triples = kg.triples
    for i, (head, relation, tail) in enumerate(
        zip(
            triples.head.tolist(),
            triples.relation.tolist(),
            triples.tail.tolist(),
            strict=True,
        )
    ):
        graph.add_edge(
            keys[head],
            keys[tail],
            key=kg.schema.relation_names[relation],
            file=kg.modules[triples.module[i]].path,
            line=int(triples.line[i]),
            resolution=resolutions[triples.resolution[i]],
            confidence=float(triples.confidence[i]),
        )
    return graph
