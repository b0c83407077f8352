"""The Home tab: a person's videos as they move, and the way to the next one."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.demo.slack import View
from bot.demo.stage import Stage
from tests.demo.stage import APP_TOKEN
from tests.scenarios.home.test_list import ask
from tests.scenarios.operations.test_socket_mode import until_connected
from tests.scenarios.scene import (
    GENERAL,
    OLIVIA,
    element,
    is_content,
    make_video,
    newcomer,
    quickly_staged,
    restart,
    text_of,
    texts,
    until_notified,
    until_submitted,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

LANGUAGES = {"en": ("en-US", "Your videos will be here"), "ko": ("ko-KR", "만든 영상이 여기에 보여요")}
WAYS = {
    "in HTTP": ({}, {}),
    "in Socket Mode": (
        {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": None, "PUBLIC_URL": None, "POLL_SECONDS": "0.3"},
        {"app_token": APP_TOKEN, "time_scale": 60},
    ),
}


async def open_home(stage: Stage, person: str) -> View:
    """Opens the tab, and waits until it shows something."""
    assert is_content(await stage.slack.person(person).open_home())
    shown = await stage.slack.until(stage.slack.person(person).home, what="a Home tab")
    assert shown is not None
    return shown


def read(stage: Stage, person: str) -> str:
    """Everything that the tab says now."""
    shown = stage.slack.person(person).home()
    return "\n".join(texts(shown.body["blocks"])) if shown else ""


async def until_reads(stage: Stage, person: str, words: str | Callable[[str], bool]) -> None:
    """Waits until the tab says this."""
    is_there = (lambda said: words in said) if isinstance(words, str) else words
    await stage.slack.until(lambda: is_there(read(stage, person)), what=f"{words} in the Home tab")


async def form_from(stage: Stage, person: str, action_id: str) -> View:
    """Presses a button of the tab, once it is there, and waits for the form that it opens.

    A video shows in its thread a moment before its end is written down, and the tab is looked at every few seconds.
    """
    someone = stage.slack.person(person)

    def with_button() -> View | None:
        home = someone.home()
        return home if home and f"'action_id': '{action_id}'" in str(home.body) else None

    shown = await stage.slack.until(with_button, what=f"{action_id} in the Home tab")
    assert shown is not None
    reply = await someone.press(shown, action_id)
    assert is_content(reply)
    return await someone.view(of=reply)


def published(stage: Stage, person: str) -> list[Any]:
    """Every version of the tab that Slack has taken, in order."""
    calls = [call for call in stage.slack.calls if call.method == "views.publish" and call.answer.get("ok")]
    return [call.arguments["view"] for call in calls if call.arguments["user_id"] == person]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_empty_tab_explains_itself(stage: Stage, language: str) -> None:
    """Who has no videos reads how to begin, in their language, and the button opens the form."""
    locale, words = LANGUAGES[language]
    someone = newcomer(stage, f"U0EMPTY{language.upper()}", locale=locale)
    await open_home(stage, someone)
    assert words in read(stage, someone)
    view = await form_from(stage, someone, "make_video")
    assert "initial_value" not in element(view, "script")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_tab_follows_a_video(stage: Stage, script: str, language: str) -> None:
    """From the rendering to the finished video the open tab moves by itself, with the way to the thread."""
    locale, rendering, ready = {
        "en": ("en-US", "Rendering", "✅ Ready, in its thread"),
        "ko": ("ko-KR", "렌더링", "✅ 스레드에 준비됐어요"),
    }[language]
    someone = newcomer(stage, f"U0MOVES{language.upper()}", locale=locale)
    await open_home(stage, someone)
    stage.studio.hold()
    root = await make_video(stage, someone, script)
    await until_reads(stage, someone, rendering)
    assert script[:30] in read(stage, someone)
    stage.studio.release()
    await until_video(stage, root)
    await until_reads(stage, someone, ready)
    assert f"/archives/{GENERAL}/p{root.ts.replace('.', '')}" in read(stage, someone)


async def test_it_is_published_only_when_it_has_changed(stage: Stage, script: str) -> None:
    """No version is published twice in a row, however often the bot looks."""
    someone = newcomer(stage, "U0CALMLY1")
    await open_home(stage, someone)
    await until_video(stage, await make_video(stage, someone, script))
    await until_reads(stage, someone, "✅ Ready")
    versions = published(stage, someone)
    assert len(versions) >= 2
    assert [one for one, other in pairwise(versions) if one == other] == []


async def test_make_again_opens_the_form_filled_in(stage: Stage, script: str) -> None:
    """Script, avatar, language and place are those of the video."""
    someone = newcomer(stage, "U0AGAIN01")
    await until_video(stage, await make_video(stage, someone, script, language="de-DE"))
    await open_home(stage, someone)
    view = await form_from(stage, someone, "make_again")
    assert element(view, "script")["initial_value"] == script
    assert element(view, "model")["initial_option"]["value"] == OLIVIA
    assert element(view, "language")["initial_option"]["value"] == "de-DE"
    assert element(view, "place")["initial_conversation"] == GENERAL


async def test_a_failure_shows_and_can_be_made_again(stage: Stage, script: str) -> None:
    """The tab says that it did not work out."""
    someone = newcomer(stage, "U0FAILED1")
    stage.studio.faults.add("/simple/custom", error=(4000, "The plan has no credits left"))
    await until_notified(stage, await make_video(stage, someone, script), someone)
    await open_home(stage, someone)
    await until_reads(stage, someone, "⚠️ Didn't work out")
    view = await form_from(stage, someone, "make_again")
    assert element(view, "script")["initial_value"] == script


async def test_the_newest_ten_are_shown(stage: Stage, script: str) -> None:
    """With more videos than that, a note says so."""
    someone = newcomer(stage, "U0PLENTY1")
    for number in range(11):
        await make_video(stage, someone, f"{number}. {script}")
    await open_home(stage, someone)
    await until_reads(stage, someone, lambda said: said.count("✅ Ready") == 10)
    shown = read(stage, someone)
    assert "Older ones are not shown" in shown
    assert f"\n10. {script[:20]}" in shown
    assert f"\n0. {script[:20]}" not in shown


async def test_only_the_home_tab_is_published(stage: Stage) -> None:
    """Opening the Messages tab shows nothing new."""
    someone = newcomer(stage, "U0MESSAGE")
    other = newcomer(stage, "U0HOMETAB")
    assert is_content(await stage.slack.person(someone).open_home("messages"))
    await open_home(stage, other)
    assert published(stage, someone) == []


TROUBLES: dict[str, dict[str, Any]] = {
    "LIMITED": {"retry_after": 1},
    "BUSY": {"status": 503, "error": "service_unavailable"},
    "LOST": {"drop": "before"},
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_tab_that_slack_does_not_take_is_published_later(stage: Stage, trouble: str) -> None:
    """The next look does."""
    someone = newcomer(stage, f"U0{trouble}")
    stage.slack.faults.add("views.publish", **TROUBLES[trouble])
    await open_home(stage, someone)
    assert "Avatar videos" in read(stage, someone)


async def test_without_links_the_tab_is_shown_all_the_same(stage: Stage, script: str) -> None:
    """A thread that Slack gives no link to has none."""
    someone = newcomer(stage, "U0NOLINK1")
    await until_video(stage, await make_video(stage, someone, script))
    stage.slack.faults.add("chat.getPermalink", times=None, error="message_not_found")
    await open_home(stage, someone)
    await until_reads(stage, someone, "✅ Ready")
    assert "Open the thread" not in read(stage, someone)


async def test_a_video_from_before_a_restart_is_shown(stage: Stage, script: str) -> None:
    """The tab reads the history, not what a process remembers."""
    someone = newcomer(stage, "U0BEFORE1")
    await until_video(stage, await make_video(stage, someone, script))
    await restart(stage)
    await open_home(stage, someone)
    await until_reads(stage, someone, "✅ Ready")


async def test_the_month_counts_videos_and_credits(tmp_path: Path) -> None:
    """What the workspace's videos cost is added up."""
    async with quickly_staged(tmp_path) as stage:
        someone = newcomer(stage, "U0COUNTS1")
        root = await make_video(stage, someone)
        await until_video(stage, root)

        async def has_ended() -> bool:
            return "✅ Ready" in text_of(await ask(stage, someone, "list"))

        # A month is added up once a minute: the tab is opened when there is something to add.
        await until_true(has_ended, what="the end of the export")
        await open_home(stage, someone)
        credits = text_of(root).split("Credits used: ")[1].split()[0]
        assert f"Videos: 1 · Credits: {credits}" in read(stage, someone)


@pytest.mark.parametrize("way", WAYS)
async def test_the_tab_works_either_way(tmp_path: Path, script: str, way: str) -> None:
    """In HTTP and in Socket Mode: opened, followed, and its button pressed."""
    settings, slack = WAYS[way]
    async with quickly_staged(tmp_path, settings=settings, slack=slack) as stage:
        someone = newcomer(stage, "U0EITHER1")
        if "app_token" in slack:
            await until_connected(stage)
        await open_home(stage, someone)
        root = await make_video(stage, someone, script)
        await until_submitted(stage, script)
        await until_video(stage, root)
        await until_reads(stage, someone, "✅ Ready")
        assert (await form_from(stage, someone, "make_again")).body["callback_id"] == "avatar_form"
