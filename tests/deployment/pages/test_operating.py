"""docs/operating.md against what the code counts, lists and answers."""

from __future__ import annotations

import json
import re

import aiohttp
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import PrometheusMetrics, Standing, StandingGauges
from bot.web.health import Check, Health
from bot.web.server import listening
from tests.deployment.pages.reading import DOCS, code_blocks, names_in, rows, section
from tests.image.dockerfile import CHECKOUT, stages
from tests.test_metrics import count_everything

PAGE = DOCS / "operating.md"
OTHER_NAMES = {"PUBLIC_URL", "/metrics"}
PORT = stages((CHECKOUT / "Dockerfile").read_text())[-1].last("EXPOSE")


async def counted() -> dict[str, set[str]]:
    """Every metric of the bot's own with its labels, as a scrape shows it."""

    async def standing() -> Standing:
        return Standing(queued=0, in_flight=0)

    metrics = PrometheusMetrics()
    count_everything(metrics)
    await StandingGauges(standing, metrics.registry).refresh()
    found = {}
    for family in text_string_to_metric_families(generate_latest(metrics.registry).decode()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if name.startswith("avatar_bot_"):
            labels = {label for sample in family.samples for label in sample.labels}
            found[name] = labels - {"le"}
    return found


async def test_metrics_are_those_of_the_code() -> None:
    """The table has each metric with its labels, and no other."""
    named = [name for row in rows(section(PAGE, "Metrics")) for name in names_in(row[0])]
    metrics = [re.fullmatch(r"(\w+)(?:\{([\w,]+)\})?", name) for name in named if not name.startswith("process_")]
    assert {found[1]: set((found[2] or "").split(",")) - {""} for found in metrics if found} == await counted()
    assert all(metrics)


def test_prometheus_asks_where_the_bot_listens() -> None:
    """The configuration names the port of the image."""
    [block] = code_blocks(section(PAGE, "Metrics"), "yaml")
    [job] = yaml.safe_load(block)["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"bot:{PORT}"]}]


async def test_the_headers_of_a_proxy_are_those_of_the_code() -> None:
    """By each header that the pages name, the bot knows that somebody outside calls."""
    named = {header for header in names_in(section(PAGE, "Metrics")) if re.fullmatch(r"[A-Z][\w-]+", header)}
    assert named == set(names_in(section(DOCS / "deploy.md", "A reverse proxy of yours"))) - OTHER_NAMES
    async with listening("127.0.0.1", 0, Health({}), []) as port, aiohttp.ClientSession() as http:
        for headers in ({}, *({header: "203.0.113.7"} for header in named)):
            async with http.get(f"http://127.0.0.1:{port}/readyz", headers=headers) as answer:
                assert ("parts" in await answer.json()) == (not headers), headers


async def test_the_answer_about_health_is_shaped_like_the_real_one() -> None:
    """The example has a state for each part that is asked, and says what is not ready."""

    async def broken() -> str:
        return "socket not connected"

    async def right() -> str:
        return "ok"

    checks: dict[str, Check] = {"database": right, "engine": right, "slack": broken}
    [block] = code_blocks(section(PAGE, "Health"), "json")
    async with (
        listening("127.0.0.1", 0, Health(checks), []) as port,
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}/readyz") as answer,
    ):
        assert (answer.status, await answer.json()) == (503, json.loads(block))
