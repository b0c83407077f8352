"""Lists of an AI Studios account, cached so that reading one never waits for AI Studios."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from bot.aistudios.errors import AIStudiosError

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 300.0
RETRY_SECONDS = 10.0

T = TypeVar("T")


class CachedList(Generic[T]):
    """A copy of a list, refreshed in the background; unchanged while AI Studios does not answer.

    `name` is its name in the log.
    """

    def __init__(self, name: str, fetch: Callable[[], Awaitable[Sequence[T]]]) -> None:
        self._name = name
        self._fetch = fetch
        self._loaded = asyncio.Event()
        self._refreshing: asyncio.Task[None] | None = None
        self._is_faulty = False
        self.items: Sequence[T] = ()

    @property
    def is_loaded(self) -> bool:
        """Whether the list was read at least once."""
        return self._loaded.is_set()

    def start(self) -> None:
        self._refreshing = asyncio.create_task(self._keep_fresh())

    async def stop(self) -> None:
        if self._refreshing:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    async def loaded(self, *, within: float) -> None:
        """Waits until the list was read once, at most `within` seconds."""
        if not self._loaded.is_set():
            await asyncio.wait({wait := asyncio.ensure_future(self._loaded.wait())}, timeout=within)
            wait.cancel()

    async def _keep_fresh(self) -> None:
        while True:
            fresh = await self._refresh()
            await asyncio.sleep(REFRESH_SECONDS if fresh else RETRY_SECONDS)

    async def _refresh(self) -> bool:
        try:
            items = await self._fetch()
        except AIStudiosError as error:
            logger.warning("the %s could not be refreshed: %s", self._name, error.message)
            return False
        except Exception:  # noqa: BLE001 — whatever it was, the next try may bring the list
            self._log_fault()
            return False
        self.items, self._is_faulty = items, False
        self._loaded.set()
        return True

    def _log_fault(self) -> None:
        """Logs a lasting failure once, not every few seconds."""
        if not self._is_faulty:
            logger.exception("the %s could not be refreshed, unexpectedly", self._name)
        self._is_faulty = True
