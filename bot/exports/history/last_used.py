"""What each person used last: their next form opens with it, and without a look at the database."""

import time
from dataclasses import dataclass

from bot.exports.history import queries as history
from bot.exports.models import Avatar, ExportRequest

FRESH_SECONDS = 3600.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Used:
    """The choices of a request that are likely to be made again."""

    language: str
    avatar: Avatar
    account_id: str | None


class LastUsed:
    """Remembers for an hour, unless other processes make exports of the same people (`is_shared`): then it asks.

    The look took longer than all else between `/avatar` and the open form.
    """

    def __init__(self, *, is_shared: bool) -> None:
        self._fresh_seconds = 0.0 if is_shared else FRESH_SECONDS
        self._known: dict[str, tuple[Used | None, float]] = {}

    async def by(self, person: str) -> Used | None:
        """What this person used last; None before their first request."""
        if not self._is_known(person):
            request = await history.last_request(person)
            # They may have made a request meanwhile, which is newer.
            if not self._is_known(person):
                self._remember(person, request)
        return self._known[person][0]

    def note(self, person: str, request: ExportRequest) -> None:
        """This person has just made a request."""
        self._remember(person, request)

    def _is_known(self, person: str) -> bool:
        _, since = self._known.get(person, (None, float("-inf")))
        return time.monotonic() - since < self._fresh_seconds

    def _remember(self, person: str, request: ExportRequest | None) -> None:
        while len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        used = Used(request.options.language, request.options.avatar, request.account_id) if request else None
        self._known[person] = (used, time.monotonic())
