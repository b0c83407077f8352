"""At the size of CI: every accepted request ends, once, while processes are killed and servers fail."""

import os
from pathlib import Path

import pytest

from tests.chaos.findings import Findings
from tests.chaos.plan import Plan
from tests.chaos.run import run
from tests.chaos.run_database import PostgresMissing

SEED = 1
STRIKE_IN_EVERY_RUN = {
    "webhooks lost",
    "webhooks doubled",
    "tokens expired",
    "Slack calls refused in an outage",
    "Slack 429 with Retry-After",
    "AI Studios 5xx",
}


@pytest.mark.long
async def test_chaos_on_postgres(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With three replicas on a Postgres that is restarted, 150 requests end once, billed as often as a person said."""
    try:
        findings = await run(Plan(exports=150, seed=SEED, database="postgres", replicas=3), tmp_path)
    except PostgresMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    assert findings.faults["Postgres restarted at once"] >= 1
    judged(findings, tmp_path, capsys)


@pytest.mark.long
async def test_chaos_on_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With one process on SQLite, 60 requests end once, billed as often as a person said."""
    findings = await run(Plan(exports=60, seed=SEED, database="sqlite"), tmp_path)
    judged(findings, tmp_path, capsys)


def judged(findings: Findings, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shows the table, and holds it against what was promised."""
    with capsys.disabled():
        print(f"\n{findings.table()}")
    assert findings.kills >= 3
    assert findings.faults.keys() >= STRIKE_IN_EVERY_RUN
    again = f"seed {findings.plan.seed}; the evidence and the logs are in {folder}"
    assert findings.broken == {}, again
    assert findings.strays <= findings.kills, again
