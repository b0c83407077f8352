"""The account's avatars, and the search in them."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence

from bot.accounts.cached_list import CachedList
from bot.accounts.models import AvatarModel

_VENDOR_ID = re.compile(r"[0-9a-fA-F]{24}")
_ID_LIKE = re.compile(r"[A-Za-z0-9_.:\-]{4,150}")


class AvatarList(CachedList[AvatarModel]):
    """The cached list of an account's avatars."""

    def __init__(self, fetch: Callable[[], Awaitable[Sequence[AvatarModel]]]) -> None:
        super().__init__("avatars", fetch)

    async def search(self, typed: str, *, most: int, within: float) -> Sequence[AvatarModel]:
        """At most `most` avatars whose Korean or English name, or id, contains the typed words.

        If the list was never read yet, waits at most `within` seconds for it.
        """
        await self.loaded(within=within)
        return matching(self.items, typed)[:most]

    def find(self, model_id: str) -> AvatarModel | None:
        return next((model for model in self.items if model.id == model_id), None)


def matching(models: Sequence[AvatarModel], typed: str) -> list[AvatarModel]:
    """The avatars with every typed word in a name or the id; those whose name begins with the first word come first."""
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


def _searchable(model: AvatarModel) -> str:
    return _folded(f"{model.label_en} {model.label_ko} {model.id}")


def _begins(model: AvatarModel, word: str) -> bool:
    return any(_folded(name).startswith(word) for name in (model.label_en, model.label_ko))


def _folded(text: str) -> str:
    # macOS sends decomposed Hangul (NFD); composed and decomposed spellings are the same name.
    return unicodedata.normalize("NFKC", text).casefold()
