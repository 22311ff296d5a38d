import pytest

from gmert_pyg.report import (
    CompletedRow,
    DrawnGraph,
    DrawnTriple,
    MetricRow,
    ReportContent,
)

HOSTILE = "<script>alert(1)</script>&\"'x"


@pytest.fixture
def hostile_content() -> ReportContent:
    """Content in which every text is an attack, or hard to show."""
    return ReportContent(
        title=HOSTILE,
        facts={HOSTILE: HOSTILE},
        summary={HOSTILE: "naïve 変数"},
        notes=[HOSTILE],
        log_history=[
            {
                "step": step,
                "mlm_loss": 9.0 / step,
                f"decay_offset/{HOSTILE}": 1.0,
                "decay_offset/$head$": 1.0 + step,
            }
            for step in (1, 2, 3)
        ],
        metrics=[
            MetricRow(
                task=HOSTILE,
                metric=HOSTILE,
                num_items=1,
                model=0.1,
                majority=0.2,
                lookup=0.3,
            )
        ],
        graph=DrawnGraph(
            title=HOSTILE,
            roots=["def", " ", HOSTILE, "(", "\n    ", "\udc80\x00\u202e"],
            triples=[
                DrawnTriple(
                    first_root=2,
                    num_roots=2,
                    relation=HOSTILE,
                    tail=[HOSTILE, "変数"],
                )
            ],
        ),
        completions=[
            CompletedRow(
                head=HOSTILE,
                relation=HOSTILE,
                tail=HOSTILE,
                hidden_tail=HOSTILE,
                confidence=0.5,
                status="unconfirmed",
                file=f"/tmp/a b#?{HOSTILE}.py",
                line=7,
            )
        ],
    )
