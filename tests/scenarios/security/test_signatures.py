"""What claims to come from Slack: unsigned, stale or altered requests are refused and nothing happens."""

import asyncio
import gzip
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
import pytest

from bot.demo.slack.delivery.http import sign
from bot.demo.stage import SIGNING_SECRET, Stage
from tests.demo.slack.requests import interaction_body, post, slash_body
from tests.scenarios.scene import ANA, open_form

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
FIVE_MINUTES = 300

pytestmark = pytest.mark.asyncio(loop_scope="module")


def now(offset: int = 0) -> str:
    return str(int(time.time()) + offset)


def signed(body: bytes, timestamp: str) -> dict[str, str]:
    """The headers as Slack signs them with the right secret."""
    return {**FORM, **sign(SIGNING_SECRET, body, timestamp)}


async def refused(stage: Stage, body: bytes, headers: Mapping[str, str]) -> None:
    """The request is answered 401, and no call to Slack follows before that of the next genuine command."""
    before = len(stage.slack.calls)
    reply = await post(stage.slack, body, headers)
    assert reply.status == 401
    await open_form(stage)
    opened = [call for call in stage.slack.calls[before:] if call.method == "views.open"]
    assert len(opened) == 1


async def first_line(stage: Stage, headers: Mapping[str, str]) -> bytes:
    """How a request is answered of which nothing but the head comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.bot.port)
    lines = [f"{name}: {value}" for name, value in {"Host": "x", **headers}.items()]
    writer.write("\r\n".join(["POST /slack/events HTTP/1.1", *lines, "", ""]).encode())
    try:
        return await reader.readline()
    finally:
        writer.close()


async def test_a_signed_command_is_taken(stage: Stage) -> None:
    """The very bytes that the other tests spoil open a form when they are left alone."""
    body, before = slash_body(stage.slack, ANA, "/avatar"), len(stage.slack.calls_to("views.open"))
    assert (await post(stage.slack, body, signed(body, now()))).status == 200
    await stage.slack.until(lambda: len(stage.slack.calls_to("views.open")) > before, what="the form")


async def test_an_unsigned_request_is_refused(stage: Stage) -> None:
    """A request without Slack's headers is refused."""
    await refused(stage, slash_body(stage.slack, ANA, "/avatar"), FORM)


@pytest.mark.parametrize("missing", [TIMESTAMP, SIGNATURE])
async def test_half_a_signature_is_refused(stage: Stage, missing: str) -> None:
    """Both headers are needed."""
    body = slash_body(stage.slack, ANA, "/avatar")
    headers = signed(body, now())
    del headers[missing]
    await refused(stage, body, headers)


async def test_another_secret_is_refused(stage: Stage) -> None:
    """A signature by somebody else's secret, or by an empty one, is refused."""
    body = slash_body(stage.slack, ANA, "/avatar")
    for secret in ("another-secret", " "):
        await refused(stage, body, {**FORM, **sign(secret, body, now())})


@pytest.mark.parametrize("signature", ["", "v0=", "v0=00", "v1={right}", "{right}", "v0={right}0", "v0={upper}"])
async def test_a_misspelt_signature_is_refused(stage: Stage, signature: str) -> None:
    """Only Slack's own spelling of the signature counts."""
    body = slash_body(stage.slack, ANA, "/avatar")
    headers = signed(body, now())
    right = headers[SIGNATURE].removeprefix("v0=")
    headers[SIGNATURE] = signature.format(right=right, upper=right.upper() + "X")
    await refused(stage, body, headers)


@pytest.mark.parametrize("letter", ["é", "\xff", "٠", "a"])
async def test_a_signature_in_other_letters_is_refused(stage: Stage, letter: str) -> None:
    """A signature of the right length whose letters are none of Slack's is refused, and is no fault of the server."""
    body = slash_body(stage.slack, ANA, "/avatar")
    await refused(stage, body, {**signed(body, now()), SIGNATURE: "v0=" + letter * 64})


@pytest.mark.parametrize("body", [b"\x1f\x8bjunk", gzip.compress(b"command=%2Favatar")], ids=["junk", "gzip"])
async def test_a_compressed_body_is_refused(stage: Stage, body: bytes) -> None:
    """Slack compresses nothing: what says that it is compressed is read as it is, and refused without its signature."""
    await refused(stage, body, {**FORM, **sign("another-secret", body, now()), "Content-Encoding": "gzip"})


@pytest.mark.parametrize("spoilt", [TIMESTAMP, SIGNATURE])
async def test_an_unsigned_body_is_not_even_read(stage: Stage, spoilt: str) -> None:
    """What is not dated and spelt like a signed request is refused before its body has come."""
    headers = {**signed(b"", now()), spoilt: "0", "Content-Length": "900000"}
    assert await first_line(stage, headers) == b"HTTP/1.1 401 Unauthorized\r\n"


async def test_a_body_that_never_comes_is_not_waited_for(stage: Stage) -> None:
    """A request whose body stays away is answered 408, whatever its headers claim."""
    headers = {**signed(b"", now()), "Content-Length": "900000"}
    assert await first_line(stage, headers) == b"HTTP/1.1 408 Request Timeout\r\n"


@pytest.mark.parametrize("offset", [-FIVE_MINUTES - 5, FIVE_MINUTES + 5, -86_400, 86_400])
async def test_a_stale_or_future_request_is_refused(stage: Stage, offset: int) -> None:
    """A genuine signature counts for five minutes, before and after."""
    body = slash_body(stage.slack, ANA, "/avatar")
    await refused(stage, body, signed(body, now(offset)))


@pytest.mark.parametrize(
    "timestamp", ["", "soon", "-1", "1e9", "0x10", "1700000000.5", "9" * 400, " ", "1_700_000_000", "+1700000000"]
)
async def test_a_timestamp_that_is_no_time_is_refused(stage: Stage, timestamp: str) -> None:
    """A timestamp that is no number of seconds is refused even when it is signed rightly."""
    body = slash_body(stage.slack, ANA, "/avatar")
    await refused(stage, body, signed(body, timestamp))


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"])
async def test_digits_of_other_scripts_are_refused(stage: Stage, digits: str) -> None:
    """A timestamp in Arabic or full-width digits is refused."""
    body = slash_body(stage.slack, ANA, "/avatar")
    timestamp = now().translate(str.maketrans("0123456789", digits))
    await refused(stage, body, signed(body, timestamp))


async def test_an_altered_body_is_refused(stage: Stage) -> None:
    """A signature counts for the very bytes that were signed."""
    body = slash_body(stage.slack, ANA, "/avatar", "Hello")
    headers = signed(body, now())
    for other in (body + b" ", body.replace(b"Hello", b"Hullo"), body[:-1], b""):
        await refused(stage, other, headers)


async def test_a_body_that_is_no_text_is_refused(stage: Stage) -> None:
    """Bytes that are not UTF-8 are refused, although they are signed."""
    body = slash_body(stage.slack, ANA, "/avatar") + b"&text=\xff\xfe"
    await refused(stage, body, signed(body, now()))


@pytest.mark.parametrize(
    "body",
    [b"", b"%", b"{}", b"command=", b"type=unknown", b'{"type": "url_verification"}'],
)
async def test_signed_nonsense_is_no_fault_of_the_server(stage: Stage, body: bytes) -> None:
    """Signed requests of no known kind are answered, and not with 5xx."""
    reply = await post(stage.slack, body, signed(body, now()))
    assert 200 <= reply.status < 500


async def test_an_unknown_command_is_no_fault_of_the_server(stage: Stage) -> None:
    """A signed command or interaction that the bot does not know is answered, and not with 5xx."""
    unknown = [
        slash_body(stage.slack, ANA, "/unknown"),
        interaction_body({"type": "view_submission", "view": {"type": "modal", "callback_id": "unknown"}}),
        interaction_body({"type": "block_actions", "actions": [{"action_id": "unknown", "block_id": "b"}]}),
    ]
    for body in unknown:
        reply = await post(stage.slack, body, signed(body, now()))
        assert 200 <= reply.status < 500


async def test_too_large_a_body_is_refused(stage: Stage) -> None:
    """A body beyond anything that Slack sends is answered 413."""
    body = urlencode({"text": "x" * 3_000_000}).encode()
    reply = await post(stage.slack, body, signed(body, now()))
    assert reply.status == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_slack_events_takes_posts_only(stage: Stage, method: str) -> None:
    """Every other method is answered 405."""
    async with httpx.AsyncClient() as http:
        assert (await http.request(method, f"{stage.bot.url}/slack/events")).status_code == 405


async def test_health_is_told(stage: Stage) -> None:
    """/healthz and /readyz answer 200 while the bot can serve, and unknown paths 404."""
    async with httpx.AsyncClient(base_url=stage.bot.url) as http:
        codes = [(await http.get(path)).status_code for path in ("/healthz", "/readyz", "/", "/webhooks/aistudios/x/y")]
        assert codes == [200, 200, 404, 404]
