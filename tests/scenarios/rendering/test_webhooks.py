"""AI Studios' webhooks: only the genuine address counts, and nothing that comes through it does harm."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    edits_of,
    make_video,
    quickly_staged,
    replies,
    restart,
    text_of,
    until_reply,
    until_says,
    until_submitted,
    until_taken,
    until_video,
    versions,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGEST_BODY = 64 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that hears of its renders by webhook alone."""
    folder = tmp_path_factory.mktemp("webhooks")
    async with quickly_staged(folder, settings={"POLL_SECONDS": "3600"}, slack={"time_scale": 60}) as ready:
        yield ready


@pytest.fixture
def rendering(stage: Stage) -> Stage:
    """Renders stand still, so that only the test reports progress."""
    stage.studio.hold()
    return stage


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Somebody on the internet."""
    async with httpx.AsyncClient() as client:
        yield client


async def address(stage: Stage, script: str) -> str:
    """The webhook address that this script's export was given."""
    project_id = await until_submitted(stage, script)
    url = stage.studio.projects[project_id].request.webhook_url
    assert url is not None
    return url


def altered(url: str) -> list[str]:
    """The address with each character of its path, one at a time, made another one."""
    start = len(url) - len(urlsplit(url).path) + 1
    return [url[:at] + ("B" if url[at] == "A" else "A") + url[at + 1 :] for at in range(start, len(url))]


async def test_forged_addresses_are_not_found_and_change_nothing(
    rendering: Stage, http: httpx.AsyncClient, script: str
) -> None:
    """The address with any one character altered, shortened or prolonged is answered 404 and heard by nobody."""
    root = await make_video(rendering, script=script)
    await until_taken(rendering, root)
    url = await address(rendering, script)
    shortened = [url[:-1], url[:-10], url.rsplit("/", 1)[0], url.rsplit("/", 1)[0] + "/"]
    prolonged = [url + "A", url + "=", url + "/", url + "/A", url + "%00"]
    forged = [*altered(url), url.swapcase().replace("HTTP", "http"), *shortened, *prolonged]
    answers = [await http.post(one, json={"progress": 90}) for one in forged]
    assert [answer.status_code for answer in answers] == [404] * len(forged)
    await until_heard(rendering, http, root, url, 50)
    assert not any("90%" in text_of(message) for message in versions(rendering))


async def until_heard(stage: Stage, http: httpx.AsyncClient, root: Message, url: str, progress: int) -> None:
    """Reports progress genuinely, and waits until the thread shows it."""
    answer = await http.post(url, json={"progress": progress})
    assert answer.status_code == 200
    await until_says(stage, await until_reply(stage, root), f"{progress}%")


async def test_the_proof_of_one_export_opens_no_other(rendering: Stage, http: httpx.AsyncClient, script: str) -> None:
    """The last part of one export's address does not fit another export."""
    await make_video(rendering, script=f"{script} (1)")
    await make_video(rendering, script=f"{script} (2)")
    first, second = await address(rendering, f"{script} (1)"), await address(rendering, f"{script} (2)")
    mixed = second.rsplit("/", 1)[0] + "/" + first.rsplit("/", 1)[1]
    assert first != second
    assert (await http.post(mixed, json={"progress": 90})).status_code == 404


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_refused(
    rendering: Stage, http: httpx.AsyncClient, script: str, chunked: bool
) -> None:
    """Over 64 KiB a body is refused with 413, also when it does not tell its length; 64 KiB are taken."""
    await make_video(rendering, script=script)
    url = await address(rendering, script)

    async def pieces(body: bytes) -> AsyncIterator[bytes]:
        yield body

    def sent(body: bytes) -> bytes | AsyncIterator[bytes]:
        return pieces(body) if chunked else body

    fits = b'{"progress": 5}'.ljust(LARGEST_BODY)
    headers = {"Content-Type": "application/json"}
    assert (await http.post(url, content=sent(fits), headers=headers)).status_code == 200
    assert (await http.post(url, content=sent(fits + b" "), headers=headers)).status_code == 413


BROKEN = {
    "no JSON": b"{progress: 50",
    "empty": b"",
    "a list": b"[50]",
    "a number": b"50",
    "nothing known": b"{}",
    "no progress": b'{"backendTaskId": "x", "credit": 1}',
    "words": b'{"progress": "half"}',
    "null": b'{"progress": null}',
    "a boolean": b'{"progress": true}',
    "a list as progress": b'{"progress": [50]}',
    "an object as progress": b'{"progress": {"a": 50}}',
    "negative": b'{"progress": -1}',
    "not a number": b'{"progress": NaN}',
    "infinite": b'{"progress": 1e999}',
    "credit in words": b'{"progress": 100, "credit": "many"}',
    "an address as number": b'{"progress": 100, "download_url": 5}',
    "not UTF-8": b'{"progress": "\xff"}',
    "very deep": b"[" * 30_000,
    "a NUL": b'{"progress": 100, "download_url": "https://a.example/\\u0000"}',
    "a lone surrogate": b'{"progress": 100, "backendTaskId": "\\ud800"}',
}


async def test_broken_webhooks_are_refused_calmly(rendering: Stage, http: httpx.AsyncClient, script: str) -> None:
    """What is no progress report is answered with 4xx, never 5xx, and the render goes on being followed."""
    root = await make_video(rendering, script=script)
    await until_taken(rendering, root)
    url = await address(rendering, script)
    types = ("application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data")
    for name, body in BROKEN.items():
        for content_type in types:
            answer = await http.post(url, content=body, headers={"Content-Type": content_type})
            assert 400 <= answer.status_code < 500, f"{name} as {content_type}: {answer.status_code}"
    for query in ("", "?progress=", "?progress=x", "?progress=1&progress=2", "?progress=%ff"):
        assert 400 <= (await http.get(url + query)).status_code < 500
    for method in ("PUT", "DELETE", "PATCH"):
        assert (await http.request(method, url, json={"progress": 50})).status_code == 405
    await until_heard(rendering, http, root, url, 30)


async def test_progress_never_runs_backwards(rendering: Stage, http: httpx.AsyncClient, script: str) -> None:
    """Late and repeated reports of less are taken but never shown."""
    root = await make_video(rendering, script=script)
    await until_taken(rendering, root)
    url = await address(rendering, script)
    await until_heard(rendering, http, root, url, 60)
    for late in (30, 60, 10, 60, 0):
        assert (await http.post(url, json={"progress": late})).status_code == 200
    rendering.studio.release(await until_submitted(rendering, script))
    await until_video(rendering, root)
    shown = [int(found[1]) for words in edits_of(replies(rendering, root)[0]) if (found := seen(words))]
    assert shown[0] == 60
    assert shown == sorted(shown)


def seen(words: str) -> re.Match[str] | None:
    return re.search(r"(\d+)%", words)


async def test_a_lie_about_the_end_is_looked_through(tmp_path: Path) -> None:
    """A report of 100 with an address of its own makes the bot ask AI Studios, believe AI Studios, and go on."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "1"}, studio={"render_seconds": 1}) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_taken(stage, root)
        project_id = await until_submitted(stage)
        stage.studio.projects[project_id].progress = 20.0
        lie = f"{stage.slack.workspace.base_url}/evil.mp4"
        assert await stage.studio.send_webhook(project_id, 100, credit=9999, download_url=lie) == 200
        reading = f"/editor/progress/{project_id}"
        await stage.studio.until(
            lambda: any(call.path.endswith(reading) for call in stage.studio.calls), what="a question to AI Studios"
        )
        stage.studio.release()
        await until_video(stage, root)
        assert "9999" not in text_of(replies(stage, root)[0])
        assert not any("evil.mp4" in str(message.blocks) for message in versions(stage))


async def test_webhooks_after_the_end_change_nothing(stage: Stage, script: str) -> None:
    """What AI Studios still sends after the video has arrived is answered without error and without effect."""
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    before = thread_of(stage, root)
    project_id = await until_submitted(stage, script)
    answers = [await stage.studio.send_webhook(project_id, late) for late in (50, 100, 100, 99)]
    assert max(answers) < 500
    await until_video(stage, await make_video(stage, script=f"{script} (2)"))
    assert thread_of(stage, root) == before


def thread_of(stage: Stage, root: Message) -> list[tuple[str, str, int]]:
    """Each message of a thread, what it says, and how often it was edited."""
    return [(message.ts, text_of(message), len(message.edits)) for message in [root, *replies(stage, root)]]


async def test_a_webhook_works_across_a_restart(rendering: Stage, script: str) -> None:
    """The address that AI Studios was given before a power cut is still the right one after it."""
    root = await make_video(rendering, script=script)
    await until_taken(rendering, root)
    await restart(rendering)
    rendering.studio.release()
    await until_video(rendering, root)


@pytest.mark.long
async def test_news_outlive_a_crash_right_after_their_answer(
    rendering: Stage, http: httpx.AsyncClient, script: str
) -> None:
    """What was answered with 200 is shown after a `kill -9` in that moment, though nobody tells it again."""
    root = await make_video(rendering, script=script)
    await until_taken(rendering, root)
    answer = await http.post(await address(rendering, script), json={"progress": 37})
    assert answer.status_code == 200
    await restart(rendering)
    await until_says(rendering, await until_reply(rendering, root), "37%")
