"""A local AI Studios over real HTTP: strict in what it takes, and with faults on demand."""

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from aiohttp import web

from bot.demo import video
from bot.demo.aistudios.account import (
    DEMO_MODELS,
    DEMO_WORKSPACES,
    TOKEN_SECONDS,
    UNLISTED_MODELS,
    Account,
    DemoModel,
    DemoWorkspace,
    Tokens,
)
from bot.demo.aistudios.api import Api, DropdownShape
from bot.demo.aistudios.faults import Faults
from bot.demo.aistudios.gateway import Gateway
from bot.demo.aistudios.records import Call, Project, Submission, WebhookCall, WebhookEncoding
from bot.demo.aistudios.rendering import Render, Renderer, VideoShelf
from bot.demo.aistudios.webhooks import Webhooks
from bot.demo.changes import Changes
from bot.demo.exchanges import Observer, observed

SHUTDOWN_SECONDS = 1

T = TypeVar("T")


class LocalAIStudios:
    """The AI Studios V3 API with an account, and with the further `accounts`, served on loopback.

    `videos` is the folder for the rendered files. A render takes `render_seconds` and a token lives
    `token_seconds`. `unlisted` are custom avatars that may be named but appear in no list. `dropdown_shape`
    picks how the dropdown calls answer: the list itself, `data` as the list, or a named list inside `data`.
    `render` replaces the drawing of real videos (see `bot.demo.video.short_video`). The `observers` are told of
    everything that goes over the wire.
    """

    def __init__(
        self,
        *,
        app_id: str,
        user_key: str,
        videos: Path,
        render_seconds: float = 8.0,
        token_seconds: float = TOKEN_SECONDS,
        webhook_encoding: WebhookEncoding = "json",
        dropdown_shape: DropdownShape = "named",
        models: Sequence[DemoModel] = DEMO_MODELS,
        unlisted: Sequence[str] = UNLISTED_MODELS,
        workspaces: Sequence[DemoWorkspace] = DEMO_WORKSPACES,
        accounts: Sequence[Account] = (),
        render: Render = video.make_video,
    ) -> None:
        self._render = render
        account = Account(app_id, user_key, Tokens(token_seconds), models, unlisted, workspaces)
        self.accounts = {one.app_id: one for one in (account, *accounts)}
        self.faults = Faults()
        self.observers: list[Observer] = []
        self.base_url = ""
        self._changes = Changes()
        self._webhooks = Webhooks(webhook_encoding, self.faults, self._changes, self.observers)
        shelf = VideoShelf(videos, render)
        self._renderer = Renderer(render_seconds, shelf, self._webhooks, self.faults, self._changes)
        self._api = Api(list(self.accounts.values()), self._renderer, self.faults, dropdown_shape)
        self._gateway = Gateway(self.faults, self._changes)
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. `base_url` is known from here on.

        Raises DemoExtraError when real videos are to be made and cannot be.
        """
        if self._render is video.make_video:
            video.require_extra()
        app = web.Application(middlewares=[observed("studio", self.observers), self._gateway.handle])
        app.add_routes(self._api.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.base_url = f"http://{host}:{self._runner.addresses[0][1]}"
        await self._webhooks.start()
        self._renderer.start(self.base_url)

    async def stop(self) -> None:
        """Stop rendering, drop the webhooks still to be sent and close every connection."""
        await self._renderer.stop()
        await self._webhooks.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def calls(self) -> deque[Call]:
        """Every call that reached the server, the last 50,000 of them."""
        return self._gateway.calls

    @property
    def projects(self) -> dict[str, Project]:
        """The projects on the dashboard by id."""
        return self._renderer.projects

    @property
    def billed(self) -> deque[Submission]:
        """Every accepted export: what costs credits."""
        return self._api.billed

    @property
    def webhooks_sent(self) -> deque[WebhookCall]:
        """Every webhook call that was tried or lost, the last 50,000 of them."""
        return self._webhooks.sent

    async def until(
        self,
        condition: Callable[[], T],
        *,
        timeout: float = 60,  # noqa: ASYNC109 - the caller states its patience beside its condition
        what: str = "",
    ) -> T:
        """The first truthy value of the condition, looked at after every change.

        Raises TimeoutError, saying `what`, after `timeout` seconds.
        """
        return await self._changes.until(condition, timeout=timeout, what=what)

    async def send_webhook(
        self,
        project_id: str,
        progress: int,
        *,
        encoding: WebhookEncoding | None = None,
        url: str | None = None,
        **extra: Any,
    ) -> int:
        """Call a project's webhook now, whatever its progress; returns the answer's HTTP status.

        `extra` replaces or adds fields. Raises ConnectionError when no answer came.
        """
        return await self._webhooks.send(self.projects[project_id], progress, encoding=encoding, url=url, **extra)

    def hold(self, project_id: str | None = None) -> None:
        """Stops the progress and the webhooks of one project, or of all of them and those to come."""
        self._renderer.hold(project_id)

    def release(self, project_id: str | None = None) -> None:
        """Ends a `hold` of one project, or of all of them."""
        self._renderer.release(project_id)

    def fail_render(self, project_id: str) -> None:
        """End a rendering as failed, without a webhook: there is no field for it."""
        self._renderer.fail(project_id)

    def expire_tokens(self) -> None:
        """Let every token of every account be past its life."""
        for account in self.accounts.values():
            account.tokens.expire()

    def revoke_tokens(self) -> None:
        """Forget every token of every account."""
        for account in self.accounts.values():
            account.tokens.revoke()
