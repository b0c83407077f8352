"""One AI Studios account, with its cached lists."""

import asyncio
from collections.abc import Sequence

from bot.accounts.avatars import AvatarList
from bot.accounts.cached_list import CachedList
from bot.accounts.models import AvatarModel, VendorWorkspace
from bot.aistudios.client import AIStudiosClient

SHOWN_OF_APP_ID = 4


class Account:
    """A client of AI Studios and the account's lists. `id` is None for the operator's.

    `app_id_end`: the last characters of its app id, which may be shown.
    """

    def __init__(self, client: AIStudiosClient, account_id: str | None = None, app_id: str = "") -> None:
        self.id = account_id
        self.client = client
        self.avatars = AvatarList(self._fetch_avatars)
        self.workspaces: CachedList[VendorWorkspace] = CachedList("workspaces", self._fetch_workspaces)
        self.app_id_end = app_id[-SHOWN_OF_APP_ID:]
        self._is_refreshing = False

    def keep_fresh(self) -> None:
        """Starts refreshing its lists in the background."""
        if not self._is_refreshing:
            self._is_refreshing = True
            self.avatars.start()
            self.workspaces.start()

    async def close(self) -> None:
        """Stops refreshing its lists; running calls are not interrupted."""
        self._is_refreshing = False
        await asyncio.gather(self.avatars.stop(), self.workspaces.stop())

    async def _fetch_avatars(self) -> Sequence[AvatarModel]:
        models = await self.client.models()
        return [AvatarModel(model.id, model.label_en, model.label_ko, model.thumbnail) for model in models]

    async def _fetch_workspaces(self) -> Sequence[VendorWorkspace]:
        return [VendorWorkspace(workspace.id, workspace.name) for workspace in await self.client.workspaces()]
