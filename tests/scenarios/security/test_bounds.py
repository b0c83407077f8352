"""What comes in from outside stays within bounds: a large video passes through, and nonsense is refused."""

import asyncio
import copy
import json
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.demo.slack import Message, View
from bot.demo.slack.delivery import payloads
from bot.demo.slack.delivery.http import sign
from bot.demo.stage import BOT_TOKEN, SIGNING_SECRET, Stage
from bot.demo.video import VideoFacts
from bot.web.connections import MOST_OPEN
from tests.demo.slack.requests import post
from tests.scenarios.memory import MOST_EXTRA, forget_peak, peak_memory
from tests.scenarios.scene import ANA, GENERAL, make_video, open_form, quickly_staged, until_video

pytestmark = pytest.mark.asyncio(loop_scope="module")

MB = 1_000_000
LARGE = 400 * MB
REQUESTS = 400
CONFIDENTIAL = "Strictly confidential quarterly numbers"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
DEEP = 100_000
AT_ONCE = 8


def large_video(path: Path, *, script: str, speaker: str, language: str, resolution: str = "1080") -> VideoFacts:
    """A file of zeros, as long as a film; the script and the rest say nothing to it."""
    del script, speaker, language, resolution
    with path.open("wb") as file:
        file.truncate(LARGE)
    return VideoFacts(1.0, 16, 16, LARGE)


@pytest.mark.long
async def test_a_large_video_passes_through_in_pieces(tmp_path: Path) -> None:
    """400 MB go from AI Studios to Slack with less than 32 MB of memory."""
    async with quickly_staged(tmp_path, studio={"render": large_video}) as stage:
        pid = stage.bot.pid
        assert pid
        root = await make_video(stage)
        forget_peak(pid)
        before = peak_memory(pid)
        video = await until_video(stage, root, seconds=120)
        assert video.files[0].size == LARGE
        assert peak_memory(pid) - before < MOST_EXTRA


def half_posts(count: int) -> list[bytes]:
    """Most of a large body under headers that look signed, so often; the rest never comes."""
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
        f"X-Slack-Request-Timestamp: {int(time.time())}\r\nX-Slack-Signature: v0={'0' * 64}\r\n\r\n"
    )
    return [bytes(head, "ascii") + b"x" * 900_000] * count


async def test_half_bodies_fill_no_memory(tmp_path: Path) -> None:
    """Of two hundred unsigned bodies of 900 kB that never end, less than half is kept, and a form opens meanwhile."""
    async with quickly_staged(tmp_path) as stage:
        await open_form(stage)
        pid = stage.bot.pid
        assert pid
        forget_peak(pid)
        before = peak_memory(pid)
        words = half_posts(200)
        async with said(stage, words):
            await open_form(stage)
            assert peak_memory(pid) - before < sum(map(len, words)) / 2


async def test_half_requests_keep_nobody_out(stage: Stage) -> None:
    """More connections than the bot keeps open, each with half a request: a form opens all the same."""
    async with said(stage, [b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"] * (MOST_OPEN + 100)):
        await open_form(stage)
        async with aiohttp.ClientSession() as http, http.get(f"{stage.bot.url}/readyz") as answer:
            assert answer.status == 200
    assert "Too many open files" not in stage.bot.log.read_text()


@asynccontextmanager
async def said(stage: Stage, words: Sequence[bytes]) -> AsyncIterator[None]:
    """Connections to the bot, open for so long; it has been sent these words, one each, as far as it takes them."""
    writers = [(await asyncio.open_connection("127.0.0.1", stage.bot.port))[1] for _ in words]
    for writer, word in zip(writers, words, strict=True):
        writer.write(word)
    await asyncio.wait([asyncio.create_task(_drained(writer)) for writer in writers], timeout=1)
    yield
    for writer in writers:
        writer.transport.abort()


async def _drained(writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        await writer.drain()


def nonsense(dice: random.Random, genuine: str) -> dict[str, object]:
    """A request that no honest caller makes, at a genuine address or beside it."""
    base, _, path = genuine.partition("/webhooks/")
    paths = [
        f"/webhooks/{path}",
        f"/webhooks/{path}{dice.choice('%?#/.;')}x",
        f"/{dice.randbytes(6).hex()}",
        "/slack/events",
    ]
    bodies = [
        dice.randbytes(dice.randrange(200)),
        b"{" * dice.randrange(5000),
        b'{"progress": [1]}',
        b"progress=-1",
        b"",
    ]
    kinds = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x", ""]
    return {
        "method": dice.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
        "url": base + dice.choice(paths),
        "data": dice.choice(bodies),
        "headers": {"Content-Type": dice.choice(kinds), "X-Slack-Signature": dice.choice(["", "v0=0", "é"])},
    }


async def test_nonsense_is_refused_and_harms_nothing(stage: Stage) -> None:
    """Whatever is sent to the bot's addresses, it answers below 500, and then makes videos as before."""
    stage.studio.hold()
    root = await make_video(stage, script="This one outlives the nonsense.")
    await stage.studio.until(lambda: stage.studio.billed, what="the submission")
    genuine = str(stage.studio.billed[-1].webhook_url)
    dice = random.Random(20261122)  # noqa: S311 - a repeatable choice, not a secret
    async with aiohttp.ClientSession() as http:
        for _ in range(REQUESTS):
            request = nonsense(dice, genuine)
            async with http.request(**request) as answer:  # type: ignore[arg-type]  # as the dice fell
                assert answer.status < 500, request
    stage.studio.release()
    await until_video(stage, root)


BROKEN = [
    *("null", "[]", "1", "true", '"text"', "{}", "[{}]", "", "{", "nonsense", "NaN", "1e999", "9" * 5000),
    *("[" * DEEP, '{"a":' * DEEP, '{"type":' * DEEP),
    '{"type": null}',
    '{"type": ["view_submission"]}',
    '{"type": "view_submission"}',
    '{"type": "view_submission", "view": null, "user": {"id": "U0ANA0001"}}',
    '{"type": "view_submission", "view": {"callback_id": "avatar"}, "user": 7}',
    '{"type": "block_actions", "actions": []}',
    '{"type": "block_actions", "actions": [null], "container": "view"}',
    '{"type": "block_actions", "actions": {"0": {}}}',
    '{"type": "event_callback", "event": null, "authorizations": [[]]}',
    '{"type": "event_callback", "event": {"type": {}}, "authorizations": 1}',
    '{"type": "url_verification", "challenge": {"deep": [1]}}',
    '{"type": "shortcut", "user": "\\ud800", "team": {"id": "\\udfff"}}',
    '{"type": "one", "type": "view_submission", "view": [], "view": 1}',
]
ODD: list[Any] = [
    None,
    True,
    -1,
    10**400,
    1e308,
    "",
    "\x00",
    "\ud800",
    "no such thing",
    [],
    [[]],
    {},
    {"id": {}},
    "x" * 4000,
]


def broken_bodies() -> Iterator[tuple[bytes, str]]:
    """Bodies that are no payload, each as Slack sends interactions and as it sends events."""
    for text in BROKEN:
        yield f"payload={text}".encode(), FORM
        yield f"payload={text}&payload={text}".encode(), FORM
        yield text.encode(), JSON
    yield b"command=%2Favatar", FORM
    yield b"command=%2Favatar&command=&text=%ff%fe%ed%a0%80&user_id=%ed%a0%80", FORM
    yield b"command=%2Favatar&user_id=U0ANA0001&team_id=T1&trigger_id=", FORM
    yield b"ssl_check=1&payload", FORM


def genuine_payloads(stage: Stage, view: View) -> list[dict[str, Any]]:
    """One of each kind that the bot takes; the form in it is empty."""
    world, ana = stage.slack.world, stage.slack.world.users[ANA]
    message = Message(ts="1.000001", channel=GENERAL, user=world.bot_user_id, text=CONFIDENTIAL)
    button = {"type": "button", "action_id": "submit_again", "block_id": "b", "value": "V0NOSUCH"}
    return [
        payloads.view_submission(world, ana, view, {}, "1.2.3", []),
        payloads.block_suggestion(world, ana, "model", "model", CONFIDENTIAL, view),
        payloads.block_actions_in_message(world, ana, message, button, "1.2.3", f"{stage.slack.api_url}no", {}),
        payloads.event_callback(world, {"type": "message", "text": CONFIDENTIAL, "user": ANA}),
    ]


def spoilt(dice: random.Random, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with something in it missing, or another thing than it should be."""
    other = copy.deepcopy(payload)
    node: Any = other
    while True:
        key = dice.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not isinstance(node[key], dict | list) or not node[key] or dice.random() < 0.4:
            break
        node = node[key]
    if dice.random() < 0.3:
        del node[key]
    else:
        node[key] = dice.choice(ODD)
    return other


def spoilt_bodies(dice: random.Random, stage: Stage, view: View) -> Iterator[tuple[bytes, str]]:
    """Genuine payloads with something wrong in them, written as Slack writes them."""
    genuine = genuine_payloads(stage, view)
    for _ in range(REQUESTS):
        payload = spoilt(dice, dice.choice(genuine))
        text = json.dumps(payload)  # with odd characters in escapes
        is_event = "event" in payload
        yield (text.encode(), JSON) if is_event else (urlencode({"payload": text}).encode(), FORM)


async def answered(http: aiohttp.ClientSession, stage: Stage, body: bytes, content_type: str) -> tuple[int, bytes]:
    """The status of the answer to a signed request, and how the request began."""
    headers = {"Content-Type": content_type, **sign(SIGNING_SECRET, body, str(int(time.time())))}
    async with http.post(f"{stage.bot.url}/slack/events", data=body, headers=headers) as answer:
        return answer.status, body[:500]


async def test_signed_nonsense_is_refused_and_harms_nothing(stage: Stage) -> None:
    """Whatever is sent under Slack's own signature, the bot answers below 500, logs none of it, and works as before."""
    view = await open_form(stage, words=CONFIDENTIAL)
    dice = random.Random(20261123)  # noqa: S311 - a repeatable choice, not a secret
    bodies = [*broken_bodies(), *spoilt_bodies(dice, stage, view)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as http:
        answers = await asyncio.gather(*(answered(http, stage, *body) for body in bodies))
    assert [answer for answer in answers if answer[0] >= 500] == []
    await until_video(stage, await make_video(stage, script="This one comes after the signed nonsense."))
    log = stage.bot.log.read_text()
    assert "not one of Slack's" in log
    assert {secret for secret in (CONFIDENTIAL, SIGNING_SECRET, BOT_TOKEN, "Traceback") if secret in log} == set()


@pytest.mark.parametrize("body", [b"payload=null", b"payload=[]", b"payload={", b"payload=" + b"[" * DEEP])
async def test_a_payload_that_is_none_is_the_sender_s_fault(stage: Stage, body: bytes) -> None:
    """A signed payload that is no JSON object is answered 400; without its signature 401, whatever it is."""
    headers = {"Content-Type": FORM, **sign(SIGNING_SECRET, body, str(int(time.time())))}
    assert (await post(stage.slack, body, headers)).status == 400
    assert (await post(stage.slack, body + b" ", headers)).status == 401
