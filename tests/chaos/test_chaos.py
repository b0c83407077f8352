"""At the size of CI: every accepted request ends, once, while processes are killed and servers fail."""

import os
from pathlib import Path

import pytest

from tests.chaos.database import PostgresMissing
from tests.chaos.plan import Plan
from tests.chaos.run import run
from tests.chaos.verdict import Verdict

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
        verdict = await run(Plan(exports=150, seed=SEED, database="postgres", replicas=3), tmp_path)
    except PostgresMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    assert verdict.faults["Postgres restarted at once"] >= 1
    judged(verdict, tmp_path, capsys)


@pytest.mark.long
async def test_chaos_on_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With one process on SQLite, 60 requests end once, billed as often as a person said."""
    verdict = await run(Plan(exports=60, seed=SEED, database="sqlite"), tmp_path)
    judged(verdict, tmp_path, capsys)


def judged(verdict: Verdict, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shows the table, and holds it against what was promised."""
    with capsys.disabled():
        print(f"\n{verdict.table()}")
    assert verdict.kills >= 3
    assert verdict.faults.keys() >= STRIKE_IN_EVERY_RUN
    again = f"seed {verdict.plan.seed}; the evidence and the logs are in {folder}"
    assert verdict.broken == {}, again
    assert verdict.strays <= verdict.kills, again
