"""Each person's last options, cached so that their next form opens prefilled without a database query."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cachetools import TTLCache

from bot.exports.models import ExportRequest, RequestOptions

FRESH_SECONDS = 3600.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class LastOptions:
    """The options of a request, and the AI Studios account that it used."""

    options: RequestOptions
    account_id: str | None


class LastUsed:
    """Caches for an hour, unless other processes start exports, too (`is_shared`): then it always queries.

    That query takes longer than all else between `/avatar` and the open form. `last_request` returns a person's
    latest request.
    """

    def __init__(self, last_request: Callable[[str], Awaitable[ExportRequest | None]], *, is_shared: bool) -> None:
        self._last_request = last_request
        self._known: TTLCache[str, LastOptions | None] = TTLCache(
            MOST_REMEMBERED, 0.0 if is_shared else FRESH_SECONDS, timer=time.monotonic
        )

    async def by(self, person: str) -> LastOptions | None:
        """The options of this person's last request; None before the first."""
        if person in self._known:
            return self._known[person]
        found = _options(await self._last_request(person))
        # They may have made a request meanwhile, which is newer.
        if person in self._known:
            return self._known[person]
        self._known[person] = found
        return found

    def note(self, person: str, request: ExportRequest) -> None:
        """Stores the options of a request that this person has just made."""
        self._known[person] = _options(request)


def _options(request: ExportRequest | None) -> LastOptions | None:
    return LastOptions(request.options, request.account_id) if request else None
