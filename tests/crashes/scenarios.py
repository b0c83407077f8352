"""What people do around a crash, and what must be there in the end: the same as without one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.demo.slack import Channel, Message
from bot.demo.stage import Stage
from tests.crashes.crash_stage import PATIENCE, CrashStage
from tests.crashes.points import SUBMIT
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    OLIVIA,
    answers,
    bills,
    is_content,
    open_form,
    replies,
    text_of,
    texts,
    until_announced,
    until_reply,
    until_says,
    until_submitted,
    until_true,
    videos,
)

SUBMIT_AGAIN, LEAVE_IT = "Submit again", "Leave it"
APPROVE, STOP, DISCARD = "Approve", "Stop", "Delete the project"
APPROVERS = "C0STUDIO1"
ARCHIVED = "C0OLDNEWS"
# Longer than the bot's check of the place may take, so that the place is entered when the form is gone.
SLOW_CHECK = 3.0

Play = Callable[[CrashStage, str], Awaitable[None]]


@dataclass(frozen=True)
class Outcome:
    """What is there of one request: counted over the workspace and the account, so that nothing doubled hides."""

    roots: int = 1
    sign: str = "✅"
    replies: int = 2
    videos: int = 1
    mentions: int = 1
    open_questions: int = 0
    direct_messages: int = 0
    completed_steps: int = 0
    bills: int = 1


@dataclass(frozen=True)
class Scenario:
    """`play` is what a person does and what the world does to them, up to where only the bot has to act."""

    name: str
    play: Play
    ends: Outcome


def outcome(stage: Stage, script: str) -> Outcome:
    """What there is of the request with this script."""
    announced = [root for channel in _places(stage) for root in stage.slack.messages(channel.id) if says(root, script)]
    thread = [reply for root in announced for reply in replies(stage, root)]
    direct = [
        message
        for channel in _direct(stage)
        for message in channel.messages.values()
        if says(message, script) or shows(message, script)
    ]
    return Outcome(
        roots=len(announced),
        sign=text_of(announced[0])[:1] if announced else "",
        replies=len(thread),
        videos=sum(len(videos(stage, root)) for root in announced),
        mentions=sum(ANA in message.notified for message in [*thread, *direct]),
        open_questions=sum(is_open(message) for message in thread),
        direct_messages=len(direct),
        completed_steps=_completed_steps(stage, script),
        bills=bills(stage, script),
    )


def _places(stage: Stage) -> list[Channel]:
    return [channel for channel in stage.slack.world.channels.values() if channel.kind != "im"]


def _direct(stage: Stage) -> list[Channel]:
    return [channel for channel in stage.slack.world.channels.values() if channel.kind == "im"]


def says(message: Message, script: str) -> bool:
    return script in texts(message.blocks)


def shows(message: Message, script: str) -> bool:
    """Whether its video has the script's first words for a title."""
    return any(script.startswith(file.title.rstrip("…")) for file in message.files)


def _completed_steps(stage: Stage, script: str) -> int:
    projects = {project.id for project in stage.studio.projects.values() if project.request.text == script}
    runs = stage.slack.world.executions.values()
    return sum(run.state == "succeeded" and run.outputs.get("project_id") in projects for run in runs)


def is_open(question: Message) -> bool:
    """Whether it is a question that still has its buttons."""
    return SUBMIT_AGAIN in _labels(question)


async def request(stage: CrashStage, script: str, place: str = GENERAL) -> None:
    """Submits the form, and again where Slack says that it had trouble connecting, until it closes."""
    view = await open_form(stage)
    filled = await answers(stage, view, script, place=place)

    async def closed() -> bool:
        return (await stage.slack.person(ANA).submit(view, filled)).closed

    await until_true(closed, what="the closed form", seconds=PATIENCE)


async def in_an_unknown_place(stage: CrashStage, script: str) -> None:
    """Slack is slow to tell of a public channel that the bot is not in: it joins when the form is gone."""
    world = stage.slack.world
    channel = Channel(world.new_id("C"), "far-away", "public", {ANA}, creator=ANA)
    world.channels[channel.id] = channel
    stage.slack.faults.add("conversations.info", delay=SLOW_CHECK)
    await request(stage, script, channel.id)


async def in_a_lost_place(stage: CrashStage, script: str) -> None:
    """The place turns out to be archived when the form is gone."""
    stage.slack.faults.add("conversations.info", times=None, delay=SLOW_CHECK)
    await request(stage, script, ARCHIVED)


async def with_a_refused_file(stage: CrashStage, script: str) -> None:
    """Slack does not take files of this kind."""
    stage.slack.faults.add("files.getUploadURLExternal", times=None, error="blocked_file_type")
    await request(stage, script)


async def with_a_broken_upload(stage: CrashStage, script: str) -> None:
    """Slack breaks the first upload off."""
    stage.slack.faults.add("upload", status=503)
    await request(stage, script)


async def with_a_busy_studio(stage: CrashStage, script: str) -> None:
    """AI Studios asks for a moment's patience."""
    stage.studio.faults.add(SUBMIT, status=503, retry_after=1)
    await request(stage, script)


async def rejected(stage: CrashStage, script: str) -> None:
    """AI Studios says no."""
    stage.studio.faults.add(SUBMIT, status=400, error=(4000, "No such avatar"))
    await request(stage, script)


async def submitted_again(stage: CrashStage, script: str) -> None:
    """The script gets lost on its way, the bot asks, and the person has it sent again."""
    await _lost_and_asked(stage, script)
    await _answer(stage, script, SUBMIT_AGAIN)


async def left(stage: CrashStage, script: str) -> None:
    """The script gets lost on its way, the bot asks, and the person leaves it."""
    await _lost_and_asked(stage, script)
    await _answer(stage, script, LEAVE_IT)


async def queued(stage: CrashStage, script: str) -> None:
    """Somebody else's video is being made, and this one has to wait; then the queue moves on."""
    await request(stage, script)
    reply = await until_reply(stage, await until_announced(stage, script))
    await until_says(stage, reply, "In line. Videos ahead of yours: 0.", seconds=PATIENCE)
    stage.studio.release()


async def lost_later(stage: CrashStage, script: str) -> None:
    """The place is archived while the video is rendered."""
    world = stage.slack.world
    channel = Channel(world.new_id("C"), "short-lived", "public", {ANA, world.bot_user_id}, creator=ANA)
    world.channels[channel.id] = channel
    stage.studio.hold()
    await request(stage, script, channel.id)
    await until_submitted(stage, script)
    stage.slack.archive_channel(channel.id)
    stage.studio.release()


async def approved(stage: CrashStage, script: str) -> None:
    """Somebody has to say yes first, and does."""
    await request(stage, script)
    await until_announced(stage, script)
    asked = await until_announced(stage, script, place=APPROVERS)
    await _press_until_gone(stage, asked, APPROVE)


async def stopped_and_deleted(stage: CrashStage, script: str) -> None:
    """The person stops it while it is rendered, and deletes the project."""
    stage.studio.hold()
    await request(stage, script)
    await until_submitted(stage, script)
    reply = await until_reply(stage, await until_announced(stage, script))
    for label in (STOP, DISCARD):
        await _press_until_gone(stage, reply, label)
    stage.studio.release()


async def stopped_in_queue(stage: CrashStage, script: str) -> None:
    """Somebody else's video is being made, and the person no longer wants to wait; then the queue moves on."""
    await request(stage, script)
    reply = await until_reply(stage, await until_announced(stage, script))
    await until_says(stage, reply, "In line. Videos ahead of yours: 0.", seconds=PATIENCE)
    await _press_until_gone(stage, reply, STOP)
    stage.studio.release()


async def step(stage: CrashStage, script: str) -> None:
    """A workflow's step asks for the video."""
    inputs = {"script": script, "model": OLIVIA, "language": "en", "channel": GENERAL, "user": ANA}

    async def begun() -> bool:
        _, reply = await stage.slack.person(ANA).run_step("create_avatar_video", inputs)
        return is_content(reply)

    await until_true(begun, what="the step", seconds=PATIENCE)


async def _press_until_gone(stage: CrashStage, message: Message, label: str) -> None:
    """Presses a button, once it is there, for as long as it is."""
    await stage.slack.until(lambda: label in _labels(message), timeout=PATIENCE, what=f"the button {label}")

    async def gone() -> bool:
        if label in _labels(message):
            await stage.slack.person(ANA).press(message, _action(message, label))
        return label not in _labels(message)

    await until_true(gone, what=f"the end of {label}", seconds=PATIENCE)


def _labels(message: Message) -> set[str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {one["text"]["text"] for row in rows for one in row}


async def _lost_and_asked(stage: CrashStage, script: str) -> None:
    stage.studio.faults.add(SUBMIT, drop="before")
    await request(stage, script)
    root = await until_announced(stage, script)
    await until_says(stage, root, "❔", seconds=PATIENCE)


async def _answer(stage: CrashStage, script: str, label: str) -> None:
    """Presses a button for as long as it is there."""
    root = await until_announced(stage, script)
    (question,) = [reply for reply in replies(stage, root) if is_open(reply)]
    action_id = _action(question, label)

    async def answered() -> bool:
        if is_open(question):
            await stage.slack.person(ANA).press(question, action_id)
        return not is_open(question)

    await until_true(answered, what="the answered question", seconds=PATIENCE)


def _action(message: Message, label: str) -> str:
    buttons = [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]
    return next(str(one["action_id"]) for one in buttons if one["text"]["text"] == label)


VIDEO = Scenario("video", request, Outcome())
JOINED = Scenario("video in an unknown place", in_an_unknown_place, Outcome())
BUSY = Scenario("busy AI Studios", with_a_busy_studio, Outcome())
BROKEN = Scenario("broken upload", with_a_broken_upload, Outcome())
QUEUED = Scenario("queued", queued, Outcome())
LINKED = Scenario("refused upload", with_a_refused_file, Outcome(videos=0))
REJECTED = Scenario("rejection", rejected, Outcome(sign="⚠", videos=0, bills=0))
ASKED = Scenario("question", request, Outcome(sign="❔", videos=0, open_questions=1, bills=0))
AGAIN = Scenario("submit again", submitted_again, Outcome(replies=3, mentions=2))
LEFT = Scenario("leave it", left, Outcome(sign="⚪", videos=0, bills=0))
LOST = Scenario("lost place", in_a_lost_place, Outcome(0, "", 0, 0, 0, direct_messages=1, bills=0))
LOST_LATER = Scenario(
    "place lost later", lost_later, Outcome(sign="🎬", replies=1, videos=0, mentions=1, direct_messages=1)
)
APPROVED = Scenario("approval", approved, Outcome(roots=2))
STOPPED = Scenario("stop", stopped_and_deleted, Outcome(sign="⏹", replies=1, videos=0, mentions=0))
STOPPED_IN_QUEUE = Scenario(
    "stop in queue", stopped_in_queue, Outcome(sign="⏹", replies=1, videos=0, mentions=0, bills=0)
)
STEP = Scenario("step", step, Outcome(completed_steps=1))
