"""What a model attends to, as text."""

from __future__ import annotations

from gmert_pyg.nn.explanation import DistanceAttention
from gmert_pyg.report.attention_marks import is_shared, shares_text
from gmert_pyg.report.content import DrawnGraph
from gmert_pyg.report.distance_bins import DistanceBins, mean_mass
from gmert_pyg.report.plain_text import visible


def print_head_attention(drawn: DrawnGraph) -> None:
    """Print how leaves attend to the tokens of their heads.

    Heads of one token get all the attention, and are left out.

    Args:
        drawn: a graph with the attention of its triples.
    """
    shared = [triple for triple in drawn.triples if is_shared(triple)]
    known = any(triple.attention for triple in drawn.triples)
    if not shared:
        if known:
            print("\nH-GAT attention: every head is a single token")
        return
    print("\nH-GAT attention to the tokens of a head, leaf by leaf")
    for triple in shared:
        first = triple.first_root
        head = drawn.roots[first : first + triple.num_roots]
        tail = visible("".join(triple.tail))
        print(f"{first:4} {visible(''.join(head))} {triple.relation} -> {tail}")
        for leaf, shares in zip(triple.tail, triple.attention, strict=True):
            print(f"       {visible(leaf):16} {shares_text(head, shares)}")


def print_distances(attention: DistanceAttention) -> None:
    """Print the attention mass of every head by distance, as a table.

    Args:
        attention: the attention of the encoder.
    """
    bins = DistanceBins(attention.mass.size(-1))
    rows = bins.sums(mean_mass(attention)).tolist()
    labels = [*map(str, range(len(rows))), "even"]
    rows.append(bins.sums(attention.even.double().cpu().numpy()).tolist())
    offsets = [] if attention.p is None else attention.p.tolist()
    print("\nAttention mass by distance in the graph, mean over layers (%)")
    columns = "".join(f"{label:>8}" for label in bins.labels)
    print(f"head {'p':>6}{columns}" if offsets else f"head {columns}")
    texts = [f"{offset:.2f}" for offset in offsets] + [""]
    for place, (label, row) in enumerate(zip(labels, rows, strict=True)):
        p = f"{texts[place]:>6}" if offsets else ""
        shares = "".join(f"{100 * share:8.1f}" for share in row)
        print(f"{label:4} {p}{shares}")
