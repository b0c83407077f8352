"""The composition root: builds every part from the settings and wires them. No logic."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import httpx
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.aistudios.auth import Credentials, ReadyToken, TokenCache, Tokens
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.download import VideoDownloads
from bot.exports.addresses import WebhookAddresses
from bot.exports.avatars import AvatarList
from bot.exports.courier import Courier
from bot.exports.engine import DatabaseUnusable, Engine
from bot.exports.history import may_belong_to_another
from bot.exports.limits import DAY, Limits
from bot.exports.line import Line
from bot.exports.models import Approval, Pace
from bot.exports.service import ExportService
from bot.exports.upstream import Upstream
from bot.exports.watch import MILESTONE
from bot.exports.workflow import ExportWorkflow
from bot.exports.workspaces import WorkspaceList
from bot.settings import Settings
from bot.slack.home import Homes
from bot.slack.listeners import register_all
from bot.slack.listeners.deps import Deps
from bot.slack.people import People
from bot.slack.permalinks import Permalinks
from bot.slack.socket import connected
from bot.slack.thread import SlackThread
from bot.slack.uploads import UploadedScripts
from bot.slack.usergroups import Usergroups
from bot.web.health import Health
from bot.web.server import Routes, listening
from bot.web.slack_events import SlackEvents
from bot.web.webhooks import Webhooks

__all__ = ["DatabaseUnusable", "running"]

SLACK_TIMEOUT = aiohttp.ClientTimeout(total=30)
# A kept connection that dies as an export goes out leaves its outcome unknown; short-lived ones rarely do.
STUDIO_LIMITS = httpx.Limits(keepalive_expiry=2)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[int]:
    """The whole bot, serving while the context lasts; gives the port that it listens on."""
    async with AsyncExitStack() as stack:
        slack_http = await stack.enter_async_context(aiohttp.ClientSession(timeout=SLACK_TIMEOUT))
        studio_http = await stack.enter_async_context(httpx.AsyncClient(limits=STUDIO_LIMITS))
        downloads = await stack.enter_async_context(VideoDownloads(base_url=settings.aistudios_base_url))

        client = _slack_client(settings, slack_http)
        studio = AIStudiosClient(
            studio_http, base_url=settings.aistudios_base_url, tokens=_tokens(settings, studio_http)
        )
        addresses = WebhookAddresses(settings.webhook_key, settings.public_url)
        thread = SlackThread(client, slack_http)
        line = Line(settings.max_concurrent_exports, settings.submissions_per_minute)
        workflow = ExportWorkflow(
            upstream=Upstream(studio, addresses.url, may_belong_to_another),
            thread=thread,
            courier=Courier(downloads, thread, max_bytes=settings.max_upload_bytes),
            pace=_pace(settings),
            line=line,
        )
        exports = ExportService(workflow, _approval(settings), _limits(settings, client))
        avatars = AvatarList(studio.models)
        workspaces = WorkspaceList(studio.workspaces)
        people, permalinks = People(), Permalinks(client)
        homes = Homes(client, exports, people, permalinks)
        bolt = _bolt(settings, client)
        deps = Deps(
            exports=exports,
            avatars=avatars,
            workspaces=workspaces,
            scripts=UploadedScripts(slack_http),
            people=people,
            homes=homes,
            permalinks=permalinks,
        )
        register_all(bolt, deps)

        for listed in (avatars, workspaces):
            listed.start()
            stack.push_async_callback(listed.stop)
        engine = Engine(settings.database_url.get_secret_value())
        await engine.launch()
        stack.push_async_callback(engine.stop)
        stack.callback(workflow.stop)
        stack.push_async_callback(homes.close)
        await line.open()
        if settings.slack_app_token:
            await stack.enter_async_context(connected(bolt, settings.slack_app_token.get_secret_value()))
        routes: list[Routes] = [Webhooks(addresses, exports), *_slack_routes(settings, bolt)]
        health = Health(engine.is_ready)
        yield await stack.enter_async_context(listening(settings.host, settings.port, health, routes))


def _slack_client(settings: Settings, http: aiohttp.ClientSession) -> AsyncWebClient:
    # No retry handlers: the SDK's own would send a message a second time after a broken connection.
    return AsyncWebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url + "/",
        session=http,
        retry_handlers=[],
    )


def _bolt(settings: Settings, client: AsyncWebClient) -> AsyncApp:
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        """One workspace, one token: nothing to look up, so that no call to Slack precedes the form."""
        token = settings.slack_bot_token.get_secret_value()
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        client=client,
        authorize=authorize,
        request_verification_enabled=False,
        # The token of a workflow's step dies after 15 minutes, and its buttons with it; renders take longer.
        attaching_function_token_enabled=False,
    )


def _slack_routes(settings: Settings, bolt: AsyncApp) -> list[SlackEvents]:
    """Without a signing secret nothing over HTTP could be verified, so nothing is taken."""
    if not settings.slack_signing_secret:
        return []
    return [SlackEvents(bolt, settings.slack_signing_secret.get_secret_value())]


def _pace(settings: Settings) -> Pace:
    return Pace(
        poll_seconds=settings.poll_seconds, timeout_seconds=settings.export_timeout_seconds, milestone=MILESTONE
    )


def _approval(settings: Settings) -> Approval | None:
    """A request that nobody decides about lapses after a day."""
    channel_id = settings.approval_channel
    return Approval(channel_id=channel_id, patience_seconds=DAY) if channel_id else None


def _limits(settings: Settings, client: AsyncWebClient) -> Limits:
    groups = settings.allowed_usergroups
    return Limits(
        channels=settings.allowed_channels,
        makers=Usergroups(client, groups) if groups else None,
        daily_videos=settings.daily_videos_per_person,
        monthly_credits=settings.monthly_credits,
    )


def _tokens(settings: Settings, http: httpx.AsyncClient) -> Tokens:
    if settings.aistudios_token:
        return ReadyToken(settings.aistudios_token)
    if settings.aistudios_app_id is None or settings.aistudios_user_key is None:
        raise ValueError("the settings were checked to hold credentials")
    credentials = Credentials(app_id=settings.aistudios_app_id, user_key=settings.aistudios_user_key)
    return TokenCache(http, base_url=settings.aistudios_base_url, credentials=credentials)
