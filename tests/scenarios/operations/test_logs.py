"""The log: enough for an operator, and nothing in it that somebody else may not read."""

from pathlib import Path

import pytest

from bot.demo.stage import BOT_TOKEN, SIGNING_SECRET, USER_KEY, Stage
from tests.demo.stage import APP_TOKEN
from tests.scenarios.scene import (
    ANA,
    answers,
    make_video,
    open_form,
    quickly_staged,
    submit,
    until_announced,
    until_notified,
    until_submitted,
    until_taken,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = "Strictly confidential quarterly numbers"


def secrets(stage: Stage) -> set[str]:
    """What must not be in the log: scripts, tokens, keys, and the proofs in webhook addresses."""
    issued = {call.answer["data"]["token"] for call in stage.studio.calls if call.path.endswith("/auth/token")}
    proofs = {bill.webhook_url.rsplit("/", 1)[1] for bill in stage.studio.billed if bill.webhook_url}
    return {"confidential", BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, USER_KEY} | issued | proofs


def leaked(stage: Stage) -> set[str]:
    """The secrets that are in the log, which must hold something at all."""
    log = stage.bot.log.read_text()
    assert "bot" in log
    return {secret for secret in secrets(stage) if secret in log}


async def test_socket_mode_leaks_nothing(tmp_path: Path) -> None:
    """In Socket Mode the log holds no secret either."""
    settings = {"SLACK_APP_TOKEN": APP_TOKEN, "LOG_LEVEL": "DEBUG"}
    async with quickly_staged(tmp_path, settings=settings, slack={"app_token": APP_TOKEN}) as stage:

        async def connected() -> bool:
            return stage.slack.socket_mode.connected > 0

        await until_true(connected, what="a connection in Socket Mode")
        await until_video(stage, await make_video(stage, script=SCRIPT))
        await stage.bot.stop()
        assert leaked(stage) == set()


@pytest.mark.long
async def test_good_and_bad_days_leak_nothing(tmp_path: Path) -> None:
    """Neither a video by webhook nor refusals, lost connections, broken webhooks, errors in the form and a power cut
    leave a secret in the log, not even at LOG_LEVEL=DEBUG."""
    async with quickly_staged(tmp_path, settings={"LOG_LEVEL": "DEBUG", "POLL_SECONDS": "0.1"}) as stage:
        await until_video(stage, await make_video(stage, script=SCRIPT))
        stage.studio.faults.add("/simple/custom", error=(4000, "The script is not nice"))
        await until_notified(stage, await make_video(stage, script=f"{SCRIPT} 1"))
        stage.studio.faults.add("/simple/custom", drop="before")
        await until_notified(stage, await make_video(stage, script=f"{SCRIPT} 2"))
        await troubled_form(stage)
        for method in ("chat.postMessage", "upload", "files.completeUploadExternal"):
            stage.slack.faults.add(method, drop="after")
        stage.studio.hold()
        root = await make_video(stage, script=f"{SCRIPT} 3")
        await until_taken(stage, root)
        await stage.studio.send_webhook(await until_submitted(stage, f"{SCRIPT} 3"), 5, credit="confidential")
        await stage.bot.kill()
        await stage.bot.start()
        stage.studio.release()
        await until_video(stage, root)
        await stage.bot.stop()
        assert leaked(stage) == set()


async def troubled_form(stage: Stage) -> None:
    """Forms that cannot be opened and submissions that cannot be taken."""
    stage.slack.faults.add("views.open", error="invalid_arguments")
    person = stage.slack.person(ANA)
    await person.slash_command("/avatar", SCRIPT)
    await stage.slack.until(person.ephemerals, what="a message to the person")
    refused = await submit(stage, script=f"{SCRIPT} " * 100, client_checks=False)
    assert "script" in refused.errors


async def test_the_log_tells_an_operator_what_happens(stage: Stage, script: str) -> None:
    """The log names an export by its id when progress of it comes in."""
    view = await open_form(stage)
    await stage.slack.person(ANA).submit(view, await answers(stage, view, script))
    await until_video(stage, await until_announced(stage, script))
    assert f"export {stage.slack.world.team_id}-{view.id}: webhook" in stage.bot.log.read_text()
