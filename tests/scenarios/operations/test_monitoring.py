"""What an operator sees of the bot: metrics, logs, traces, and which part is not ready."""

import asyncio
import gzip
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from bot.demo.process import free_port
from bot.demo.stage import BOT_TOKEN, SIGNING_SECRET, USER_KEY, Stage
from tests.demo.stage import APP_TOKEN
from tests.scenarios.presses import press, until_offers
from tests.scenarios.scene import (
    make_video,
    quickly_staged,
    restart,
    until_notified,
    until_reply,
    until_taken,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A part of every script here, and of nothing else.
CONFIDENTIAL = "confidential"
SECRETS = (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, USER_KEY, CONFIDENTIAL)
# So Slack and AI Studios call people, workspaces, channels, forms and projects.
IDS = re.compile(r"\b[UTCVM]0?[A-Z0-9]{6,}\b|\b[0-9a-f]{16,}\b")
ABOUT = {"export_id", "team_id", "user_id"}


class Collector:
    """Takes traces over OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp)."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    @property
    def spans(self) -> list[Span]:
        """Every span so far."""
        sent = [ExportTraceServiceRequest.FromString(_unpacked(body)) for body in self.bodies]
        groups = [group for one in sent for resource in one.resource_spans for group in resource.scope_spans]
        return [span for group in groups for span in group.spans]


def _unpacked(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def collector() -> AsyncIterator[tuple[Collector, str]]:
    """A collector and its address."""
    taking, port = Collector(), free_port()
    app = web.Application()
    app.router.add_post("/v1/traces", taking.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield taking, f"http://127.0.0.1:{port}"
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(
    tmp_path_factory: pytest.TempPathFactory, collector: tuple[Collector, str]
) -> AsyncIterator[Stage]:
    """A bot that is watched in every way; it sends its traces soon, and makes one video at a time."""
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector[1], "OTEL_BSP_SCHEDULE_DELAY": "100"}
    settings = {**traces, "LOG_LEVEL": "DEBUG", "MAX_CONCURRENT_EXPORTS": "1"}
    folder = tmp_path_factory.mktemp("watched")
    async with quickly_staged(folder, settings=settings, slack={"time_scale": 60}) as ready:
        yield ready


async def answered(stage: Stage, path: str) -> str:
    """What the bot answers there."""
    async with aiohttp.ClientSession() as http, http.get(f"{stage.bot.url}{path}") as answer:
        return await answer.text()


async def scraped(stage: Stage) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Each series of ours by its name and its labels."""
    families = text_string_to_metric_families(await answered(stage, "/metrics"))
    samples = [sample for family in families for sample in family.samples]
    return {(one.name, frozenset(one.labels.items())): one.value for one in samples if "avatar_bot" in one.name}


async def counted(stage: Stage, name: str, **labels: str) -> float:
    """The value of one series now; nothing counted is 0."""
    return (await scraped(stage)).get((f"avatar_bot_{name}", frozenset(labels.items())), 0.0)


async def until_ended(stage: Stage, result: str, failure: str = "", *, times: float) -> None:
    """Waits until so many exports are counted as ended like this."""

    async def ended() -> bool:
        return await counted(stage, "exports_ended_total", result=result, failure=failure) == times

    await until_true(ended, what=f"{times:g} exports that ended as {failure or result}")


def lines(stage: Stage) -> list[dict[str, Any]]:
    """The log; every line of it is JSON."""
    return [json.loads(line) for line in stage.bot.log.read_text().splitlines()]


@pytest.mark.long
async def test_good_and_bad_days_are_counted_once(stage: Stage, script: str) -> None:
    """A video, a refusal, and an export whose bot was killed in the middle: each is counted, and counted once."""
    await until_video(stage, await make_video(stage, script=f"{CONFIDENTIAL} {script}"))
    stage.studio.faults.add("/simple/custom", error=(4000, "No such avatar"))
    await until_notified(stage, await make_video(stage, script=f"{CONFIDENTIAL} refused {script}"))
    await until_ended(stage, "video", times=1)
    await until_ended(stage, "failed", "rejected", times=1)
    assert await counted(stage, "credits_used_total") > 0
    assert await counted(stage, "export_ready_seconds_count") == 1
    assert await counted(stage, "webhook_lag_seconds_count") >= 1
    assert await counted(stage, "aistudios_calls_total", endpoint="POST /simple/custom", status="200") == 1
    assert await counted(stage, "aistudios_calls_total", endpoint="POST /simple/custom", status="refused") == 1
    # By a listener, where Bolt would use a client of its own.
    assert await counted(stage, "slack_calls_total", method="views.open", outcome="ok") == 2
    stage.studio.hold()
    root = await make_video(stage, script=f"{CONFIDENTIAL} killed {script}")
    await until_taken(stage, root)
    await restart(stage)
    stage.studio.release()
    await until_video(stage, root)
    # What was counted before the kill went with the process.
    await until_ended(stage, "video", times=1)
    await until_ended(stage, "failed", "rejected", times=0)
    assert await counted(stage, "slack_calls_total", method="chat.postMessage", outcome="ok") == 0


async def test_slacks_errors_are_counted_by_their_code(stage: Stage, script: str) -> None:
    """What Slack refuses is told apart from what it takes."""
    stage.slack.faults.add("chat.postMessage", error="fatal_error")
    await until_video(stage, await make_video(stage, script=f"{CONFIDENTIAL} {script}"))
    assert await counted(stage, "slack_calls_total", method="chat.postMessage", outcome="fatal_error") == 1


@pytest.mark.long
async def test_what_is_under_way_is_seen_while_it_is(stage: Stage, script: str) -> None:
    """The gauges show what renders and what waits in line; what is stopped there is counted once, when its turn is."""

    async def gauges(queued: float, in_flight: float) -> None:
        async def shown() -> bool:
            series = await scraped(stage)
            names = ("avatar_bot_exports_queued", "avatar_bot_exports_in_flight")
            return [series.get((name, frozenset())) for name in names] == [queued, in_flight]

        await until_true(shown, what=f"{queued:g} exports in line and {in_flight:g} in flight")

    stage.studio.hold()
    first = await make_video(stage, script=f"{CONFIDENTIAL} {script}")
    await until_taken(stage, first)
    second = await until_reply(stage, await make_video(stage, script=f"{CONFIDENTIAL} second {script}"))
    await gauges(queued=1, in_flight=1)
    await until_offers(stage, second, "Stop")
    await press(stage, second, "Stop")
    stage.studio.release()
    await until_video(stage, first)
    await gauges(queued=0, in_flight=0)
    await until_ended(stage, "stopped", times=1)


async def test_no_label_holds_an_id(stage: Stage, script: str) -> None:
    """Nothing in the metrics tells of a person, a place, an export or its script."""
    await until_video(stage, await make_video(stage, script=f"{CONFIDENTIAL} {script}"))
    labels = {value for _, pairs in await scraped(stage) for _, value in pairs}
    assert {value for value in labels if IDS.search(value) or CONFIDENTIAL in value or "://" in value} == set()


async def test_an_exports_lines_say_which_and_whose(stage: Stage, script: str) -> None:
    """From the form to the end, and after a kill: each line about an export has its id, its team and its person."""
    stage.studio.hold()
    root = await make_video(stage, script=f"{CONFIDENTIAL} {script}")
    await until_taken(stage, root)
    await restart(stage)
    stage.studio.release()
    await until_video(stage, root)
    export_id = [line for line in lines(stage) if "is accepted" in line["message"]][-1]["export_id"]
    await until_ended(stage, "video", times=1)
    about = [line for line in lines(stage) if export_id in line["message"]]
    assert any("webhook" in line["message"] for line in about)
    assert about[-1]["message"] == f"export {export_id} has ended: video"
    assert {frozenset(ABOUT & line.keys()) for line in about} == {frozenset(ABOUT)}
    assert {(line["export_id"], line["team_id"], line["user_id"]) for line in about} == {
        (export_id, stage.slack.world.team_id, "U0ANA0001")
    }


@contextmanager
def refusing_exports(folder: Path) -> Iterator[None]:
    """The database breaks just where a script is written to it."""
    with closing(sqlite3.connect(folder / "avatar-bot.db", timeout=30)) as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON workflow_input WHEN NEW.workflow_uuid NOT LIKE '%.accept'"
            " BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END"
        )
        try:
            yield
        finally:
            connection.execute("DROP TRIGGER refuse")


async def test_no_line_holds_a_secret(stage: Stage, script: str) -> None:
    """Even the traceback of a fault where the script itself is at hand: lines of JSON, and not a word of it in them."""
    for method in ("chat.postMessage", "files.completeUploadExternal"):
        stage.slack.faults.add(method, drop="after")
    await until_video(stage, await make_video(stage, script=f"{CONFIDENTIAL} {script}"))
    with refusing_exports(stage.folder):
        await make_video(stage, script=f"{CONFIDENTIAL} broken {script}")
        await until_ended(stage, "failed", "internal", times=1)
    faults = [line for line in lines(stage) if "the disk is broken" in line.get("exception", "")]
    assert faults
    assert all(line.keys() >= ABOUT for line in faults)
    log = stage.bot.log.read_text()
    # What was being written to the database has a script among it; an error would quote parts of it.
    assert [secret for secret in (*SECRETS, "[parameters:") if secret in log] == []


async def test_traces_go_to_the_collector(stage: Stage, collector: tuple[Collector, str], script: str) -> None:
    """Workflows and steps come as spans of one trace each, with the export's id, without scripts and secrets."""
    took, _ = collector
    await until_video(stage, await make_video(stage, script=f"{CONFIDENTIAL} {script}"))
    export_id = [line for line in lines(stage) if "is accepted" in line["message"]][-1]["export_id"]

    def of_export() -> dict[str, Span]:
        named = {"key": "dbos.operation.workflow_id", "value": {"string_value": export_id}}
        return {
            span.name: span
            for span in took.spans
            if any(one.key == named["key"] and one.value.string_value == export_id for one in span.attributes)
        }

    async def complete() -> bool:
        return {"submit", "conclude", "export"} <= of_export().keys()

    await until_true(complete, what="the spans of the export")
    workflow, step = of_export()["export"], of_export()["submit"]
    assert step.trace_id == workflow.trace_id
    sent = b"".join(_unpacked(body) for body in took.bodies)
    assert [secret for secret in SECRETS if secret.encode() in sent] == []


async def test_a_socket_that_does_not_connect_is_named(tmp_path: Path) -> None:
    """In Socket Mode without Slack the bot is not ready and says why; its log says so in plain lines."""
    settings = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": None, "SLACK_API_URL": "http://127.0.0.1:1/api"}
    async with quickly_staged(tmp_path, settings=settings, start=False) as stage:
        await stage.bot.launch()

        async def told() -> dict[str, Any] | None:
            try:
                found: dict[str, Any] = json.loads(await answered(stage, "/readyz"))
            except aiohttp.ClientError:
                return None
            return found

        said = await until_true(told, what="an answer")
        assert said == {
            "status": "not ready",
            "parts": {"database": "ok", "engine": "ok", "slack": "socket not connected"},
        }

        async def complained() -> bool:
            return any("Socket Mode is not connected" in line["message"] for line in lines(stage))

        await until_true(complained, what="a line about Socket Mode")
        await asyncio.wait_for(stage.bot.stop(), 30)
        assert [line for line in lines(stage) if "exception" in line] == []
