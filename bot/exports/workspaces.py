"""The workspaces of the AI Studios account."""

from collections.abc import Awaitable, Callable, Sequence

from bot.aistudios.models import Workspace
from bot.exports.cached import CachedList


class WorkspaceList(CachedList[Workspace]):
    """The workspaces as they were a short while ago."""

    def __init__(self, fetch: Callable[[], Awaitable[Sequence[Workspace]]]) -> None:
        super().__init__("workspaces", fetch)
