"""Slack's rate limits: per method and workspace by tier, postings per conversation.

Source: https://docs.slack.dev/apis/web-api/rate-limits. Slack gives the sustained rates; the size of the
burst it tolerates is not documented, so the bursts here are small.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

TIER_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
TIER_BURST = {1: 1, 2: 5, 3: 10, 4: 20}

METHOD_TIER = {
    "apps.connections.open": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.join": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.delete": 3,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "functions.completeError": 3,
    "functions.completeSuccess": 3,
    "usergroups.users.list": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}


@dataclass
class Bucket:
    """A token bucket: `burst` calls at once, refilled at `per_second`."""

    per_second: float
    burst: float
    level: float
    refilled: float

    def refill(self, now: float) -> None:
        """Add the calls that have become free since the last look."""
        self.level = min(self.burst, self.level + (now - self.refilled) * self.per_second)
        self.refilled = now

    def lacking_seconds(self) -> float:
        """How long until one call fits, 0 when it does."""
        return max(0.0, (1 - self.level) / self.per_second)


class RateLimits:
    """Counts the calls of one app in one workspace.

    `time_scale` is how many seconds of Slack pass in one real second; 60 lets a minute pass in a second.
    """

    def __init__(self, time_scale: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._scale = time_scale
        self._clock = clock
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def retry_after(self, method: str, channel: str | None = None) -> int:
        """Count a call: 0 if it may pass, else the whole seconds to wait, as in `Retry-After`."""
        buckets = self._buckets_of(method, channel)
        lacking = max(bucket.lacking_seconds() for bucket in buckets)
        if lacking > 0:
            return max(1, math.ceil(lacking / self._scale))
        for bucket in buckets:
            bucket.level -= 1
        return 0

    def _buckets_of(self, method: str, channel: str | None) -> list[Bucket]:
        if method == "chat.postMessage":
            workspace = self._bucket((method,), per_minute=300, burst=50)
            return [workspace, self._bucket((method, channel or ""), per_minute=60, burst=4)]
        tier = METHOD_TIER.get(method)
        if tier is None:
            return [self._bucket((method,), per_minute=600, burst=100)]
        return [self._bucket((method,), TIER_PER_MINUTE[tier], TIER_BURST[tier])]

    def _bucket(self, key: tuple[str, ...], per_minute: float, burst: float) -> Bucket:
        now = self._clock() * self._scale
        bucket = self._buckets.setdefault(key, Bucket(per_minute / 60, burst, burst, now))
        bucket.refill(now)
        return bucket
