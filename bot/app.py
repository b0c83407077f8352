"""The composition root: builds every part from the settings and wires them. No logic."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import httpx
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.accounts.accounts import Accounts
from bot.accounts.models import Credentials
from bot.accounts.vault import Seals, Vault
from bot.accounts.vendor import AIStudiosVendor
from bot.aistudios.auth import TokenCache
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.download import VideoDownloads
from bot.database import DatabaseUnusable, closed, opened
from bot.engine.mailbox import Mailbox
from bot.engine.runtime import Engine
from bot.engine.serializer import JsonSerializer
from bot.engine.steps import Steps
from bot.exports.history.history import History
from bot.exports.history.last_used import LastUsed
from bot.exports.history.records import Records
from bot.exports.history.retention import Retention
from bot.exports.limits import Limits
from bot.exports.models import STORED_TYPES, ApprovalPolicy, PollSettings
from bot.exports.render.video_transfer import VideoTransfer
from bot.exports.service import ExportService
from bot.exports.usage import DAY
from bot.exports.webhook_addresses import WebhookAddresses
from bot.exports.workflow.context import Tools
from bot.exports.workflow.queue import ExportQueue
from bot.exports.workflow.registration import ExportWorkflow
from bot.i18n import LOCALES, t
from bot.metrics import Metrics, PrometheusMetrics, StandingGauges
from bot.settings import Settings
from bot.slack import uninstall
from bot.slack.api.client import SlackClient
from bot.slack.api.clients import Clients, ManyWorkspaces, OneWorkspace
from bot.slack.api.installations import Installations
from bot.slack.api.people import People
from bot.slack.api.permalinks import Permalinks
from bot.slack.api.places import Places
from bot.slack.api.scopes import BOT_SCOPES
from bot.slack.api.senders import identify_sender, provide_client
from bot.slack.api.socket_mode import connected
from bot.slack.api.uploads import UploadedScripts
from bot.slack.api.usergroups import Usergroups
from bot.slack.deps import Deps
from bot.slack.home.tabs import HomeTabs
from bot.slack.surfaces import register_all
from bot.slack.thread.thread import SlackThread
from bot.web.health import Check, Health, MetricsPage
from bot.web.oauth import REDIRECT_PATH, Install, InstallingClient, SlackApp
from bot.web.self_check import SelfCheck
from bot.web.server import Routes, listening
from bot.web.slack_events import SlackEvents
from bot.web.webhooks import Webhooks

__all__ = ["DatabaseUnusable", "running"]

SLACK_TIMEOUT = aiohttp.ClientTimeout(total=30)
# A kept connection that dies as an export goes out leaves its outcome unknown; short-lived ones rarely do.
STUDIO_LIMITS = httpx.Limits(keepalive_expiry=2)
# Of the fifteen connections for our own tables; the others are for what people wait for, and for the mailbox.
WORKFLOW_CONNECTIONS = 6


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[int]:
    """The whole bot, serving while the context lasts; gives the port that it listens on."""
    database_url = settings.database_url.get_secret_value()
    async with AsyncExitStack() as stack:
        slack_http = await stack.enter_async_context(aiohttp.ClientSession(timeout=SLACK_TIMEOUT))
        studio_http = await stack.enter_async_context(httpx.AsyncClient(limits=STUDIO_LIMITS))
        downloads = await stack.enter_async_context(VideoDownloads(base_url=settings.aistudios_base_url))
        database = opened(database_url)
        stack.push_async_callback(closed, database)
        metrics = PrometheusMetrics()

        accounts = _accounts(settings, studio_http, database, metrics)
        accounts.start()
        stack.push_async_callback(accounts.stop)
        installations = _installations(settings, slack_http, database, metrics)
        clients = _clients(settings, slack_http, installations, metrics)
        places, people, permalinks = Places(), People(), Permalinks(clients)
        addresses = WebhookAddresses(settings.webhook_key, settings.public_url)

        serializer = JsonSerializer(STORED_TYPES)
        engine = Engine(database_url, serializer, settings.traces_endpoint)
        records = Records(database)
        mailbox = Mailbox(database, serializer, records)
        history = History(records, mailbox)
        queue = ExportQueue(settings.max_concurrent_exports)
        tools = Tools(
            Steps(),
            thread=SlackThread(clients, slack_http, places, permalinks),
            vendor=AIStudiosVendor(accounts, downloads, site=settings.aistudios_base_url, webhook_url=addresses.url),
            records=Records(database, most_at_once=WORKFLOW_CONNECTIONS),
            metrics=metrics,
        )
        workflow = ExportWorkflow(
            tools,
            mailbox,
            history,
            queue,
            VideoTransfer(tools.vendor, tools.thread, max_bytes=settings.max_upload_bytes),
            PollSettings(poll_seconds=settings.poll_seconds, timeout_seconds=settings.export_timeout_seconds),
        )
        exports = ExportService(
            workflow,
            tools.vendor,
            records,
            mailbox,
            history,
            LastUsed(history.last_request, is_shared=engine.is_shared),
            _limits(settings, clients, history),
            _approval(settings),
        )
        home_tabs = HomeTabs(exports, people, permalinks, accounts)
        bolt = _bolt(settings, clients, installations, _slack_client(settings, slack_http, metrics))
        deps = Deps(
            exports=exports,
            accounts=accounts,
            scripts=UploadedScripts(slack_http),
            people=people,
            places=places,
            home_tabs=home_tabs,
            permalinks=permalinks,
        )
        register_all(bolt, deps)
        uninstall.register(bolt, installations, home_tabs, accounts.forget)

        await engine.lock()
        stack.push_async_callback(engine.stop)
        await records.prepare()
        await mailbox.prepare()
        await mailbox.open()
        stack.push_async_callback(mailbox.close)
        await engine.launch()
        await accounts.open()
        if installations:
            await installations.open()
            stack.push_async_callback(installations.close)
        stack.callback(workflow.stop)
        stack.push_async_callback(home_tabs.close)
        await queue.open()
        retention = Retention(records, settings.retention_days, engine.scrub)
        retention.start()
        stack.push_async_callback(retention.stop)
        checks: dict[str, Check] = {"database": engine.database_state, "engine": engine.state}
        if settings.slack_app_token:
            token = settings.slack_app_token.get_secret_value()
            checks["slack"] = (await stack.enter_async_context(connected(bolt, token))).state
        routes: list[Routes] = [
            MetricsPage(metrics, StandingGauges(records.standing, metrics.registry)),
            SelfCheck(addresses),
            Webhooks(addresses, exports, metrics),
            *_slack_routes(settings, bolt),
            *_install_routes(settings, slack_http, installations),
        ]
        yield await stack.enter_async_context(listening(settings.host, settings.port, Health(checks), routes))


def _slack_client(settings: Settings, http: aiohttp.ClientSession, metrics: Metrics) -> SlackClient:
    token = settings.slack_bot_token
    # No retry handlers: the SDK's own would send a message a second time after a broken connection.
    return SlackClient(
        token=token.get_secret_value() if token else None,
        base_url=settings.slack_api_url + "/",
        session=http,
        retry_handlers=[],
        metrics=metrics,
    )


def _installations(
    settings: Settings, http: aiohttp.ClientSession, database: AsyncEngine, metrics: Metrics
) -> Installations | None:
    """None where the bot has one token, for one workspace."""
    client_id, client_secret = settings.slack_client_id, settings.slack_client_secret
    if client_id is None or client_secret is None:
        return None
    client = _slack_client(settings, http, metrics)
    rotator = AsyncTokenRotator(client_id=client_id, client_secret=client_secret.get_secret_value(), client=client)
    return Installations(database, client_id, rotator)


def _clients(
    settings: Settings, http: aiohttp.ClientSession, installations: Installations | None, metrics: Metrics
) -> Clients:
    if installations:
        return ManyWorkspaces(installations.token_of, settings.slack_api_url, http, metrics)
    return OneWorkspace(_slack_client(settings, http, metrics))


def _install_routes(
    settings: Settings, http: aiohttp.ClientSession, installations: Installations | None
) -> list[Install]:
    """Where people install the bot; nowhere, when it is for one workspace."""
    client_id, client_secret = settings.slack_client_id, settings.slack_client_secret
    if not (installations and client_id and client_secret and settings.public_url):
        return []
    app = SlackApp(
        client_id=client_id,
        client_secret=client_secret.get_secret_value(),
        scopes=list(BOT_SCOPES),
        authorize_url=settings.slack_api_url.removesuffix("/api") + "/oauth/v2/authorize",
        redirect_url=settings.public_url + REDIRECT_PATH,
    )
    client = InstallingClient(base_url=settings.slack_api_url + "/", session=http, retry_handlers=[])
    install = Install(
        app,
        client,
        installations.store,
        installations.states,
        installations.installed,
        needs_account=settings.aistudios_app_id is None,
    )
    return [install]


def _authorize(settings: Settings, installations: Installations | None) -> Callable[..., Awaitable[Any]]:
    """By what is known here, so that no call to Slack precedes the form."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        if installations:
            return await installations.authorize(enterprise_id, team_id)
        token = settings.slack_bot_token
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=token.get_secret_value() if token else None
        )

    return authorize


def _bolt(settings: Settings, clients: Clients, installations: Installations | None, client: SlackClient) -> AsyncApp:
    bolt = AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        client=client,
        before_authorize=identify_sender,
        authorize=_authorize(settings, installations),
        user_facing_authorize_error_message=" ".join(t(locale, "error.not_installed") for locale in LOCALES),
        request_verification_enabled=False,
        # The token of a workflow's step dies after 15 minutes, and its buttons with it; renders take longer.
        attaching_function_token_enabled=False,
    )
    bolt.use(provide_client(clients))
    return bolt


def _slack_routes(settings: Settings, bolt: AsyncApp) -> list[SlackEvents]:
    """Without a signing secret nothing over HTTP could be verified, so nothing is taken."""
    if not settings.slack_signing_secret:
        return []
    return [SlackEvents(bolt, settings.slack_signing_secret.get_secret_value())]


def _approval(settings: Settings) -> ApprovalPolicy | None:
    """A request that nobody decides about lapses after a day."""
    channel_id = settings.approval_channel
    return ApprovalPolicy(channel_id=channel_id, timeout_seconds=DAY) if channel_id else None


def _limits(settings: Settings, clients: Clients, history: History) -> Limits:
    groups = settings.allowed_usergroups
    return Limits(
        history,
        channels=settings.allowed_channels,
        allowed_requesters=Usergroups(clients, groups) if groups else None,
        daily_videos=settings.daily_videos_per_person,
        monthly_credits=settings.monthly_credits,
    )


def _accounts(settings: Settings, http: httpx.AsyncClient, database: AsyncEngine, metrics: Metrics) -> Accounts:
    base_url, observe = settings.aistudios_base_url, metrics.aistudios_called

    def client_of(credentials: Credentials) -> AIStudiosClient:
        tokens = TokenCache(http, base_url=base_url, credentials=credentials, observe=observe)
        return AIStudiosClient(http, base_url=base_url, tokens=tokens, observe=observe)

    keys, operators = settings.encryption_keys, _operators_credentials(settings)
    return Accounts(
        client_of,
        client_of(operators) if operators else None,
        Vault(database, Seals(keys)) if keys else None,
        # An approval and a delivery may take about a day each.
        keep_seconds=settings.export_timeout_seconds + 2 * DAY,
    )


def _operators_credentials(settings: Settings) -> Credentials | None:
    if settings.aistudios_app_id is None or settings.aistudios_user_key is None:
        return None
    return Credentials(app_id=settings.aistudios_app_id, user_key=settings.aistudios_user_key)
