"""The moves that the scenarios are made of: a person at a Slack client makes a video and reads the thread."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeVar

from bot.demo.aistudios import UNLISTED_MODELS
from bot.demo.slack import Message, Reply, Submission, User, View
from bot.demo.stage import Stage, staged
from bot.demo.video import short_video

ANA = "U0ANA0001"
MINJI = "U0MINJI01"
GENERAL = "C0GENERAL"
OLIVIA = "M000000101"
SCRIPT = "Hello! Here is what is new this week."

WORDS = ("chat.postMessage", "chat.update", "files.completeUploadExternal")

# How long a wait for a condition may last (seconds) before the test gives up; far beyond what any of them takes.
PATIENCE = 60.0
PRESSES = 3

T = TypeVar("T")


def quickly_staged(
    folder: Path,
    *,
    settings: Mapping[str, str | None] | None = None,
    slack: Mapping[str, Any] | None = None,
    studio: Mapping[str, Any] | None = None,
    start: bool = True,
) -> AbstractAsyncContextManager[Stage]:
    """A stage whose renders take half a second and give a tiny video."""
    quick = {"render": short_video, "render_seconds": 0.5}
    return staged(folder, settings=settings, slack=slack, studio={**quick, **(studio or {})}, start=start)


async def open_form(stage: Stage, person: str = ANA, words: str = "", channel: str = GENERAL) -> View:
    """Types the command and waits for the form that it opens."""
    someone = stage.slack.person(person)
    reply = await someone.slash_command("/avatar", words, channel)
    assert reply.error is None
    return await someone.view(of=reply)


async def answers(
    stage: Stage, view: View, script: str = SCRIPT, *, place: str = GENERAL, model: str = OLIVIA, language: str = "en"
) -> dict[str, Any]:
    """What a person fills in, after they found the avatar in the type-ahead."""
    await until_offered(stage, view, model)
    return {"model": model, "language": language, "script": script, "place": place}


async def until_offered(stage: Stage, view: View, model: str) -> None:
    """Asks the type-ahead until it offers this avatar: one of the account's by its name, any other as a pasted id."""
    listed = model not in UNLISTED_MODELS

    async def offered() -> bool:
        options = await stage.slack.person(view.user).suggestions(view, "model", model)
        return any(option["value"] == model and ("description" not in option or not listed) for option in options)

    await until_true(offered, what=f"the avatar {model} in the type-ahead")


async def until_true(question: Callable[[], Awaitable[T]], *, what: str, seconds: float = PATIENCE) -> T:
    """The first truthy answer, for states that only asking again can tell."""
    deadline = time.monotonic() + seconds
    while not (answer := await question()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.1)
    return answer


async def submit(
    stage: Stage, person: str = ANA, script: str = SCRIPT, *, client_checks: bool = True, **chosen: str
) -> Submission:
    """Opens the form in #general, fills it in, with what is `chosen` besides the script, and presses Submit."""
    view = await open_form(stage, person)
    filled = await answers(stage, view, script, **chosen)
    return await stage.slack.person(person).submit(view, filled, client_checks=client_checks)


async def submit_until_taken(stage: Stage, person: str, script: str, **chosen: str) -> Submission:
    """Presses Submit again when the form says that the bot was too busy, as it may be on a machine that is."""
    view = await open_form(stage, person)
    filled = await answers(stage, view, script, **chosen)
    someone = stage.slack.person(person)
    submission = await someone.submit(view, filled)
    for _ in range(PRESSES):
        if set(submission.errors) != {"script"}:
            break
        submission = await someone.submit(view, filled)
    return submission


async def make_video(
    stage: Stage, person: str = ANA, script: str = SCRIPT, *, place: str = GENERAL, **chosen: str
) -> Message:
    """Submits the form and gives the root message that announces this script."""
    known = [message.ts for message in stage.slack.messages(place)]
    submission = await submit_until_taken(stage, person, script, place=place, **chosen)
    assert submission.error is None
    assert submission.errors == {}
    assert submission.closed
    return await until_announced(stage, script, place=place, known=known)


async def until_announced(
    stage: Stage, script: str = SCRIPT, *, place: str = GENERAL, known: Sequence[str] = ()
) -> Message:
    """The message that quotes this script, apart from those whose ts is known already."""

    def root() -> Message | None:
        unknown = [message for message in stage.slack.messages(place) if message.ts not in known]
        return next((message for message in unknown if script in texts(message.blocks)), None)

    announced = await stage.slack.until(root, what="the announcement")
    assert announced is not None
    return announced


def replies(stage: Stage, root: Message) -> list[Message]:
    """The replies in the thread, in the order of posting."""
    return stage.slack.thread(root.channel, root.ts)[1:]


def mentions(stage: Stage, root: Message, person: str = ANA) -> list[Message]:
    """The replies whose posting notified this person."""
    return [reply for reply in replies(stage, root) if person in reply.notified]


def videos(stage: Stage, root: Message) -> list[Message]:
    """The replies that carry a file."""
    return [reply for reply in replies(stage, root) if reply.files]


async def until_reply(stage: Stage, root: Message) -> Message:
    """The reply that the bot keeps up to date."""
    return (await stage.slack.until(lambda: replies(stage, root), what="the first reply"))[0]


async def until_says(stage: Stage, message: Message, words: str, *, seconds: float = PATIENCE) -> None:
    """Waits until a message reads like this."""
    await stage.slack.until(lambda: words in text_of(message), timeout=seconds, what=f"“{words}” in {message.ts}")


async def until_video(stage: Stage, root: Message, *, seconds: float = PATIENCE) -> Message:
    """The reply with the video, once root and reply show the outcome too."""
    found = await stage.slack.until(lambda: videos(stage, root), timeout=seconds, what="the video in the thread")
    await until_says(stage, root, "✅")
    await until_says(stage, replies(stage, root)[0], "✅")
    return found[0]


async def until_notified(stage: Stage, root: Message, person: str = ANA, *, seconds: float = PATIENCE) -> str:
    """What the reply says that mentions the person, once the root shows an outcome too."""
    told = await stage.slack.until(lambda: mentions(stage, root, person), timeout=seconds, what="the mention")
    ends = ("✅", "⚠️", "🚫", "❔")
    await stage.slack.until(lambda: text_of(root).startswith(ends), what="the outcome on the root message")
    return text_of(told[0])


async def until_submitted(stage: Stage, script: str = SCRIPT) -> str:
    """The project at AI Studios that this script became, once it is accepted and billed."""

    def accepted() -> str | None:
        return next((bill.project_id for bill in stage.studio.billed if bill.text == script), None)

    project_id = await stage.studio.until(accepted, what="an accepted export")
    assert project_id is not None
    return project_id


def bills(stage: Stage, script: str) -> int:
    """How often this script was billed."""
    return sum(bill.text == script for bill in stage.studio.billed)


async def until_taken(stage: Stage, root: Message) -> None:
    """Waits until the thread shows that AI Studios has taken the script, or what it has said of it since."""
    reply = await until_reply(stage, root)
    words = ("AI Studios has the script", "Rendering", "No news from AI Studios")
    await stage.slack.until(lambda: any(word in text_of(reply) for word in words), what=f"{words} in {reply.ts}")


async def restart(stage: Stage) -> None:
    """`kill -9`, and a new start."""
    await stage.bot.kill()
    await stage.bot.start()


def text_of(message: Message) -> str:
    """Everything that a person reads in a message."""
    return "\n".join(texts(message.blocks)) or message.text


def texts(node: object) -> list[str]:
    """Every text in the blocks, from top to bottom."""
    return list(_texts(node))


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for value in node.values():
            yield from _texts(value)


def versions(stage: Stage, *, since: int = 0) -> list[Message]:
    """Every message of the bot as it ever read, the edited ones once for each edit."""
    said = [call.arguments for call in stage.slack.calls[since:] if call.method in WORDS and call.answer.get("ok")]
    return [_as_message(arguments) for arguments in said]


def _as_message(arguments: Mapping[str, Any]) -> Message:
    blocks = arguments.get("blocks") or []
    return Message(
        ts=str(arguments.get("ts", "")),
        channel=str(arguments.get("channel") or arguments.get("channel_id")),
        user="U0AVATARB",
        text=str(arguments.get("text") or arguments.get("initial_comment") or ""),
        blocks=json.loads(blocks) if isinstance(blocks, str) else blocks,
    )


def edits_of(message: Message) -> list[str]:
    """What each edit of a message made it say."""
    return ["\n".join(texts(edit.blocks)) for edit in message.edits]


def newcomer(stage: Stage, user_id: str, *, locale: str = "en-US") -> str:
    """Somebody who never used the bot joins #general; gives their id."""
    stage.slack.world.users[user_id] = User(user_id, user_id.lower(), user_id.title(), locale)
    stage.slack.world.channels[GENERAL].members.add(user_id)
    return user_id


def element(view: View, block_id: str) -> dict[str, Any]:
    """The input element of a block of the form."""
    found: dict[str, Any] = block(view, block_id)["element"]
    return found


def block(view: View, block_id: str) -> dict[str, Any]:
    """A block of the form."""
    found: dict[str, Any] = next(one for one in view.body["blocks"] if one["block_id"] == block_id)
    return found


def methods(stage: Stage, *, since: int = 0) -> list[str]:
    """The Web API methods that the bot called, in order."""
    return [call.method for call in stage.slack.calls[since:]]


def is_content(reply: Reply) -> bool:
    """Whether Slack is content with an answer: 200, and in time."""
    return reply.error is None and reply.status == 200
