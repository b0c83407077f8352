"""`/avatar help` and `/avatar list`: answers that only the person sees; everything else is a script."""

import unicodedata
from pathlib import Path

import pytest

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.demo.stage import APP_TOKEN
from tests.scenarios.operations.test_socket_mode import until_connected
from tests.scenarios.scene import (
    GENERAL,
    element,
    is_content,
    make_video,
    methods,
    newcomer,
    open_form,
    quickly_staged,
    text_of,
    until_notified,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOCKET = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": None, "PUBLIC_URL": None, "POLL_SECONDS": "0.3"}


async def ask(stage: Stage, person: str, words: str) -> Message:
    """Types the command with these words, and waits for the answer that only this person sees."""
    someone = stage.slack.person(person)
    known = len(someone.ephemerals())
    assert is_content(await someone.slash_command("/avatar", words, GENERAL))
    return (await stage.slack.until(lambda: someone.ephemerals()[known:], what="an answer"))[0]


@pytest.mark.parametrize(
    "words", ["help", "HELP", "  Help \t", "도움말", " 도움말 ", unicodedata.normalize("NFD", "도움말")]
)
async def test_help_is_a_guide(stage: Stage, words: str) -> None:
    """The word alone, however it is written, is answered with the ways in; no form opens."""
    calls = len(stage.slack.calls)
    answer = await ask(stage, newcomer(stage, "U0HELPED1"), words)
    assert "Workflow Builder" in text_of(answer)
    assert "credits" in text_of(answer)
    assert "views.open" not in methods(stage, since=calls)


async def test_help_is_in_the_persons_language(stage: Stage) -> None:
    """Korean for Koreans."""
    answer = await ask(stage, newcomer(stage, "U0HELPKO1", locale="ko-KR"), "help")
    assert "시작하는 방법" in text_of(answer)


@pytest.mark.parametrize("words", ["help me", "list of news", "helpful", "도움말을 보여 줘", "list!", "lists", "/help"])
async def test_all_other_words_are_a_script(stage: Stage, words: str) -> None:
    """Only the word alone is a keyword."""
    view = await open_form(stage, words=words)
    assert element(view, "script")["initial_value"] == words


@pytest.mark.parametrize(("words", "locale", "said"), [("list", "en-US", "haven't made"), ("목록", "ko-KR", "아직")])
async def test_an_empty_list_says_how_to_begin(stage: Stage, words: str, locale: str, said: str) -> None:
    """Who has no videos reads how to make one."""
    answer = await ask(stage, newcomer(stage, f"U0NOLIST{locale[:2].upper()}", locale=locale), words)
    assert said in text_of(answer)
    assert "/avatar" in text_of(answer)


@pytest.mark.parametrize(
    ("words", "locale", "ready", "failed"),
    [
        (" List ", "en-US", "✅ Ready", "⚠️ Didn't work out"),
        ("목록", "ko-KR", "✅ 스레드에 준비됐어요", "⚠️ 만들지 못했어요"),
    ],
)
async def test_the_list_has_state_and_links(
    stage: Stage, script: str, words: str, locale: str, ready: str, failed: str
) -> None:
    """A finished and a failed video, the newest first, each with the way to its thread."""
    someone = newcomer(stage, f"U0LISTED{locale[:2].upper()}", locale=locale)
    first = await make_video(stage, someone, script)
    await until_video(stage, first)
    stage.studio.faults.add("/simple/custom", error=(4000, "The plan has no credits left"))
    second = await make_video(stage, someone, f"Once more. {script}")
    await until_notified(stage, second, someone)

    async def told() -> str | None:
        said = text_of(await ask(stage, someone, words))
        return said if failed in said and ready in said else None

    said = await until_true(told, what="both ends in the list") or ""
    assert said.index(failed) < said.index(ready)
    for root in (first, second):
        assert f"/archives/{GENERAL}/p{root.ts.replace('.', '')}" in said


async def test_the_list_is_everybodys_own(stage: Stage, script: str) -> None:
    """Nobody sees what others make."""
    await make_video(stage, newcomer(stage, "U0OWNER01"), script)
    assert script[:20] not in text_of(await ask(stage, newcomer(stage, "U0CURIOUS"), "list"))


async def test_a_list_does_not_wait_for_links(stage: Stage, script: str) -> None:
    """When Slack is slow to give them, it comes without."""
    someone = newcomer(stage, "U0PATIENT")
    await until_video(stage, await make_video(stage, someone, script))
    stage.slack.faults.add("chat.getPermalink", times=None, delay=3600)
    said = text_of(await ask(stage, someone, "list"))
    assert script[:20] in said
    assert "Open the thread" not in said


async def test_help_and_list_work_by_socket_mode(tmp_path: Path) -> None:
    """The same answers over a connection that the bot opened."""
    async with quickly_staged(tmp_path, settings=SOCKET, slack={"app_token": APP_TOKEN, "time_scale": 60}) as stage:
        await until_connected(stage)
        someone = newcomer(stage, "U0SOCKET1")
        assert "Workflow Builder" in text_of(await ask(stage, someone, "help"))
        assert "haven't made" in text_of(await ask(stage, someone, "list"))
