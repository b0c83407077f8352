"""The workspaces of the AI Studios account."""

from collections.abc import Awaitable, Callable, Sequence

from bot.accounts.cached_list import CachedList
from bot.aistudios.models import Workspace


class WorkspaceList(CachedList[Workspace]):
    """The workspaces as they were a short while ago."""

    def __init__(self, fetch: Callable[[], Awaitable[Sequence[Workspace]]]) -> None:
        super().__init__("workspaces", fetch)
