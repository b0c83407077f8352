"""The account's avatars, kept at hand so that looking one up never waits for AI Studios."""

import asyncio
import logging
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence

from bot.aistudios.errors import AIStudiosError
from bot.aistudios.models import Model

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 300.0
RETRY_SECONDS = 10.0

_VENDOR_ID = re.compile(r"[0-9a-fA-F]{24}")
_ID_LIKE = re.compile(r"[A-Za-z0-9_.:\-]{4,150}")


class AvatarList:
    """A copy of the list, refreshed in the background. A stale copy stays when AI Studios cannot be asked."""

    def __init__(self, fetch: Callable[[], Awaitable[Sequence[Model]]]) -> None:
        self._fetch = fetch
        self._models: Sequence[Model] = ()
        self._loaded = asyncio.Event()
        self._refreshing: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._refreshing = asyncio.create_task(self._keep_fresh())

    async def stop(self) -> None:
        if self._refreshing:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    async def search(self, typed: str, *, most: int, within: float) -> Sequence[Model]:
        """At most `most` avatars whose Korean or English name, or id, has what was typed.

        Before the first list has come, waits at most `within` seconds for it.
        """
        if not self._loaded.is_set():
            await asyncio.wait({wait := asyncio.ensure_future(self._loaded.wait())}, timeout=within)
            wait.cancel()
        return matching(self._models, typed)[:most]

    def find(self, model_id: str) -> Model | None:
        return next((model for model in self._models if model.id == model_id), None)

    async def _keep_fresh(self) -> None:
        while True:
            fresh = await self._refresh()
            await asyncio.sleep(REFRESH_SECONDS if fresh else RETRY_SECONDS)

    async def _refresh(self) -> bool:
        try:
            models = await self._fetch()
        except AIStudiosError as error:
            logger.warning("the avatars could not be refreshed: %s", error.message)
            return False
        self._models = models
        self._loaded.set()
        return True


def matching(models: Sequence[Model], typed: str) -> list[Model]:
    """The models that have every typed word in a name or the id; names that begin with it come first."""
    words = _folded(typed).split()
    found = [model for model in models if all(word in _searchable(model) for word in words)]
    if not words:
        return found
    return sorted(found, key=lambda model: not _begins(model, words[0]))


def looks_like_model_id(typed: str) -> bool:
    """Whether this may be the id of a model; AI Studios' own are 24 hexadecimal digits."""
    return _ID_LIKE.fullmatch(typed) is not None


def is_vendor_id(typed: str) -> bool:
    return _VENDOR_ID.fullmatch(typed) is not None


def _searchable(model: Model) -> str:
    return _folded(f"{model.label_en} {model.label_ko} {model.id}")


def _begins(model: Model, word: str) -> bool:
    return any(_folded(name).startswith(word) for name in (model.label_en, model.label_ko))


def _folded(text: str) -> str:
    # macOS hands over Hangul in pieces (NFD); composed and decomposed spellings are the same name.
    return unicodedata.normalize("NFKC", text).casefold()
