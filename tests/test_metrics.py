"""What is counted, under which names, and what a scrape shows while the database is slow or away."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.metrics import MOST_VALUES, NO_METRICS, Metrics, PrometheusMetrics, Standing, StandingGauges

OURS = "avatar_bot_"


def everything_counted() -> PrometheusMetrics:
    """One of each event."""
    counted = PrometheusMetrics()
    count_everything(counted)
    return counted


def count_everything(to: Metrics) -> None:
    """One of each event."""
    to.export_ended("video", credits=7)
    to.export_ended("failed", "rejected")
    to.video_ready(asked_at=0.0)
    to.webhook_answered(200)
    to.webhook_shown(heard_at=0.0)
    to.slack_called("chat.update", "ok", 0.1)
    to.aistudios_called("GET /auth", "200", 0.1)


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    """The value of one series."""
    return registry.get_sample_value(OURS + name, labels)


def test_every_event_is_counted() -> None:
    """Each event moves its own series."""
    registry = everything_counted().registry
    assert sample(registry, "exports_ended_total", result="video", failure="") == 1
    assert sample(registry, "exports_ended_total", result="failed", failure="rejected") == 1
    assert sample(registry, "credits_used_total") == 7
    assert sample(registry, "export_ready_seconds_count") == 1
    assert sample(registry, "webhooks_total", status="200") == 1
    assert sample(registry, "webhook_lag_seconds_count") == 1
    assert sample(registry, "slack_calls_total", method="chat.update", outcome="ok") == 1
    assert sample(registry, "slack_call_duration_seconds_sum", method="chat.update") == 0.1
    assert sample(registry, "aistudios_calls_total", endpoint="GET /auth", status="200") == 1


def test_what_is_unknown_is_not_observed() -> None:
    """An export may have no time of its request or no credits, and most edits show no webhook's progress."""
    counted = PrometheusMetrics()
    counted.video_ready(asked_at=None)
    counted.webhook_shown(heard_at=None)
    counted.export_ended("video", credits=None)
    assert sample(counted.registry, "export_ready_seconds_count") == 0
    assert sample(counted.registry, "webhook_lag_seconds_count") == 0
    assert sample(counted.registry, "credits_used_total") == 0


def test_names_follow_prometheus() -> None:
    """Counters end in _total, histograms in their unit, and there are no series of creation times."""
    families = list(text_string_to_metric_families(generate_latest(everything_counted().registry).decode()))
    ours = {family.name: family for family in families if family.name.startswith(OURS)}
    assert {family.type for family in ours.values()} == {"counter", "histogram"}
    assert all(name.endswith("_seconds") for name, family in ours.items() if family.type == "histogram")
    assert all(family.documentation.endswith(".") for family in ours.values())
    assert any(family.name == "process_cpu_seconds" for family in families)


def test_without_metrics_the_same_events_are_taken() -> None:
    """Every event can be given to the class that counts nothing, and Prometheus counts all of them."""
    count_everything(NO_METRICS)
    events = {name for name, _ in inspect.getmembers(Metrics, inspect.isfunction)}
    assert events <= set(vars(PrometheusMetrics))


def test_outcomes_are_bounded() -> None:
    """However many error codes a service invents, so many series there are and no more."""
    counted = PrometheusMetrics()
    for number in range(MOST_VALUES + 50):
        counted.slack_called("chat.update", f"invented_{number}", 0.1)
    assert sample(counted.registry, "slack_calls_total", method="chat.update", outcome="other") == 50
    assert sample(counted.registry, "slack_calls_total", method="chat.update", outcome="invented_0") == 1


class Database:
    """Counts the looks; each ends when it is let go."""

    def __init__(self) -> None:
        self.looks = 0
        self.free = asyncio.Event()

    async def look(self) -> Standing:
        self.looks += 1
        await self.free.wait()
        return Standing(queued=2, in_flight=3)


async def gone() -> Standing:
    """A database that is away."""
    raise ConnectionError


def watched(look: Callable[[], Awaitable[Standing]]) -> tuple[StandingGauges, CollectorRegistry]:
    """The gauges over this database."""
    registry = CollectorRegistry()
    return StandingGauges(look, registry), registry


async def test_the_gauges_show_the_shared_database() -> None:
    """What waits and what is made is read when it is asked for, and once for scrapes that follow each other closely."""
    database = Database()
    database.free.set()
    gauges, registry = watched(database.look)
    await gauges.refresh()
    await gauges.refresh()
    assert sample(registry, "exports_queued") == 2
    assert sample(registry, "exports_in_flight") == 3
    assert database.looks == 1


async def test_a_slow_database_leaves_the_gauges_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrape does not wait for it; the look goes on, and the next scrape has its answer."""
    monkeypatch.setattr(metrics, "LOOK_SECONDS", 0.01)
    database = Database()
    gauges, registry = watched(database.look)
    await gauges.refresh()
    assert sample(registry, "exports_queued") is None
    database.free.set()
    await asyncio.sleep(0)
    await gauges.refresh()
    assert sample(registry, "exports_queued") == 2
    assert database.looks == 1


async def test_a_database_that_is_away_leaves_the_gauges_out() -> None:
    """There is a scrape all the same."""
    gauges, registry = watched(gone)
    await gauges.refresh()
    assert generate_latest(registry) == b""
