"""The states in which an export can wait, and how one gets there."""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from bot.demo.slack import Message
from bot.demo.slack.web_api import METHODS
from bot.demo.stage import Stage
from tests.cli import command
from tests.cli.shell import rejected
from tests.data.history import DATABASE
from tests.scenarios.presses import press, until_offers
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    OLIVIA,
    answers,
    make_video,
    mentions,
    open_form,
    text_of,
    until_announced,
    until_reply,
    until_says,
    until_submitted,
    until_taken,
    until_true,
    until_video,
    videos,
)

# Plays, or commands beside the bot, with as many scripts as the state has exports.
Play = Callable[..., Awaitable[None]]

APPROVERS = "C0STUDIO1"
# The bot is in it, and cannot write there.
ARCHIVED = "C0OLDNEWS"
STOP, DISCARD, TRY_AGAIN = "Stop", "Delete the project", "Try again"
SUBMIT_AGAIN, LEAVE_IT = "Submit again", "Leave it"
STEP = "create_avatar_video"
# Parts of AI Studios and methods of Slack that fail here.
SUBMIT, PROJECT, VIDEOS = "/simple/custom", "/editor/project", "/videos"
POST, EDIT, OPEN = "chat.postMessage", "chat.update", "conversations.open"
COMPLETE, REPORT = "files.completeUploadExternal", "functions.completeSuccess"
# Longer than the bot checks a place while the form is open (seconds).
SLOW_CHECK = 3.0

APPROVED = {"APPROVAL_CHANNEL": APPROVERS, "POLL_SECONDS": "0.5"}
POLLED: Mapping[str, str | None] = {"PUBLIC_URL": None, "POLL_SECONDS": "0.5"}
# A search is soon over.
OFTEN = {"POLL_SECONDS": "0.1"}
# Nothing but a webhook brings these on within a test's time.
BY_WEBHOOK = {"POLL_SECONDS": "300"}


@dataclass(frozen=True)
class Waiting:
    """A state. `play` brings so many `exports` there with these settings; then the bot dies, and `command` is typed."""

    name: str
    play: Play
    settings: Mapping[str, str | None] = field(default_factory=lambda: {"POLL_SECONDS": "0.5"})
    exports: int = 1
    command: Play | None = None

    @property
    def scripts(self) -> list[str]:
        """What is to be said; no other state's begins like these."""
        return [script_of(self.name, number) for number in range(self.exports)]


def script_of(name: str, number: int = 0) -> str:
    """The script of the export with this number in a state."""
    return f"{'ABCD'[number]}, {name}: this was sent before the upgrade."


async def until_recorded(stage: Stage, step: str, times: int = 1) -> None:
    """Waits until a step has been recorded so often."""

    async def recorded() -> bool:
        file = f"{(stage.folder / DATABASE).as_uri()}?mode=ro"
        with closing(sqlite3.connect(file, uri=True)) as connection:
            query = "SELECT count(*) FROM operation_outputs WHERE function_name = ?"
            return bool(connection.execute(query, [step]).fetchone()[0] >= times)

    await until_true(recorded, what=f"{times} recorded {step}")


async def until_called(stage: Stage, method: str, times: int = 1) -> None:
    """Waits until the bot has called a method of Slack's so often."""
    await stage.slack.until(lambda: len(stage.slack.calls_to(method)) >= times, what=f"{times} calls of {method}")


async def rendering(stage: Stage, script: str) -> tuple[Message, Message]:
    """A video that is being rendered for as long as anybody looks: its root and its reply."""
    stage.studio.hold()
    root = await make_video(stage, script=script)
    await until_taken(stage, root)
    reply = await until_reply(stage, root)
    await until_recorded(stage, "show", len(reply.edits))
    return root, reply


async def stopped(stage: Stage, script: str) -> Message:
    """The reply of a video that was stopped while it was rendered."""
    _, reply = await rendering(stage, script)
    await press(stage, reply, STOP)
    await until_offers(stage, reply, DISCARD)
    return reply


async def for_approval(stage: Stage, *scripts: str) -> None:
    for script in scripts:
        await make_video(stage, script=script)
    await until_recorded(stage, "asked_at", len(scripts))


async def in_the_queue(stage: Stage, runs: str, waits: str, withdrawn: str, again: str) -> None:
    """One runs; behind it wait one, one that was stopped there, and the next attempt of one that failed."""
    _, failed = await rejected(stage, again)
    await rendering(stage, runs)
    await queued(stage, waits)
    await press(stage, await queued(stage, withdrawn), STOP)
    await until_recorded(stage, "end", 2)
    await press(stage, failed, TRY_AGAIN)
    await until_says(stage, await until_reply(stage, await until_announced(stage, again)), "In line.")


async def queued(stage: Stage, script: str) -> Message:
    reply = await until_reply(stage, await make_video(stage, script=script))
    await until_says(stage, reply, "In line.")
    return reply


async def for_a_busy_studio(stage: Stage, script: str) -> None:
    stage.studio.faults.add(SUBMIT, times=None, status=503, retry_after=1)
    await make_video(stage, script=script)
    await until_recorded(stage, "show")


async def for_an_unanswered_submission(stage: Stage, heard: str, unheard: str, lost: str) -> None:
    """AI Studios has two of them, and a webhook has told of one; nothing can be found there for now."""
    stage.studio.faults.add(PROJECT, times=None, status=503)
    stage.studio.faults.add(SUBMIT, drop="after", times=2)
    await make_video(stage, script=heard)
    await stage.studio.until(lambda: stage.studio.webhooks_sent, what="a webhook")
    stage.studio.hold()
    await make_video(stage, script=unheard)
    await until_submitted(stage, unheard)
    stage.studio.faults.add(SUBMIT, drop="before")
    await make_video(stage, script=lost)
    looks = await recorded_finds(stage)
    await until_recorded(stage, "find", looks + 6)


async def recorded_finds(stage: Stage) -> int:
    with closing(sqlite3.connect(stage.folder / DATABASE)) as connection:
        query = "SELECT count(*) FROM operation_outputs WHERE function_name = 'find'"
        return int(connection.execute(query).fetchone()[0])


async def submitted(stage: Stage, script: str) -> None:
    await rendering(stage, script)


async def rendering_by_polling(stage: Stage, script: str) -> None:
    stage.studio.faults.progress_script = (10, 20, 30)
    reply = await until_reply(stage, await make_video(stage, script=script))
    await until_says(stage, reply, "30%")
    await until_recorded(stage, "show", len(reply.edits))


async def rendering_by_webhooks(stage: Stage, script: str) -> None:
    """After the last edit more progress has come, which waits for the next one."""
    _, reply = await rendering(stage, script)
    project_id = await until_submitted(stage, script)
    await stage.studio.send_webhook(project_id, 30)
    await until_says(stage, reply, "30%")
    await until_recorded(stage, "show", len(reply.edits))
    for percent in (40, 45):
        assert await stage.studio.send_webhook(project_id, percent) == 200


async def silent(stage: Stage, script: str) -> None:
    stage.studio.faults.progress_script = (20,)
    reply = await until_reply(stage, await make_video(stage, script=script))
    await until_says(stage, reply, "No news from AI Studios")
    await until_recorded(stage, "show", len(reply.edits))


async def for_the_link(stage: Stage, script: str) -> None:
    stage.studio.faults.done_without_url = True
    await make_video(stage, script=script)
    await until_recorded(stage, "read", 4)


async def for_the_file(stage: Stage, script: str) -> None:
    stage.studio.faults.add(VIDEOS, times=None, status=503)
    await make_video(stage, script=script)
    await until_recorded(stage, "transfer")


async def for_slack_to_take_the_file(stage: Stage, script: str) -> None:
    stage.slack.faults.add("upload", times=None, status=503)
    await make_video(stage, script=script)
    await until_recorded(stage, "transfer")


async def for_slack_before_the_announcement(stage: Stage, script: str) -> None:
    view = await open_form(stage)
    filled = await answers(stage, view, script)
    for method in METHODS:
        stage.slack.faults.add(method, times=None, status=503)
    assert (await stage.slack.person(ANA).submit(view, filled)).closed
    calls = len(stage.slack.calls)
    await stage.slack.until(lambda: len(stage.slack.calls) > calls, what="another try")


async def for_slack_at_the_delivery(stage: Stage, script: str) -> None:
    """The file is at Slack, where nobody sees it yet."""
    stage.slack.faults.add(COMPLETE, times=None, status=503)
    await make_video(stage, script=script)
    await until_called(stage, COMPLETE)


async def for_slack_after_the_delivery(stage: Stage, script: str) -> None:
    """The video is in the thread, whose other messages do not say so yet."""
    root, _ = await rendering(stage, script)
    stage.slack.faults.add(EDIT, times=None, status=503)
    stage.studio.release()
    await stage.slack.until(lambda: videos(stage, root), what="the video in the thread")
    await until_recorded(stage, "share")
    await until_called(stage, EDIT, len(stage.slack.calls_to(EDIT)) + 1)


async def for_slack_to_notify(stage: Stage, script: str) -> None:
    """The root and the reply are there; that it failed cannot be said."""
    stage.studio.faults.add(SUBMIT, error=(4000, "No such avatar"))
    stage.slack.faults.add(POST, after=2, times=None, status=503)
    await make_video(stage, script=script)
    await until_called(stage, POST, 3)


async def for_slack_to_tell_directly(stage: Stage, script: str) -> None:
    """The place turns out to be archived when the form is gone."""
    view = await open_form(stage)
    filled = await answers(stage, view, script, place=ARCHIVED)
    stage.slack.faults.add("conversations.info", times=None, delay=SLOW_CHECK)
    stage.slack.faults.add(OPEN, times=None, status=503)
    assert (await stage.slack.person(ANA).submit(view, filled)).closed
    await until_called(stage, OPEN)


async def for_slack_around_the_approval(stage: Stage, approved: str, unasked: str) -> None:
    """The decision about one can't be shown; the other can't be brought before anybody."""
    await make_video(stage, script=approved)
    asked = await until_announced(stage, approved, place=APPROVERS)
    stage.slack.faults.add(EDIT, times=None, status=503)
    await stage.slack.person(MINJI).press(asked, "approve")
    await until_called(stage, EDIT)
    posts = len(stage.slack.calls_to(POST))
    stage.slack.faults.add(POST, after=2, times=None, status=503)
    await make_video(stage, script=unasked)
    await until_called(stage, POST, posts + 3)


async def for_slack_to_show_the_answer(stage: Stage, script: str) -> None:
    await asked(stage, script)
    (question,) = mentions(stage, await until_announced(stage, script))
    edits = len(stage.slack.calls_to(EDIT))
    stage.slack.faults.add(EDIT, times=None, status=503)
    await press(stage, question, LEAVE_IT)
    await until_called(stage, EDIT, edits + 1)


async def for_slack_to_take_the_report(stage: Stage, script: str) -> None:
    stage.slack.faults.add(REPORT, times=None, status=503)
    await run_step(stage, script)
    await until_called(stage, REPORT)


async def asked(stage: Stage, *scripts: str) -> None:
    for script in scripts:
        stage.studio.faults.add(SUBMIT, drop="before")
        await until_says(stage, await make_video(stage, script=script), "❔")
    await until_recorded(stage, "end", len(scripts))


async def answered_before_the_end(stage: Stage, script: str) -> None:
    """The question is answered while Slack still refuses the edits with which the export ends."""
    stage.studio.faults.add(SUBMIT, drop="before")
    stage.slack.faults.add(EDIT, times=None, status=503)
    root = await make_video(stage, script=script)
    (question,) = await stage.slack.until(lambda: mentions(stage, root), what="the question")
    await press(stage, question, SUBMIT_AGAIN)


async def failed(stage: Stage, script: str) -> None:
    await rejected(stage, script)
    await until_recorded(stage, "end")


async def retry(stage: Stage, script: str) -> None:  # noqa: ARG001 - all commands are given the scripts
    await typed(stage, "retry", "--yes")


async def followed_no_longer(stage: Stage, *scripts: str) -> None:
    for script in scripts:
        await stopped(stage, script)
    await until_recorded(stage, "end", len(scripts))


async def stop(stage: Stage, script: str) -> None:  # noqa: ARG001 - all commands are given the scripts
    await typed(stage, "stop")


async def typed(stage: Stage, name: str, *options: str) -> None:
    """A command about the one export, in the folder of a bot that is down."""
    with closing(sqlite3.connect(stage.folder / DATABASE)) as connection:
        ((export_id,),) = connection.execute("SELECT export_id FROM avatar_bot_exports")
    ended = await command.run(stage.folder, name, export_id, *options, settings={})
    assert ended.code == 0, ended.said


async def for_the_deletion(stage: Stage, script: str) -> None:
    reply = await stopped(stage, script)
    stage.studio.faults.add(PROJECT, times=None, status=503)
    await press(stage, reply, DISCARD)
    await until_recorded(stage, "delete_project")


async def discarded_before_the_end(stage: Stage, script: str) -> None:
    """The button is pressed while Slack still refuses the second edit with which the export ends."""
    _, reply = await rendering(stage, script)
    stage.slack.faults.add(EDIT, after=1, times=None, status=503)
    await press(stage, reply, STOP)
    await until_offers(stage, reply, DISCARD)
    await press(stage, reply, DISCARD)


async def step_of_a_workflow(stage: Stage, script: str) -> None:
    stage.studio.hold()
    await run_step(stage, script)
    await until_taken(stage, await until_announced(stage, script))


async def run_step(stage: Stage, script: str) -> None:
    """Somebody runs a workflow in which the video is made."""
    inputs = {"script": script, "model": OLIVIA, "language": "en", "channel": GENERAL, "user": ANA}
    await stage.slack.person(ANA).run_step(STEP, inputs)


async def ready(stage: Stage, script: str) -> None:
    """Nothing waits; it is what lists and the month's sum are made of."""
    video = await until_video(stage, await make_video(stage, script=script))
    assert ANA in text_of(video)
    await until_recorded(stage, "end")


STATES = (
    Waiting("waiting-for-approval", for_approval, APPROVED, exports=2),
    Waiting("in-the-queue", in_the_queue, {"MAX_CONCURRENT_EXPORTS": "1", "POLL_SECONDS": "0.5"}, exports=4),
    Waiting("ai-studios-is-busy", for_a_busy_studio),
    Waiting("searching", for_an_unanswered_submission, OFTEN, exports=3),
    Waiting("submitted", submitted),
    Waiting("rendering-by-polling", rendering_by_polling, POLLED),
    Waiting("rendering-by-webhooks", rendering_by_webhooks, BY_WEBHOOK),
    Waiting("silent", silent, POLLED),
    Waiting("rendered-without-a-link", for_the_link, POLLED),
    Waiting("file-store-away", for_the_file),
    Waiting("slack-away-at-the-upload", for_slack_to_take_the_file),
    Waiting("slack-away-before-the-announcement", for_slack_before_the_announcement),
    Waiting("slack-away-at-the-delivery", for_slack_at_the_delivery),
    Waiting("slack-away-after-the-delivery", for_slack_after_the_delivery),
    Waiting("slack-away-at-the-failure", for_slack_to_notify),
    Waiting("slack-away-at-the-approval", for_slack_around_the_approval, APPROVED, exports=2),
    Waiting("slack-away-at-the-answer", for_slack_to_show_the_answer, OFTEN),
    Waiting("slack-away-at-the-direct-message", for_slack_to_tell_directly),
    Waiting("slack-away-at-the-report", for_slack_to_take_the_report),
    Waiting("question", asked, OFTEN, exports=2),
    Waiting("answered-before-the-end", answered_before_the_end, OFTEN),
    Waiting("failed", failed),
    Waiting("retried-by-the-operator", failed, command=retry),
    Waiting("stopped", followed_no_longer, BY_WEBHOOK, exports=2),
    Waiting("stopped-by-the-operator", submitted, BY_WEBHOOK, command=stop),
    Waiting("deletion-later", for_the_deletion, BY_WEBHOOK),
    Waiting("discarded-before-the-end", discarded_before_the_end, BY_WEBHOOK),
    Waiting("step-of-a-workflow", step_of_a_workflow),
    Waiting("ready", ready),
)
