"""The test event of `avatar-bot check`: answered for whoever has the secrets, and harmless."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from bot.exports.webhook_addresses import SELF_CHECK, WebhookAddresses
from bot.web.self_check import SelfCheck

NONCE = "0123456789abcdef" * 2


@pytest_asyncio.fixture
async def addresses() -> AsyncIterator[WebhookAddresses]:
    """Those of a server that takes test events."""
    app = web.Application()
    SelfCheck(WebhookAddresses(b"key", None)).register(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield WebhookAddresses(b"key", f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


async def ask(url: str, body: object) -> tuple[int, dict[str, Any]]:
    """Posts a test event; gives the answer."""
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as answer:
        return answer.status, await answer.json()


async def test_the_answer_is_that_of_the_same_key(addresses: WebhookAddresses) -> None:
    """Who has the key recognises it, and another key would have answered otherwise."""
    status, answer = await ask(addresses.url(SELF_CHECK) or "", {"progress": 0, "backendTaskId": NONCE})
    assert (status, answer) == (200, {"answer": addresses.answer(NONCE)})
    assert answer["answer"] != WebhookAddresses(b"other", None).answer(NONCE)


async def test_without_the_proof_nothing_is_answered(addresses: WebhookAddresses) -> None:
    """A guessed address is not found."""
    status, answer = await ask((addresses.url(SELF_CHECK) or "")[:-1] + "_", {"progress": 0, "backendTaskId": NONCE})
    assert (status, answer) == (404, {"error": "not found"})


@pytest.mark.parametrize(
    "body",
    [{}, [], {"progress": 0}, {"progress": 0, "backendTaskId": "V1"}, {"progress": 0, "backendTaskId": NONCE + "0"}],
)
async def test_only_a_nonce_is_answered(addresses: WebhookAddresses, body: object) -> None:
    """Nobody has other texts signed, such as an export's id."""
    assert await ask(addresses.url(SELF_CHECK) or "", body) == (400, {"error": "bad request"})


def test_an_answer_proves_no_address() -> None:
    """The answer to a text, spelt like the proofs in addresses, is not the proof of an export with that name."""
    addresses = WebhookAddresses(b"key", "http://127.0.0.1")
    answer = base64.urlsafe_b64encode(bytes.fromhex(addresses.answer(NONCE))).rstrip(b"=").decode()
    proof = (addresses.url(NONCE) or "").rpartition("/")[2]
    assert len(answer) == len(proof)
    assert addresses.is_genuine(NONCE, proof)
    assert not addresses.is_genuine(NONCE, answer)
