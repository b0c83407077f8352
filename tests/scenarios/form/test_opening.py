"""The form: it opens at once whatever else is slow, and shows what the person most likely wants."""

from pathlib import Path

import pytest

from bot.demo.process import free_port
from bot.demo.slack import View
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    block,
    element,
    make_video,
    methods,
    newcomer,
    open_form,
    quickly_staged,
    restart,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_form_opens_before_anything_else_is_asked(stage: Stage) -> None:
    """Between the command and the form there is one other call at most, and none to AI Studios."""
    person, slack_calls, studio_calls = newcomer(stage, "U0FIRST01"), len(stage.slack.calls), len(stage.studio.calls)
    await open_form(stage, person)
    assert "views.open" in methods(stage, since=slack_calls)[:2]
    assert len(stage.studio.calls) == studio_calls


async def test_the_second_form_opens_with_the_very_first_call(stage: Stage) -> None:
    """Once the bot knows a person's language, nothing at all comes before the form."""
    person = newcomer(stage, "U0SECOND1")
    await open_form(stage, person)
    before = len(stage.slack.calls)
    await open_form(stage, person)
    assert methods(stage, since=before) == ["views.open"]


async def test_the_form_opens_though_the_language_lookup_hangs(stage: Stage) -> None:
    """When Slack is slow to tell a person's language, the form opens in time and in English."""
    person = newcomer(stage, "U0SLOW001", locale="ko-KR")
    stage.slack.faults.add("users.info", delay=10)
    view = await open_form(stage, person)
    assert view.body["title"]["text"] == "Make an avatar video"


async def test_the_form_opens_though_the_language_lookup_fails(stage: Stage) -> None:
    """When Slack does not tell a person's language, the form opens in English."""
    person = newcomer(stage, "U0FAIL001", locale="ko-KR")
    stage.slack.faults.add("users.info", status=500)
    view = await open_form(stage, person)
    assert view.body["title"]["text"] == "Make an avatar video"


async def test_the_form_opens_while_ai_studios_hangs(tmp_path: Path) -> None:
    """A hanging AI Studios does not keep the form from opening, not even right after the start."""
    async with quickly_staged(tmp_path, start=False) as stage:
        stage.studio.faults.add("/", times=None, delay=60)
        await stage.bot.start()
        await open_form(stage)


async def test_the_form_opens_while_ai_studios_is_gone(tmp_path: Path) -> None:
    """Nobody listens at AI Studios' address: the form opens all the same."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with quickly_staged(tmp_path, settings={"AISTUDIOS_BASE_URL": nowhere}) as stage:
        await open_form(stage)


async def test_words_behind_the_command_become_the_script(stage: Stage) -> None:
    """`/avatar some words` opens the form with the words in the script."""
    view = await open_form(stage, ANA, "Welcome to the team!")
    assert element(view, "script")["initial_value"] == "Welcome to the team!"


async def test_slacks_entities_are_shown_as_typed(stage: Stage) -> None:
    """What Slack hands over as entities stands in the script as the person typed it."""
    view = await open_form(stage, ANA, "Tom &amp; Jerry &lt;3 &amp;lt; x &gt; y")
    assert element(view, "script")["initial_value"] == "Tom & Jerry <3 &lt; x > y"


async def test_too_many_words_are_cut_and_the_person_is_told(stage: Stage) -> None:
    """Of more than 3000 characters the first 3000 are kept, and the form says that the end was left out."""
    words = "".join(f"{number:04d} " for number in range(700))
    view = await open_form(stage, ANA, words.strip())
    assert element(view, "script")["initial_value"] == words[:3000]
    assert "left out" in block(view, "script")["hint"]["text"]


async def test_exactly_as_many_words_as_fit_are_not_cut(stage: Stage) -> None:
    """3000 characters fit whole, and nothing is said about cutting."""
    view = await open_form(stage, ANA, "x" * 3000)
    assert element(view, "script")["initial_value"] == "x" * 3000
    assert "left out" not in block(view, "script")["hint"]["text"]


@pytest.mark.parametrize("channel", [GENERAL, "C0STUDIO1", "D0ANAMINJ", "D0APPANA1", "G0GROUPDM"])
async def test_the_place_defaults_to_where_the_command_was_typed(stage: Stage, channel: str) -> None:
    """The form proposes the conversation that the person is in."""
    view = await open_form(stage, ANA, channel=channel)
    assert element(view, "place")["initial_conversation"] == channel


async def test_a_new_person_is_met_in_english(stage: Stage) -> None:
    """A person with an English Slack gets an English form with an English script and no avatar chosen."""
    view = await open_form(stage, newcomer(stage, "U0ENGLISH"))
    assert view.body["title"]["text"] == "Make an avatar video"
    assert element(view, "language")["initial_option"]["value"] == "en"
    assert "initial_option" not in element(view, "model")
    assert "initial_value" not in element(view, "script")


async def test_a_korean_person_is_met_in_korean(stage: Stage) -> None:
    """A person with a Korean Slack gets a Korean form, with Korean as the script's language."""
    view = await open_form(stage, MINJI)
    assert view.body["title"]["text"] == "아바타 영상 만들기"
    assert element(view, "language")["initial_option"]["value"] == "ko"
    assert block(view, "script")["label"]["text"] == "대본"


async def test_a_language_that_the_bot_does_not_speak_still_chooses_the_scripts(stage: Stage) -> None:
    """A person with a Japanese Slack reads English, but the script's language is Japanese."""
    view = await open_form(stage, newcomer(stage, "U0JAPAN01", locale="ja-JP"))
    assert view.body["title"]["text"] == "Make an avatar video"
    assert element(view, "language")["initial_option"]["value"] == "ja"


async def remembering(stage: Stage, person: str) -> View:
    """A form that knows what was used last; one whose look-up took too long goes without, by design."""

    async def remembered() -> View | None:
        view = await open_form(stage, person)
        return view if "initial_option" in element(view, "model") else None

    view = await until_true(remembered, what="a form that remembers")
    assert view is not None
    return view


async def test_the_form_remembers_avatar_and_language(stage: Stage) -> None:
    """The second time, avatar and language are those that this person used last; others see nothing of it."""
    person, other = newcomer(stage, "U0REPEAT1"), newcomer(stage, "U0OTHER01")
    root = await make_video(stage, person, "Guten Tag.", model="M000000103", language="de-DE")
    await until_video(stage, root)
    view = await remembering(stage, person)
    assert element(view, "model")["initial_option"]["value"] == "M000000103"
    assert element(view, "model")["initial_option"]["text"]["text"] == "Mateo"
    assert element(view, "language")["initial_option"]["value"] == "de-DE"
    assert "initial_option" not in element(await open_form(stage, other), "model")


async def test_the_form_remembers_the_newest_choice(stage: Stage) -> None:
    """Whoever chooses otherwise finds that in the next form, not what was remembered before."""
    person = newcomer(stage, "U0CHANGE1")
    await make_video(stage, person, "Guten Tag.", model="M000000103", language="de-DE")
    assert element(await remembering(stage, person), "language")["initial_option"]["value"] == "de-DE"
    await make_video(stage, person, "Buongiorno.", model="M000000103", language="it-IT")
    assert element(await remembering(stage, person), "language")["initial_option"]["value"] == "it-IT"


async def test_the_form_remembers_across_a_restart(stage: Stage) -> None:
    """A restart of the bot forgets nothing of what a person used last."""
    person = newcomer(stage, "U0AGAIN01")
    await until_video(stage, await make_video(stage, person, language="it-IT"))
    await restart(stage)
    assert element(await remembering(stage, person), "language")["initial_option"]["value"] == "it-IT"


async def test_a_form_that_slack_refuses_gives_the_words_back(stage: Stage) -> None:
    """When the form cannot open, the person is told so and gets back what they typed."""
    stage.slack.faults.add("views.open", error="internal_error")
    person = stage.slack.person(newcomer(stage, "U0UNLUCK1"))
    await person.slash_command("/avatar", "My precious words", GENERAL)
    (told,) = await stage.slack.until(person.ephemerals, what="a message to the person")
    assert "couldn't open" in told.text
    assert "My precious words" in str(told.blocks)
