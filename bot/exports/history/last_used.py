"""What each person chose last: their next form opens with it, and without a look at the database."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cachetools import TTLCache

from bot.exports.models import ExportRequest, RequestOptions

FRESH_SECONDS = 3600.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class LastOptions:
    """What was chosen, and with which AI Studios account it was made."""

    options: RequestOptions
    account_id: str | None


class LastUsed:
    """Remembers for an hour, unless other processes make exports of the same people (`is_shared`): then it asks.

    Asking takes longer than all else between `/avatar` and the open form. `last_request` gives a person's latest.
    """

    def __init__(self, last_request: Callable[[str], Awaitable[ExportRequest | None]], *, is_shared: bool) -> None:
        self._last_request = last_request
        self._known: TTLCache[str, LastOptions | None] = TTLCache(
            MOST_REMEMBERED, 0.0 if is_shared else FRESH_SECONDS, timer=time.monotonic
        )

    async def by(self, person: str) -> LastOptions | None:
        """What this person chose last; None before their first request."""
        if person in self._known:
            return self._known[person]
        found = _options(await self._last_request(person))
        # They may have made a request meanwhile, which is newer.
        if person in self._known:
            return self._known[person]
        self._known[person] = found
        return found

    def note(self, person: str, request: ExportRequest) -> None:
        """This person has just made a request."""
        self._known[person] = _options(request)


def _options(request: ExportRequest | None) -> LastOptions | None:
    return LastOptions(request.options, request.account_id) if request else None
