"""Help in the form while it is filled in, and the question whether the script fits its language."""

import pytest

from bot.demo.slack import View
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    MINJI,
    OLIVIA,
    answers,
    bills,
    element,
    make_video,
    methods,
    newcomer,
    open_form,
    text_of,
    texts,
    until_announced,
    until_offered,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELLO = "안녕하세요 여러분, 이번 주 새 소식을 전해 드릴게요."


def blocks_of(view: View, block_id: str) -> list[dict[str, object]]:
    """The blocks of that id in the form, at most one."""
    return [one for one in view.body["blocks"] if one.get("block_id") == block_id]


async def shown(stage: Stage, view: View, block_id: str) -> dict[str, object]:
    """A block of the form, once it is there."""
    return (await stage.slack.until(lambda: blocks_of(view, block_id), what=block_id))[0]


async def choose(stage: Stage, view: View, block_id: str, value: str) -> None:
    """Chooses in the form, an avatar after it was offered."""
    if block_id == "model":
        await until_offered(stage, view, value)
    reply = await stage.slack.person(view.user).choose(view, block_id, value)
    assert reply.error is None


@pytest.mark.parametrize(("locale", "name"), [("en-US", "Olivia · 올리비아"), ("ko-KR", "올리비아 · Olivia")])
async def test_a_chosen_avatar_shows_its_picture(stage: Stage, locale: str, name: str) -> None:
    """Below the avatar stands its picture, named as in the list."""
    view = await open_form(stage, newcomer(stage, f"U0PIC{locale[:2].upper()}01", locale=locale))
    await choose(stage, view, "model", OLIVIA)
    picture = await shown(stage, view, "picture")
    assert str(picture["image_url"]).startswith(stage.studio.base_url)
    assert picture["alt_text"] == name
    order = [one.get("block_id") for one in view.body["blocks"]]
    assert order.index("picture") == order.index("model") + 1


async def test_the_avatar_used_last_has_its_picture_too(stage: Stage, script: str) -> None:
    """A form that opens with an avatar shows its picture right after, and keeps the words behind the command."""
    person = newcomer(stage, "U0PICT000")
    await until_video(stage, await make_video(stage, person, script))
    view = await open_form(stage, person, "Some words")
    await shown(stage, view, "picture")
    assert element(view, "script")["initial_value"] == "Some words"


async def test_another_avatar_has_another_picture(stage: Stage) -> None:
    """The picture follows the choice."""
    view = await open_form(stage, newcomer(stage, "U0PICT001"))
    await choose(stage, view, "model", OLIVIA)
    first = await shown(stage, view, "picture")
    await choose(stage, view, "model", "M000000103")
    await stage.slack.until(lambda: blocks_of(view, "picture") not in ([], [first]), what="another picture")
    assert "Mateo" in str(blocks_of(view, "picture")[0]["alt_text"])


async def test_an_avatar_without_a_picture_is_fine(stage: Stage) -> None:
    """A model by its id, which no list has, shows none, and the form helps with the rest."""
    view = await open_form(stage, newcomer(stage, "U0PICT002"))
    stage.slack.person(view.user).type_in(view, {"script": "Hello there."})
    await choose(stage, view, "model", "67da28f034b05ae2e4385a2b")
    await shown(stage, view, "estimate")
    assert blocks_of(view, "picture") == []


async def test_a_picture_that_slack_cannot_fetch_is_left_out(stage: Stage) -> None:
    """When Slack refuses the form for its picture, the help comes without it."""
    view = await open_form(stage, newcomer(stage, "U0PICT003"))
    stage.slack.person(view.user).type_in(view, {"script": "Hello there."})
    stage.slack.faults.add("image download")
    await choose(stage, view, "model", OLIVIA)
    await shown(stage, view, "estimate")
    assert blocks_of(view, "picture") == []


async def test_the_length_is_of_what_is_typed_so_far(stage: Stage) -> None:
    """A choice shows how long the script takes to say in the chosen language, and keeps every letter of it."""
    person = stage.slack.person(newcomer(stage, "U0HELP002"))
    view = await open_form(stage, person.user.id)
    person.type_in(view, {"script": "word " * 300})
    await choose(stage, view, "language", "en")
    assert "2 min" in str(texts(await shown(stage, view, "estimate")))
    await choose(stage, view, "language", "ar-SA")
    await stage.slack.until(lambda: "3 min" in str(texts(blocks_of(view, "estimate"))), what="another length")


async def test_help_keeps_what_was_typed(stage: Stage, script: str) -> None:
    """After any help the form submits what the person filled in."""
    person = stage.slack.person(newcomer(stage, "U0HELP003"))
    view = await open_form(stage, person.user.id)
    person.type_in(view, await answers(stage, view, script))
    await choose(stage, view, "language", "de-DE")
    await shown(stage, view, "estimate")
    assert (await person.submit(view)).closed
    await until_video(stage, await until_announced(stage, script))
    assert next(bill.language for bill in stage.studio.billed if bill.text == script) == "de-DE"


async def test_help_that_fails_changes_nothing(stage: Stage, script: str) -> None:
    """When Slack does not take the help, nobody hears of it, and the form works."""
    person = stage.slack.person(newcomer(stage, "U0HELP001"))
    view = await open_form(stage, person.user.id)
    filled = await answers(stage, view, script)
    stage.slack.faults.add("views.update", error="fatal_error")
    before = len(stage.slack.calls)
    await choose(stage, view, "language", "en")
    await stage.slack.until(lambda: "views.update" in methods(stage, since=before), what="the try")
    assert (await person.submit(view, filled)).closed
    assert person.ephemerals() == []


@pytest.mark.parametrize(
    ("person", "words", "button"),
    [(ANA, ("Hangul", "English", "about"), "Make it anyway"), (MINJI, ("한글", "영어", "약"), "그대로 만들기")],
)
async def test_hangul_in_english_is_asked_about(
    stage: Stage, person: str, words: tuple[str, ...], button: str, script: str
) -> None:
    """A script that its language cannot be written in is asked about; pressing again makes the video."""
    someone = stage.slack.person(person)
    said = f"{HELLO} {script[:8]}"
    view = await open_form(stage, person)
    submission = await someone.submit(view, await answers(stage, view, said))
    assert submission.error is None
    assert submission.view is view
    question = str(texts(blocks_of(view, "mismatch")))
    assert [word for word in words if word not in question] == []
    assert view.body["submit"]["text"] == button
    assert bills(stage, said) == 0
    assert (await someone.submit(view)).closed
    root = await until_announced(stage, said)
    await until_video(stage, root)
    assert bills(stage, said) == 1


async def test_a_corrected_language_is_no_question(stage: Stage, script: str) -> None:
    """After the question the person chooses another language: the question goes, and the video is made in that."""
    said = f"{HELLO} {script[:8]}"
    person = stage.slack.person(newcomer(stage, "U0HELP004"))
    view = await open_form(stage, person.user.id)
    await person.submit(view, await answers(stage, view, said))
    await choose(stage, view, "language", "ko")
    await stage.slack.until(lambda: blocks_of(view, "mismatch") == [], what="no question")
    assert view.body["submit"]["text"] == "Make the video"
    assert (await person.submit(view)).closed
    assert "Korean" in text_of(await until_announced(stage, said))


async def test_a_changed_script_is_asked_about_again(stage: Stage, script: str) -> None:
    """The answer holds for the script that was asked about."""
    person = stage.slack.person(ANA)
    view = await open_form(stage)
    await person.submit(view, await answers(stage, view, f"{HELLO} {script[:8]}"))
    again = await person.submit(view, {"script": f"{HELLO} {script[:8]} 고마워요."})
    assert again.view is view
    assert blocks_of(view, "mismatch") != []
    assert (await person.submit(view)).closed


async def test_a_problem_comes_before_the_question(stage: Stage) -> None:
    """What cannot be made is not asked about."""
    view = await open_form(stage)
    filled = await answers(stage, view, HELLO, place="C0LEADER1")
    submission = await stage.slack.person(ANA).submit(view, filled)
    assert list(submission.errors) == ["place"]
    assert blocks_of(view, "mismatch") == []


async def test_a_full_script_from_right_to_left_is_asked_about(stage: Stage) -> None:
    """The question and a full script in Arabic fit into the form."""
    view = await open_form(stage)
    said = ("مرحبا بالعالم " * 230)[:3000]
    submission = await stage.slack.person(ANA).submit(view, await answers(stage, view, said))
    assert submission.error is None
    assert "Arabic letters" in str(texts(blocks_of(view, "mismatch")))
