"""The step *Create avatar video* of Workflow Builder: a video in the channel, and its facts for the next steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.demo.slack import Execution, Message, Reply
from bot.demo.slack.delivery import payloads
from bot.demo.slack.state.workspace import WORKFLOW_TOKEN_SECONDS
from bot.demo.stage import Stage, read_manifest
from bot.scripts.accepted_files import LONGEST_SCRIPT
from tests.demo.stage import APP_TOKEN
from tests.scenarios.credits.test_approval import decline, until_asked
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    OLIVIA,
    bills,
    is_content,
    mentions,
    quickly_staged,
    replies,
    restart,
    text_of,
    until_announced,
    until_reply,
    until_says,
    until_taken,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEP = "create_avatar_video"
# The bot does not look again at a place where it was a moment ago.
UNVISITED = "C0STUDIO1"
PUBLIC_ELSEWHERE, PRIVATE_ELSEWHERE, ARCHIVED = "C0LAUNCH1", "C0LEADER1", "C0OLDNEWS"
SOCKET_MODE = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": None, "PUBLIC_URL": None}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that soon asks, and soon gives up looking. Minutes pass in a second, but steps' tokens live on."""
    async with quickly_staged(
        tmp_path_factory.mktemp("steps"), settings={"POLL_SECONDS": "0.3"}, slack={"time_scale": 20}
    ) as ready:
        ready.slack.events.retry_delays = (0.5,) * 60
        yield ready


def inputs(script: str, **others: Any) -> dict[str, Any]:
    """What the workflow's author filled in; what is None is left empty."""
    given = {"model": OLIVIA, "language": "en", "script": script, "channel": GENERAL, "user": ANA, **others}
    return {name: value for name, value in given.items() if value is not None}


async def run_step(stage: Stage, script: str, **others: Any) -> Execution:
    """Somebody runs the workflow, and the bot takes the step on."""
    run, reply = await stage.slack.person(ANA).run_step(STEP, inputs(script, **others))
    assert is_content(reply)
    return run


async def event_again(stage: Stage, run: Execution, script: str) -> Reply:
    """Slack delivers the event of a run once more."""
    declared = read_manifest()["functions"][STEP]
    event = payloads.function_executed(stage.slack.world, STEP, declared, inputs(script), run)
    return await stage.slack.events.send(event)


async def until_over(stage: Stage, run: Execution) -> Execution:
    """Waits until the step is completed."""
    await stage.slack.until(lambda: run.state != "running", timeout=60, what="the end of the step")
    return run


async def until_failed(stage: Stage, run: Execution) -> str:
    """The reason with which the step ended."""
    assert (await until_over(stage, run)).state == "failed", run.outputs
    return run.error


def announcements(stage: Stage, script: str, place: str = GENERAL) -> list[Message]:
    """The root messages about this script."""
    return [message for message in stage.slack.messages(place) if script in text_of(message)]


def link_of(stage: Stage, video: Message) -> str:
    """The address of a shared file in Slack."""
    (file,) = video.files
    return f"https://{stage.slack.world.team_domain}.slack.com/files/{file.owner}/{file.id}/{file.name}"


async def test_a_step_makes_a_video(stage: Stage, script: str) -> None:
    """The video comes into the thread, its person is mentioned, and the next steps get its facts."""
    run = await until_over(stage, await run_step(stage, script))
    (root,) = announcements(stage, script)
    video = await until_video(stage, root)
    bill = next(bill for bill in stage.studio.billed if bill.text == script)
    assert mentions(stage, root) == [video]
    assert (run.state, set(run.outputs)) == (
        "succeeded",
        {"video_url", "file_id", "project_id", "duration", "credits"},
    )
    assert run.outputs["video_url"] == link_of(stage, video)
    assert run.outputs["file_id"] == video.files[0].id
    assert run.outputs["project_id"] == bill.project_id
    assert run.outputs["credits"] == stage.studio.projects[bill.project_id].credit
    assert run.outputs["duration"] > 0


async def test_a_step_speaks_the_language_of_its_person(stage: Stage, script: str) -> None:
    """The thread of a Korean person is Korean."""
    await until_over(stage, await run_step(stage, script, user=MINJI, language="KO"))
    (root,) = announcements(stage, script)
    video = await until_video(stage, root)
    assert "님의 아바타 영상이 완성됐어요" in text_of(root)
    assert mentions(stage, root, MINJI) == [video]


async def test_a_step_that_names_nobody_mentions_nobody(stage: Stage, script: str) -> None:
    """Without a person the thread is about Workflow Builder, and nobody is notified."""
    run = await until_over(stage, await run_step(stage, script, user=None))
    (root,) = announcements(stage, script)
    video = await until_video(stage, root)
    assert run.state == "succeeded"
    assert "Workflow Builder made an avatar video" in text_of(root)
    assert video.text == "Your avatar video is ready 🎉"
    assert not any(message.notified for message in [root, *replies(stage, root)])


async def test_a_step_can_choose_the_resolution(stage: Stage, script: str) -> None:
    """The thread tells of a resolution that is not the usual one."""
    await until_over(stage, await run_step(stage, script, resolution=" 4K "))
    (root,) = announcements(stage, script)
    assert "Resolution: 4k" in text_of(root)


@pytest.mark.parametrize(
    ("wrong", "english", "korean"),
    [
        ({"model": " "}, "choose an avatar", "아바타를 골라"),
        (
            {"model": "<!here> Amy"},
            "“&lt;!here&gt; Amy” is not a model id",
            "모델 ID가 아니에요: “&lt;!here&gt; Amy”",
        ),
        ({"language": ""}, "choose the language", "언어를 골라"),
        ({"language": "Klingon"}, "language “Klingon”", "모르는 언어예요: “Klingon”"),
        ({"script": " \u200b\n"}, "nothing to say", "말할 내용이 없어요"),
        ({"script": "x" * (LONGEST_SCRIPT + 7)}, "shorten it by 7", "7자 줄여"),
        ({"resolution": "8k"}, "“8k” is not a resolution", "해상도예요: “8k”"),
        ({"channel": PRIVATE_ELSEWHERE}, "/invite @Avatar Bot", "/invite @Avatar Bot"),
        ({"channel": ARCHIVED}, "archived", "보관된 채널"),
    ],
    ids=["no model", "model", "no language", "language", "silent", "long", "resolution", "private", "archived"],
)
async def test_a_wrong_input_fails_the_step_with_words(
    stage: Stage, script: str, wrong: dict[str, str], english: str, korean: str
) -> None:
    """What is wrong is said in the person's language, before anything is posted or spent."""
    spoken = {"script": script, **wrong}
    assert english in await until_failed(stage, await run_step(stage, **spoken))
    assert korean in await until_failed(stage, await run_step(stage, **spoken, user=MINJI))
    assert bills(stage, spoken["script"]) == 0
    assert announcements(stage, script) == []


async def test_several_wrong_inputs_are_told_at_once(stage: Stage) -> None:
    """Whoever wrote the workflow sees all of it in one run."""
    words = await until_failed(stage, await run_step(stage, " ", language="xx", resolution="8k"))
    assert all(part in words for part in ("nothing to say", "“xx”", "“8k”"))


async def test_a_step_joins_a_public_channel(stage: Stage, script: str) -> None:
    """The bot need not be invited where anybody may come in."""
    run = await until_over(stage, await run_step(stage, script, channel=PUBLIC_ELSEWHERE))
    (root,) = announcements(stage, script, PUBLIC_ELSEWHERE)
    await until_video(stage, root)
    assert run.state == "succeeded"


async def test_a_refusal_of_ai_studios_fails_the_step(stage: Stage, script: str) -> None:
    """The step says what AI Studios said, and so does the thread."""
    stage.studio.faults.add("/simple/custom", error=(4000, "No credits <left> & none to come"))
    words = await until_failed(stage, await run_step(stage, script))
    assert "nothing was spent" in words
    assert "No credits &lt;left&gt; &amp; none to come" in words
    (root,) = announcements(stage, script)
    assert text_of(root).startswith("⚠️")


async def test_a_video_that_slack_refuses_is_a_link(stage: Stage, script: str) -> None:
    """The next steps get AI Studios' address, and no file."""
    stage.slack.faults.add("files.completeUploadExternal", error="file_uploads_disabled")
    run = await until_over(stage, await run_step(stage, script))
    assert run.state == "succeeded"
    assert run.outputs["video_url"].startswith(stage.studio.base_url)
    assert "file_id" not in run.outputs


async def test_an_event_that_comes_again_is_the_same_video(stage: Stage, script: str) -> None:
    """Slack sends events again, while the video is made and also later: one thread, one bill, one mention."""
    stage.studio.hold()
    run = await run_step(stage, script)
    assert is_content(await event_again(stage, run, script))
    await until_taken(stage, await until_announced(stage, script))
    assert is_content(await event_again(stage, run, script))
    stage.studio.release()
    await until_over(stage, run)
    assert is_content(await event_again(stage, run, script))
    (root,) = announcements(stage, script)
    await until_video(stage, root)
    assert len(mentions(stage, root)) == bills(stage, script) == 1
    assert run.state == "succeeded"


async def test_a_refused_event_that_comes_again_changes_nothing(stage: Stage, script: str) -> None:
    """A step that has failed stays as it is."""
    run = await run_step(stage, script, resolution="8k")
    words = await until_failed(stage, run)
    assert is_content(await event_again(stage, run, " "))
    assert (run.state, run.error) == ("failed", words)


async def test_an_event_that_the_bot_missed_is_taken_up(stage: Stage, script: str) -> None:
    """Slack's next try reaches the bot that was down."""
    await stage.bot.kill()
    run, reply = await stage.slack.person(ANA).run_step(STEP, inputs(script))
    assert reply.error == "connection_failed"
    await stage.bot.start()
    await until_over(stage, run)
    assert (run.state, bills(stage, script)) == ("succeeded", 1)


async def test_a_bot_that_is_killed_over_the_event_takes_it_up(stage: Stage, script: str) -> None:
    """Slack is told that the event was taken only once the request is written down."""
    lookup = stage.slack.faults.add("conversations.info", delay=5)
    elsewhere = inputs(script, channel=UNVISITED)
    delivery = asyncio.create_task(stage.slack.person(ANA).run_step(STEP, elsewhere))

    async def at_it() -> bool:
        return lookup.times == 0

    await until_true(at_it, what="the event at work")
    await restart(stage)
    run, _ = await delivery
    await until_over(stage, run)
    assert (run.state, bills(stage, script)) == ("succeeded", 1)


@pytest.mark.parametrize("person", [ANA, None])
async def test_a_place_that_slack_was_slow_to_tell_of_is_lost(stage: Stage, script: str, person: str | None) -> None:
    """The export finds out before anything is sent; the step fails, and the person, if any, hears of it directly."""
    stage.slack.faults.add("conversations.info", delay=2)
    words = await until_failed(stage, await run_step(stage, script, channel=PRIVATE_ELSEWHERE, user=person))
    assert words == "I couldn't post in the channel (channel_not_found). Nothing was spent."
    assert len(announcements(stage, script, stage.slack.world.direct_message(ANA).id)) == (1 if person else 0)
    assert bills(stage, script) == 0


@pytest.mark.long
async def test_a_killed_bot_completes_the_step_later(stage: Stage, script: str) -> None:
    """After `kill -9` in mid-render the next start brings the video and completes the step."""
    stage.studio.hold()
    run = await run_step(stage, script)
    root = await until_announced(stage, script)
    await until_taken(stage, root)
    await stage.bot.kill()
    stage.studio.release()
    await stage.bot.start()
    await until_over(stage, run)
    await until_video(stage, root)
    assert run.state == "succeeded"
    assert len(mentions(stage, root)) == bills(stage, script) == 1


async def made_too_late(stage: Stage, script: str) -> tuple[Execution, Message]:
    """A run whose video comes once the step's own token is dead."""
    stage.studio.hold()
    run = await run_step(stage, script)
    root = await until_announced(stage, script)
    await until_taken(stage, root)
    run.started -= WORKFLOW_TOKEN_SECONDS
    stage.studio.release()
    await until_video(stage, root)
    return run, root


async def test_a_render_may_outlive_the_token_of_the_step(stage: Stage, script: str) -> None:
    """After 15 minutes the bot's own token completes the step, where Slack lets it."""
    run, _ = await made_too_late(stage, script)
    assert (await until_over(stage, run)).state == "succeeded"


async def test_a_step_that_no_token_can_complete_is_logged(stage: Stage, script: str) -> None:
    """Where Slack takes neither token, the thread has everything all the same, and the log says what happened."""
    stage.slack.workspace.functions_accept_bot_token = False
    try:
        run, root = await made_too_late(stage, script)

        async def logged() -> bool:
            return f"step {run.id} was not completed: Slack accepts no token" in stage.bot.log.read_text()

        await until_true(logged, what="the warning in the log")
    finally:
        stage.slack.workspace.functions_accept_bot_token = True
    assert run.state == "running"
    assert len(mentions(stage, root)) == bills(stage, script) == 1


def action(message: Message, label: str) -> str:
    """The action id of the button with this label."""
    buttons = [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]
    return next(str(one["action_id"]) for one in buttons if one["text"]["text"] == label)


@pytest.mark.parametrize("answer", ["Leave it", "Submit again"])
async def test_a_question_completes_the_step_once_it_is_answered(stage: Stage, script: str, answer: str) -> None:
    """While the outcome of the submission is unknown the step runs on; the answer decides how it ends."""
    stage.studio.faults.add("/simple/custom", drop="before")
    run = await run_step(stage, script)
    root = await until_announced(stage, script)
    await until_says(stage, root, "❔")
    assert run.state == "running"
    (question,) = mentions(stage, root)
    await stage.slack.person(ANA).press(question, action(question, answer))
    await until_over(stage, run)
    if answer == "Submit again":
        assert (run.state, bills(stage, script)) == ("succeeded", 1)
    else:
        assert "it was not sent again" in run.error
        assert bills(stage, script) == 0


async def test_a_stopped_video_fails_the_step(stage: Stage, script: str) -> None:
    """*Stop* in the thread ends the step too."""
    stage.studio.hold()
    run = await run_step(stage, script)
    root = await until_announced(stage, script)
    await until_taken(stage, root)
    reply = await until_reply(stage, root)
    await stage.slack.person(ANA).press(reply, action(reply, "Stop"))
    assert "was stopped" in await until_failed(stage, run)


async def test_the_token_of_a_step_stays_out_of_the_log(stage: Stage, script: str) -> None:
    """Whoever reads the log cannot act in the workflow's name."""
    stage.studio.faults.add("/simple/custom", error=(4000, "No"))
    run = await run_step(stage, script)
    await until_failed(stage, run)
    assert run.token not in stage.bot.log.read_text()


async def test_the_limits_of_the_operator_hold_for_steps(tmp_path: Path) -> None:
    """A step beyond them fails with the words that the form would say, and nothing is sent."""
    async with quickly_staged(tmp_path, settings={"ALLOWED_CHANNELS": "C0STUDIO1"}) as stage:
        assert "#studio" in await until_failed(stage, await run_step(stage, "Beyond the limits."))
        made = await until_over(stage, await run_step(stage, "Within the limits.", channel="C0STUDIO1"))
        assert made.state == "succeeded"
        assert len(stage.studio.billed) == 1


async def test_a_step_waits_for_approval(tmp_path: Path) -> None:
    """It runs on until somebody decides: an approved video completes it, a declined one fails it with the reason."""
    async with quickly_staged(tmp_path, settings={"APPROVAL_CHANNEL": "C0STUDIO1"}) as stage:
        approved, declined = await run_step(stage, "Say this."), await run_step(stage, "Say that.", user=None)
        await stage.slack.person(MINJI).press(await until_asked(stage, "Say this."), "approve")
        await decline(stage, await until_asked(stage, "Say that."), "Not this week")
        assert "“Not this week”" in await until_failed(stage, declined)
        assert (await until_over(stage, approved)).state == "succeeded"
        assert [bill.text for bill in stage.studio.billed] == ["Say this."]


@asynccontextmanager
async def in_socket_mode(folder: Path) -> AsyncIterator[Stage]:
    """A bot that connects to Slack by itself."""
    settings = {**SOCKET_MODE, "POLL_SECONDS": "0.3"}
    async with quickly_staged(folder, settings=settings, slack={"app_token": APP_TOKEN}) as stage:

        async def connected() -> bool:
            return stage.slack.socket_mode.connected > 0

        await until_true(connected, what="a connection in Socket Mode")
        yield stage


async def test_steps_run_by_socket_mode(tmp_path: Path) -> None:
    """The event comes over the bot's own connection; success and reason arrive all the same."""
    async with in_socket_mode(tmp_path) as stage:
        made = await until_over(stage, await run_step(stage, "Over a socket."))
        assert made.state == "succeeded"
        refused = await until_over(stage, await run_step(stage, "Over a socket, too.", resolution="8k"))
        assert "“8k” is not a resolution" in refused.error
        assert len(stage.studio.billed) == 1
