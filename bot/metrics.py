"""The bot's metrics for Prometheus, named by https://prometheus.io/docs/practices/naming/.

No label contains an id, a name, an address or other text of people, to keep the number of values small.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.single_flight import SingleFlight, StillRunning

# Of a render: from a short one at a quiet hour to what EXPORT_TIMEOUT_SECONDS allows by default.
READY_BUCKETS = (5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 5400, 7200)
LAG_BUCKETS = (0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300)
CALL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
MOST_VALUES = 100
OTHER = "other"

FRESH_SECONDS = 5.0
LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Standing:
    """The numbers of exports that wait in the queue and that are being made, over all processes."""

    queued: int
    in_flight: int


class Metrics:
    """The events that are counted. This base class counts nothing."""

    def export_ended(self, result: str, failure: str | None = None, credits: int | None = None) -> None:
        """Counts an export that has ended, and the credits that AI Studios reported for it."""

    def video_ready(self, asked_at: float | None) -> None:
        """Counts a video or link posted in its thread; `asked_at` is the time of the request (Unix seconds)."""

    def webhook_answered(self, status: int) -> None:
        """Counts a request to a webhook URL by the HTTP status of its answer."""

    def webhook_shown(self, heard_at: float | None) -> None:
        """Records that an edit shows a webhook received at `heard_at` (Unix seconds); None when it shows no webhook."""

    def slack_called(self, method: str, outcome: str, seconds: float) -> None:
        """Counts a call of a Web API method.

        The outcome is `ok`, Slack's error code, or the reason without an answer.
        """

    def aistudios_called(self, endpoint: str, status: str, seconds: float) -> None:
        """Counts a call of an endpoint such as `GET /auth`.

        `status` is the HTTP status, or the reason without an answer.
        """


NO_METRICS = Metrics()


class PrometheusMetrics(Metrics):
    """Counts the events in its own registry."""

    def __init__(self) -> None:
        # Otherwise each counter comes with a second series, the time of its creation.
        without_created: Callable[[], None] = disable_created_metrics
        without_created()
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._ended = Counter(
            "avatar_bot_exports_ended", "Exports that have ended.", ("result", "failure"), registry=registry
        )
        self._ready = Histogram(
            "avatar_bot_export_ready_seconds",
            "From the request to the video in its thread, with the waits for approval and in line.",
            buckets=READY_BUCKETS,
            registry=registry,
        )
        self._credits = Counter(
            "avatar_bot_credits_used", "Credits that exports used, as AI Studios reported.", registry=registry
        )
        self._webhooks = Counter(
            "avatar_bot_webhooks", "Calls of webhook addresses by answer.", ("status",), registry=registry
        )
        self._lag = Histogram(
            "avatar_bot_webhook_lag_seconds",
            "From a webhook's arrival to the edit in Slack that shows its progress.",
            buckets=LAG_BUCKETS,
            registry=registry,
        )
        self._slack = _Calls("slack", "the Slack Web API", "method", "outcome", registry)
        self._aistudios = _Calls("aistudios", "AI Studios", "endpoint", "status", registry)

    def export_ended(self, result: str, failure: str | None = None, credits: int | None = None) -> None:
        self._ended.labels(result, failure or "").inc()
        self._credits.inc(max(credits or 0, 0))

    def video_ready(self, asked_at: float | None) -> None:
        _observe_since(self._ready, asked_at)

    def webhook_answered(self, status: int) -> None:
        self._webhooks.labels(str(status)).inc()

    def webhook_shown(self, heard_at: float | None) -> None:
        _observe_since(self._lag, heard_at)

    def slack_called(self, method: str, outcome: str, seconds: float) -> None:
        self._slack.count(method, outcome, seconds)

    def aistudios_called(self, endpoint: str, status: str, seconds: float) -> None:
        self._aistudios.count(endpoint, status, seconds)


class _Calls:
    """The calls of one service: their number by outcome, and their durations."""

    def __init__(self, name: str, service: str, what: str, outcome: str, registry: CollectorRegistry) -> None:
        self._count = Counter(f"avatar_bot_{name}_calls", f"Calls of {service}.", (what, outcome), registry=registry)
        self._duration = Histogram(
            f"avatar_bot_{name}_call_duration_seconds",
            f"How long calls of {service} took, answered or not.",
            (what,),
            buckets=CALL_BUCKETS,
            registry=registry,
        )
        self._outcomes: set[str] = set()

    def count(self, what: str, outcome: str, seconds: float) -> None:
        self._count.labels(what, self._bounded(outcome)).inc()
        self._duration.labels(what).observe(seconds)

    def _bounded(self, outcome: str) -> str:
        """The outcome, or `other` for new outcomes after the hundredth: the service chooses its codes."""
        if len(self._outcomes) < MOST_VALUES:
            self._outcomes.add(outcome)
        return outcome if outcome in self._outcomes else OTHER


class StandingGauges(Collector):
    """The two gauges that are read from the shared database.

    They are read when Prometheus scrapes, at most once in FRESH_SECONDS. They are left out while the database can't be
    reached or takes longer than LOOK_SECONDS, because an old number would be wrong.
    """

    def __init__(self, look: Callable[[], Awaitable[Standing]], registry: CollectorRegistry) -> None:
        self._look = look
        self._looks = SingleFlight[None, Standing | None]()
        self._standing: Standing | None = None
        registry.register(self)

    async def refresh(self) -> None:
        """Reads the numbers unless they are fresh. A slow query continues, and the next call waits for it."""
        try:
            self._standing = await self._looks.call(None, self._queried, within=LOOK_SECONDS, fresh=FRESH_SECONDS)
        except StillRunning:
            self._standing = None

    async def _queried(self) -> Standing | None:
        try:
            return await self._look()
        except Exception:  # noqa: BLE001 — whatever keeps the database away, there is a scrape without its numbers
            return None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if self._standing:
            yield GaugeMetricFamily(
                "avatar_bot_exports_queued", "Exports that wait in line, over all processes.", self._standing.queued
            )
            yield GaugeMetricFamily(
                "avatar_bot_exports_in_flight",
                "Exports that are being made, over all processes.",
                self._standing.in_flight,
            )


def _observe_since(histogram: Histogram, moment: float | None) -> None:
    if moment is not None:
        histogram.observe(max(time.time() - moment, 0.0))
