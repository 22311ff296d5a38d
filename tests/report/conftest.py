import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    Status,
    TripleSource,
)
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


def _extracted(
    head="shop.total", relation="calls", tail="sum", line=3, **changed
):
    source = TripleSource(
        file=changed.pop("file", "shop.py"),
        line=line,
        start=20,
        end=25,
        chunk=changed.pop("chunk", head),
    )
    values = {
        "head_kind": "function",
        "tail_kind": "external",
        "confidence": 0.5,
        "similarity": 0.25,
        "decoding": "rank",
        "status": Status.NOVEL,
        "sources": (source,),
    }
    return ExtractedTriple(
        head=head, relation=relation, tail=tail, **(values | changed)
    )


@pytest.fixture
def extracted():
    """Makes an extracted triple of which only some parts matter."""
    return _extracted


def _find_browser() -> str | None:
    """A Chromium: it alone prints what a page became without a driver."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    for name in names:
        if found := shutil.which(name):
            return found
    if importlib.util.find_spec("playwright") is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        path = browsers.chromium.executable_path
    return path if os.path.exists(path) else None


@pytest.fixture(scope="session")
def run_in_browser(tmp_path_factory):
    """Opens a page in a headless browser and returns what it became, and what
    its console said.
    """
    browser = _find_browser()
    if browser is None:
        pytest.skip("no Chromium is installed")
    profile = tmp_path_factory.mktemp("profile")

    def run(page: Path) -> tuple[str, str]:
        done = subprocess.run(
            [
                browser,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                f"--user-data-dir={profile}",
                "--enable-logging=stderr",
                "--window-size=1200,900",
                "--virtual-time-budget=5000",
                "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True,
            timeout=120,
            check=True,
        )
        log = done.stderr.decode("utf-8", "replace")
        console = [line for line in log.splitlines() if "CONSOLE" in line]
        return done.stdout.decode("utf-8"), "\n".join(console)

    return run
