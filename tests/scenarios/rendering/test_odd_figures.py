"""Figures and ids that no database column could hold: the export ends, and the next has its turn."""

import json
from pathlib import Path

import httpx

from bot.demo.stage import Stage
from tests.scenarios.scene import (
    make_video,
    quickly_staged,
    text_of,
    until_says,
    until_submitted,
    until_video,
)

# Beyond Postgres' integers, beyond those of SQLite, and beyond what can be written out.
ODD_CREDITS = ["2147483648", "15000000000", "9e18", "9e99"]
ODD_IDS = ["p" * 129, "p\0q"]


async def reports(stage: Stage, script: str, body: str) -> int:
    """What the webhook of this script's export answers to the body."""
    address = stage.studio.projects[await until_submitted(stage, script)].request.webhook_url
    assert address is not None
    async with httpx.AsyncClient() as http:
        return (await http.post(address, content=body, headers={"Content-Type": "application/json"})).status_code


async def test_odd_credits_end_no_export(either_database_url: str, tmp_path: Path) -> None:
    """The video comes, without a number of credits, and the next request has its turn."""
    settings = {"DATABASE_URL": either_database_url, "MAX_CONCURRENT_EXPORTS": "1"}
    async with quickly_staged(tmp_path, settings=settings) as stage:
        for number, credits in enumerate(ODD_CREDITS):
            script = f"Number {number} of the odd figures."
            stage.studio.hold()
            root = await make_video(stage, script=script)
            assert await reports(stage, script, f'{{"progress": 60, "credit": {credits}}}') == 200
            stage.studio.release()
            reply = await until_video(stage, root)
            assert "0000" not in text_of(reply)


async def test_an_odd_id_is_asked_about(either_database_url: str, tmp_path: Path) -> None:
    """AI Studios may have taken the script, but names a project that can't be one: the person decides."""
    settings = {"DATABASE_URL": either_database_url, "MAX_CONCURRENT_EXPORTS": "1", "POLL_SECONDS": "0.1"}
    settings["EXPORT_TIMEOUT_SECONDS"] = "6"
    async with quickly_staged(tmp_path, settings=settings) as stage:
        for number, project_id in enumerate(ODD_IDS):
            answer = {"success": True, "data": {"projectId": project_id, "taskId": "t1"}}
            stage.studio.faults.add("/simple/custom", body=json.dumps(answer).encode())
            root = await make_video(stage, script=f"Number {number} of the odd ids.")
            await until_says(stage, root, "needs an answer", seconds=30)
        await until_video(stage, await make_video(stage, script="The one behind them."))
