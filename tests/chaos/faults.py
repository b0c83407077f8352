"""What breaks at Slack and AI Studios, chosen with a seed: one fault after the other for each kind of call."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

F = TypeVar("F")


@dataclass(frozen=True)
class Trouble:
    """One kind of fault: its name in the table, and the arguments of the local server that plan it."""

    kind: str
    how: Mapping[str, Any]


def _rests(service: str, status: int, *seconds: int) -> list[Trouble]:
    return [Trouble(f"{service} {status} with Retry-After", {"status": status, "retry_after": s}) for s in seconds]


def _broken(service: str) -> list[Trouble]:
    return [
        Trouble(f"{service} connection dropped before the effect", {"drop": "before"}),
        Trouble(f"{service} connection dropped after the effect", {"drop": "after"}),
    ]


SLACK_TROUBLES = [
    *_rests("Slack", 429, 1, 2, 3),
    *_broken("Slack"),
    Trouble("Slack 5xx", {"status": 503, "error": "service_unavailable"}),
    Trouble("Slack 5xx", {"status": 500, "error": "internal_error"}),
    Trouble("Slack slow", {"delay": 1.5}),
]
UPLOAD_TROUBLES = [*_broken("Slack"), Trouble("Slack 5xx", {"status": 500}), Trouble("Slack slow", {"delay": 1.0})]

STUDIO_TROUBLES = [
    *_rests("AI Studios", 429, 1, 2),
    *_rests("AI Studios", 503, 1),
    *_broken("AI Studios"),
    Trouble("AI Studios 5xx", {"status": 502, "body": "<html><h1>Bad gateway</h1></html>"}),
    Trouble("AI Studios 5xx", {"status": 500}),
    Trouble("AI Studios slow", {"delay": 2.0}),
]
VIDEO_TROUBLES = [
    Trouble("video 403", {"status": 403}),
    Trouble("video truncated", {"truncate": True}),
    Trouble("video without length", {"without_length": True}),
    Trouble("video 5xx", {"status": 503}),
]

SLACK = {
    **dict.fromkeys(("chat.postMessage", "files.getUploadURLExternal", "files.completeUploadExternal"), SLACK_TROUBLES),
    **dict.fromkeys(("chat.update", "files.info", "conversations.replies", "conversations.history"), SLACK_TROUBLES),
    "upload": UPLOAD_TROUBLES,
}
STUDIO = {
    **dict.fromkeys(("/simple/custom", "/auth/token", "/editor/progress", "/editor/project"), STUDIO_TROUBLES),
    "/videos": VIDEO_TROUBLES,
}


class PlannedFaults(Generic[F]):
    """Keeps one fault planned for each kind of call; on average every `rarity`-th call meets it."""

    def __init__(
        self,
        plan: Callable[..., F],
        has_struck: Callable[[F], bool],
        troubles: Mapping[str, Sequence[Trouble]],
        *,
        rarity: int,
        dice: random.Random,
    ) -> None:
        self._plan = plan
        self._has_struck = has_struck
        self._troubles = troubles
        self._rarity = rarity
        self._dice = dice
        self._planned: dict[str, tuple[Trouble, F]] = {}
        self.struck: Counter[str] = Counter()

    def tend(self) -> None:
        """Counts what has struck since, and plans the next."""
        self._count()
        for call in self._troubles:
            if call not in self._planned:
                trouble = self._dice.choice(self._troubles[call])
                passing = self._dice.randrange(2 * self._rarity)
                self._planned[call] = (trouble, self._plan(call, times=1, after=passing, **trouble.how))

    def end(self) -> None:
        """Counts for the last time before the server's faults are cleared."""
        self._count()
        self._planned.clear()

    def _count(self) -> None:
        for call, (trouble, fault) in list(self._planned.items()):
            if self._has_struck(fault):
                self.struck[trouble.kind] += 1
                del self._planned[call]
