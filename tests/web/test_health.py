"""Whether the process lives and whether it can serve, over HTTP, and who may know more than that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from unittest import mock

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from bot.metrics import PrometheusMetrics, Standing, StandingGauges
from bot.web import health as health_module
from bot.web import server
from bot.web.health import Check, Health, MetricsPage, is_insider
from bot.web.server import listening


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to be sent elsewhere before the server goes, and a second is not worth waiting for."""
    monkeypatch.setattr(server, "DRAIN_SECONDS", 0.0)
    monkeypatch.setattr(health_module, "PATIENCE", 0.05)
    monkeypatch.setattr(health_module, "FRESH_SECONDS", 60.0)


Answers = dict[str, tuple[int, object]]
# Whoever calls through a proxy: it says so in one of these ways.
PROXIED = {
    "X-Forwarded-For": "203.0.113.7",
    "Forwarded": "for=203.0.113.7",
    "X-Real-IP": "203.0.113.7",
    "Via": "1.1 proxy",
}


async def asked(routes: Health | MetricsPage, *paths: str, headers: Mapping[str, str] | None = None) -> Answers:
    """The status and the JSON, or else the text, that each path answers with."""
    health = routes if isinstance(routes, Health) else Health({})
    more = [] if routes is health else [routes]
    async with listening("127.0.0.1", 0, health, more) as port, aiohttp.ClientSession(headers=headers) as http:
        return {path: await answer(http, f"http://127.0.0.1:{port}{path}") for path in paths}


async def answer(http: aiohttp.ClientSession, url: str) -> tuple[int, object]:
    """The status and what was said."""
    async with http.get(url) as response:
        is_json = response.content_type == "application/json"
        return response.status, await response.json() if is_json else await response.text()


async def good() -> str:
    """A part that works."""
    return "ok"


async def bad() -> str:
    """A part that says what it lacks."""
    return "socket not connected"


async def hanging() -> str:
    """A database that never answers."""
    await asyncio.Event().wait()
    return "ok"


async def test_a_serving_process() -> None:
    """Alive and ready are both 200."""
    answers = await asked(Health({"database": good, "engine": good}), "/healthz", "/readyz")
    assert answers["/healthz"] == (200, {"status": "ok"})
    assert answers["/readyz"] == (200, {"status": "ready", "parts": {"database": "ok", "engine": "ok"}})


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (bad, "socket not connected"),
        (hanging, "no answer within 0.05 s"),
    ],
    ids=lambda part: str(getattr(part, "__name__", "")),
)
async def test_a_part_that_is_not_ready(check: Check, said: str) -> None:
    """The process lives and is not ready; the answer comes all the same, and names the part and what it lacks."""
    answers = await asked(Health({"engine": good, "other": check}), "/healthz", "/readyz")
    assert answers["/healthz"][0] == 200
    assert answers["/readyz"] == (503, {"status": "not ready", "parts": {"engine": "ok", "other": said}})


async def test_however_many_ask_the_parts_are_asked_once() -> None:
    """A hundred looks in the same moment are one at the database."""
    looks = 0

    async def counted() -> str:
        nonlocal looks
        looks += 1
        return "ok"

    async with listening("127.0.0.1", 0, Health({"database": counted}), []) as port, aiohttp.ClientSession() as http:
        answers = await asyncio.gather(*(answer(http, f"http://127.0.0.1:{port}/readyz") for _ in range(100)))
    assert {status for status, _ in answers} == {200}
    assert looks == 1


async def test_a_process_that_is_about_to_go() -> None:
    """Told to stop, it takes no new work, whatever its database says."""
    health = Health({"database": good})
    health.stop()
    answers = await asked(health, "/healthz", "/readyz")
    assert answers["/healthz"][0] == 200
    assert answers["/readyz"] == (503, {"status": "not ready", "parts": {"process": "stopping"}})


async def test_leaving_ends_readiness() -> None:
    """The server itself says so on its way out."""
    health = Health({"database": good})
    await asked(health, "/readyz")
    assert (await asked(health, "/readyz"))["/readyz"][0] == 503


@pytest.mark.parametrize("check", [good, bad])
@pytest.mark.parametrize("header", PROXIED)
async def test_strangers_learn_no_parts(header: str, check: Check) -> None:
    """Through a proxy there is the bare status, with the same number."""
    answers = await asked(Health({"database": check}), "/readyz", headers={header: PROXIED[header]})
    ready = check is good
    assert answers["/readyz"] == (200 if ready else 503, {"status": "ready" if ready else "not ready"})


async def no_exports() -> Standing:
    """An idle bot."""
    return Standing(queued=0, in_flight=0)


def metrics_page() -> MetricsPage:
    """The page of an idle bot."""
    metrics = PrometheusMetrics()
    return MetricsPage(metrics, StandingGauges(no_exports, metrics.registry))


async def test_insiders_may_scrape() -> None:
    """Prometheus finds the counters, and the gauges from the database."""
    status, text = (await asked(metrics_page(), "/metrics"))["/metrics"]
    assert status == 200
    assert "avatar_bot_exports_queued 0.0" in str(text).splitlines()


@pytest.mark.parametrize("header", PROXIED)
async def test_strangers_find_no_metrics(header: str) -> None:
    """Through a proxy the page is as if it were not there."""
    answers = await asked(metrics_page(), "/metrics", "/nothing", headers={header: PROXIED[header]})
    assert answers["/metrics"] == answers["/nothing"]
    assert answers["/metrics"][0] == 404


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        *[("127.0.0.1", True), ("10.1.2.3", True), ("192.168.0.9", True), ("172.17.0.1", True)],
        *[("::1", True), ("fd00::5", True), ("::ffff:10.0.0.1", True), ("fe80::1%eth0", True)],
        *[("8.8.8.8", False), ("2606:4700::1111", False), ("::ffff:8.8.8.8", False), (None, False)],
    ],
)
def test_who_is_an_insider(peer: str | None, expected: bool) -> None:
    """This machine and private networks, by IPv4 and IPv6; who has no address is a stranger."""
    connection = mock.Mock()
    connection.get_extra_info.side_effect = lambda name, *_: (peer, 1) if name == "peername" and peer else None
    assert is_insider(make_mocked_request("GET", "/metrics", transport=connection)) is expected


async def test_only_reading_is_allowed() -> None:
    """The checks take no other method, and there is nothing else."""
    async with listening("127.0.0.1", 0, Health({}), []) as port, aiohttp.ClientSession() as http:
        async with http.post(f"http://127.0.0.1:{port}/healthz") as posted:
            assert posted.status == 405
        async with http.get(f"http://127.0.0.1:{port}/nothing") as missing:
            assert missing.status == 404
