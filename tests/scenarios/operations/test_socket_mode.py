"""Socket Mode: an install without a public address works just the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from bot.demo.slack import PersonFile
from bot.demo.stage import Stage
from tests.demo.stage import APP_TOKEN
from tests.scenarios.presses import press, until_offers
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    OLIVIA,
    bills,
    element,
    make_video,
    mentions,
    open_form,
    quickly_staged,
    submit,
    text_of,
    until_announced,
    until_offered,
    until_reply,
    until_says,
    until_submitted,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = {
    "SLACK_APP_TOKEN": APP_TOKEN,
    "SLACK_SIGNING_SECRET": None,
    "PUBLIC_URL": None,
    "POLL_SECONDS": "0.3",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that connects to Slack by itself."""
    folder = tmp_path_factory.mktemp("socket-mode")
    async with quickly_staged(folder, settings=SETTINGS, slack={"app_token": APP_TOKEN, "time_scale": 60}) as ready:
        await until_connected(ready)
        yield ready


async def until_connected(stage: Stage) -> None:
    """Waits for the bot's connection."""

    async def connected() -> bool:
        return stage.slack.socket_mode.connected > 0

    await until_true(connected, what="a connection in Socket Mode")


async def test_a_video_arrives_by_socket_mode(stage: Stage, script: str) -> None:
    """Command, type-ahead, form and video: all over a connection that the bot opened."""
    root = await make_video(stage, script=script)
    video = await until_video(stage, root)
    assert mentions(stage, root) == [video]
    assert bills(stage, script) == 1


async def test_problems_are_told_beside_the_field_by_socket_mode(stage: Stage) -> None:
    """Errors come back over the same connection."""
    assert "script" in (await submit(stage, script=" ", client_checks=False)).errors


async def test_a_connection_that_slack_renews_is_renewed(stage: Stage) -> None:
    """When Slack asks for a new connection, the bot makes one, and the next command works."""
    await stage.slack.socket_mode.disconnect("refresh_requested")
    await until_connected(stage)
    await open_form(stage)


async def test_without_a_signing_secret_nothing_is_taken_over_http(stage: Stage) -> None:
    """What could not be verified has no address at all."""
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{stage.bot.url}/slack/events", json={"type": "url_verification", "challenge": "x"})
        assert answer.status_code == 404


async def test_webhooks_work_beside_socket_mode(tmp_path: Path) -> None:
    """With a PUBLIC_URL, AI Studios' webhooks come in over HTTP although Slack does not."""
    settings = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": None, "POLL_SECONDS": "3600"}
    async with quickly_staged(tmp_path, settings=settings, slack={"app_token": APP_TOKEN}) as stage:
        await until_connected(stage)
        await until_video(stage, await make_video(stage))
        assert {call.status for call in stage.studio.webhooks_sent} == {200}


async def test_a_message_becomes_a_video_by_socket_mode(stage: Stage, script: str) -> None:
    """Shortcut, more options, the question about the language and a file: all over the same connection."""
    person = stage.slack.person(ANA)
    reply = await person.message_shortcut("turn_into_avatar_video", person.say(GENERAL, "Some words."))
    view = await person.view(of=reply)
    assert element(view, "script")["initial_value"] == "Some words."
    await person.press(view, "more_options")
    await stage.slack.until(lambda: "script_file" in str(view.body["blocks"]), what="more options")
    await until_offered(stage, view, OLIVIA)
    said = f"안녕하세요 여러분 반갑습니다 {script[:8]}"
    filled = {"script": "", "model": OLIVIA, "language": "en", "script_file": [PersonFile("a.txt", said.encode())]}
    assert "Hangul" in str((await person.submit(view, filled)).reply.json)
    assert (await person.submit(view)).closed
    root = await until_announced(stage, said)
    await until_video(stage, root)
    assert "From this message" in text_of(root)


async def test_buttons_work_by_socket_mode(stage: Stage, script: str) -> None:
    """Stop, try again, and another version: each press comes over the same connection, here from a Korean person."""
    stage.studio.faults.add("/simple/custom", error=(4000, "No such avatar"))
    root = await make_video(stage, MINJI, script)
    await until_says(stage, root, "⚠️")
    stage.studio.hold()
    await press(stage, mentions(stage, root, MINJI)[0], "다시 시도", MINJI)
    reply = await until_reply(stage, root)
    await until_offers(stage, reply, "제작 중단")
    await until_submitted(stage, script)
    # It has the script; where the bot asks as often as here, it may be called silent before that shows.
    await stage.slack.until(lambda: any(sign in text_of(reply) for sign in "📬🔕"), what="that the script was taken")
    await press(stage, reply, "제작 중단", MINJI)
    await until_says(stage, root, "⏹️")
    await press(stage, reply, "프로젝트 삭제", MINJI)
    await until_says(stage, reply, "🗑️")
    assert bills(stage, script) == 1
