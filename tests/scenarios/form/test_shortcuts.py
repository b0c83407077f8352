"""The shortcuts: the form from anywhere, and a message's words as the script."""

import pytest

from bot.demo.slack import Message, Reply, View
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    OLIVIA,
    block,
    element,
    is_content,
    methods,
    newcomer,
    replies,
    text_of,
    until_announced,
    until_offered,
    until_says,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANYWHERE, FROM_MESSAGE = "make_avatar_video", "turn_into_avatar_video"


async def opened(stage: Stage, person: str, reply: Reply) -> View:
    """The form that a shortcut opens."""
    assert is_content(reply)
    return await stage.slack.person(person).view(of=reply)


async def turned(stage: Stage, message: Message, person: str = ANA) -> View:
    """The form that a message is turned into."""
    reply = await stage.slack.person(person).message_shortcut(FROM_MESSAGE, message)
    return await opened(stage, person, reply)


def script_in(view: View) -> str:
    """The script as the form opens with it."""
    return str(element(view, "script").get("initial_value", ""))


def posted(stage: Stage, message: Message) -> Message:
    """A message of an app that stands in the channel."""
    stage.slack.world.channels[message.channel].messages[message.ts] = message
    return message


@pytest.mark.parametrize(("person", "title"), [(ANA, "Make an avatar video"), (MINJI, "아바타 영상 만들기")])
async def test_the_global_shortcut_opens_an_empty_form(stage: Stage, person: str, title: str) -> None:
    """From anywhere in Slack the form opens in the person's language, with no script and no place."""
    view = await opened(stage, person, await stage.slack.person(person).shortcut(ANYWHERE))
    assert view.body["title"]["text"] == title
    assert script_in(view) == ""
    assert "initial_conversation" not in element(view, "place")


async def test_a_video_from_the_global_shortcut(stage: Stage, script: str) -> None:
    """The form from the shortcut makes a video where the person says."""
    person = stage.slack.person(ANA)
    view = await opened(stage, ANA, await person.shortcut(ANYWHERE))
    await until_offered(stage, view, OLIVIA)
    filled = {"model": OLIVIA, "language": "en", "script": script, "place": GENERAL}
    assert (await person.submit(view, filled)).closed
    await until_video(stage, await until_announced(stage, script))


async def test_a_message_becomes_a_script(stage: Stage) -> None:
    """Mentions, channels, links, emoji and marks become the words that one would say."""
    text = (
        f"*Hi* <@{MINJI}>, see <#{GENERAL}|general> and <https://example.com/a?b=c|the news> :tada: &amp; more\n"
        "> `really` <!here>"
    )
    message = stage.slack.person(ANA).say(GENERAL, text)
    view = await turned(stage, message)
    assert script_in(view) == "Hi minji, see general and the news & more\nreally"


@pytest.mark.parametrize(("person", "word"), [(ANA, "someone"), (MINJI, "누군가")])
async def test_somebody_unknown_is_someone(stage: Stage, person: str, word: str) -> None:
    """A mention of a person of whom Slack tells nothing is a word in the reader's language."""
    message = stage.slack.person(ANA).say(GENERAL, "Thanks, <@U0GONE0001>!")
    assert script_in(await turned(stage, message, person)) == f"Thanks, {word}!"


async def test_slow_names_do_not_hold_up_the_form(stage: Stage) -> None:
    """When Slack is slow to tell who is mentioned, the form opens in time without the name."""
    person, mentioned = newcomer(stage, "U0SHORT01"), newcomer(stage, "U0SHORT02")
    stage.slack.faults.add("users.info", times=2, delay=10)
    message = stage.slack.person(ANA).say(GENERAL, f"Well done <@{mentioned}>")
    assert script_in(await turned(stage, message, person)) == "Well done someone"


async def test_the_place_is_the_messages_channel(stage: Stage) -> None:
    """The video goes where the message is, unless the person says otherwise."""
    message = stage.slack.person(ANA).say("C0STUDIO1", "In the studio.")
    assert element(await turned(stage, message), "place")["initial_conversation"] == "C0STUDIO1"


async def test_a_long_message_is_cut(stage: Stage) -> None:
    """Of a message longer than the field its beginning is kept, and the form says so."""
    message = stage.slack.person(ANA).say(GENERAL, "word " * 1000)
    view = await turned(stage, message)
    assert script_in(view) == ("word " * 600)
    assert "left out" in block(view, "script")["hint"]["text"]


@pytest.mark.parametrize(
    ("text", "blocks", "words"),
    [
        (
            "",
            [{"type": "section", "block_id": "1", "text": {"type": "mrkdwn", "text": "*From* a block"}}],
            "From a block",
        ),
        ("", [{"type": "header", "block_id": "1", "text": {"type": "plain_text", "text": "a < b"}}], "a < b"),
        ("", [{"type": "divider", "block_id": "1"}], ""),
        ("", [], ""),
        (":tada: :+1:", [], ""),
        ("مرحبا بالعالم <@U0ANA0001>", [], "مرحبا بالعالم ana"),
    ],
)
async def test_other_messages(stage: Stage, text: str, blocks: list[dict[str, object]], words: str) -> None:
    """A message without text gives what its blocks say; one with nothing to say gives an empty form."""
    ts = stage.slack.world.new_ts()
    message = posted(stage, Message(ts, GENERAL, "U0AVATARB", text, bot_id="B0SOMEAPP", blocks=blocks))
    assert script_in(await turned(stage, message)) == words


async def test_the_announcement_links_to_the_message(stage: Stage, script: str) -> None:
    """The root message of a video links to the message that it was made from."""
    person = stage.slack.person(ANA)
    message = person.say(GENERAL, script)
    view = await turned(stage, message)
    await until_offered(stage, view, OLIVIA)
    await person.choose(view, "model", OLIVIA)
    assert (await person.submit(view, {"model": OLIVIA, "language": "en"})).closed
    root = await until_announced(stage, script)
    await until_says(stage, root, "From this message")
    assert message.ts.replace(".", "") in text_of(root)
    await until_video(stage, root)
    assert message.ts.replace(".", "") in text_of(root)
    assert replies(stage, message) == []


async def test_the_form_opens_with_the_first_call(stage: Stage) -> None:
    """Once the person is known, nothing comes before the form."""
    message = stage.slack.person(ANA).say(GENERAL, "Quick.")
    await turned(stage, message)
    before = len(stage.slack.calls)
    await turned(stage, message)
    # The picture of the avatar in the first form may come meanwhile.
    assert next(method for method in methods(stage, since=before) if method != "views.update") == "views.open"


async def test_a_form_that_cannot_open_is_said(stage: Stage) -> None:
    """When Slack refuses the form, the person is told."""
    stage.slack.faults.add("views.open", error="internal_error")
    person = stage.slack.person(newcomer(stage, "U0SHORT03"))
    message = person.say(GENERAL, "Unlucky.")
    await person.message_shortcut(FROM_MESSAGE, message)
    (told,) = await stage.slack.until(person.ephemerals, what="a message to the person")
    assert "couldn't open" in told.text
