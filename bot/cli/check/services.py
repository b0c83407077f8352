"""Checks that Slack and AI Studios accept the credentials, and what the credentials allow."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.accounts.credentials_check import AccountContents, CredentialsRefused, check_credentials
from bot.accounts.models import Credentials
from bot.cli.check.network import reason
from bot.cli.report import Row
from bot.cli.setup.value_sources import APPS, WHERE
from bot.exports.ports import VendorUnavailable
from bot.settings import Settings
from bot.slack.api.calls import LOST_ANSWERS, code_of, is_passing
from bot.slack.api.scopes import BOT_SCOPES

SECONDS = 5
# Slack's signatures are refused after five minutes
# (https://docs.slack.dev/authentication/verifying-requests-from-slack); a clock that is off by more drifts on.
MOST_CLOCK_SECONDS = 60

_TOKEN, _APP, _SOCKET, _STUDIO = "Slack token", "Slack app", "Socket Mode token", "AI Studios credentials"
_NETWORK = "check that this machine can reach it: firewall, proxy, "
_ADD_SCOPE = f"add it at {APPS} → your app → OAuth & Permissions → Bot Token Scopes, then press Reinstall to Workspace"


async def slack_rows(settings: Settings) -> list[Row]:
    """Whether Slack accepts the bot's token or the app's secrets, and the difference between the clocks."""
    return await (app_rows(settings) if settings.slack_client_id else token_rows(settings))


async def app_rows(settings: Settings) -> list[Row]:
    """Whether Slack accepts the client id and secret of an app for many workspaces.

    Sends an invalid code, because Slack checks the client secret before the code.
    https://docs.slack.dev/reference/methods/oauth.v2.access
    """
    secret = settings.slack_client_secret
    client = AsyncWebClient(base_url=settings.slack_api_url + "/", timeout=SECONDS, retry_handlers=[])
    try:
        await client.oauth_v2_access(
            client_id=settings.slack_client_id or "",
            client_secret=secret.get_secret_value() if secret else "",
            code="made-up",
        )
    except SlackApiError as error:
        clock = _clock_rows(error.response)
        if code_of(error) == "invalid_code":
            return [Row(_APP, "right", "Slack accepts SLACK_CLIENT_ID with SLACK_CLIENT_SECRET"), *clock]
        return [_refused(_APP, error, f"copy both again from {WHERE['SLACK_CLIENT_ID']}"), *clock]
    except LOST_ANSWERS as error:
        return [_unreachable(_APP, settings.slack_api_url, error)]
    return [Row(_APP, "note", "Slack did not say whether it accepts SLACK_CLIENT_ID with SLACK_CLIENT_SECRET")]


async def token_rows(settings: Settings) -> list[Row]:
    """The bot and the workspace of the token, and whether the token has each scope."""
    if (token := settings.slack_bot_token) is None:
        return [Row(_TOKEN, "note", "not set, so Slack was not asked about it")]
    client = AsyncWebClient(
        token=token.get_secret_value(), base_url=settings.slack_api_url + "/", timeout=SECONDS, retry_handlers=[]
    )
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        return [_refused(_TOKEN, error, f"copy it again from {WHERE['SLACK_BOT_TOKEN']}"), *_clock_rows(error.response)]
    except LOST_ANSWERS as error:
        return [_unreachable(_TOKEN, settings.slack_api_url, error)]
    return [_identity(answer), *_clock_rows(answer), *scope_rows(_header(answer.headers, "x-oauth-scopes"))]


async def socket_rows(settings: Settings) -> list[Row]:
    """Whether Slack would open a connection for Socket Mode. Opens none."""
    if settings.slack_app_token is None:
        return [Row(_SOCKET, "note", "not set: Slack calls the bot at a public address")]
    client = AsyncWebClient(base_url=settings.slack_api_url + "/", timeout=SECONDS, retry_handlers=[])
    try:
        await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except SlackApiError as error:
        fix = f"copy it again from {WHERE['SLACK_APP_TOKEN']}, and check that Socket Mode is on there"
        return [_refused(_SOCKET, error, fix)]
    except LOST_ANSWERS as error:
        return [_unreachable(_SOCKET, settings.slack_api_url, error)]
    return [Row(_SOCKET, "right", "Slack accepts it")]


async def studio_rows(settings: Settings) -> list[Row]:
    """Whether AI Studios accepts the credentials, and how many avatars and workspaces they give access to."""
    if (credentials := _credentials(settings)) is None:
        return [Row(_STUDIO, "note", "not set: each workspace connects its own in the bot's Home tab")]
    base_url = settings.aistudios_base_url
    try:
        contents = await check_credentials(credentials, base_url)
    except CredentialsRefused as refused:
        return [_studio_refusal(str(refused))]
    except VendorUnavailable as unavailable:
        return [Row(_STUDIO, "wrong", str(unavailable), f"{_NETWORK}AISTUDIOS_BASE_URL ({base_url}); then try again")]
    return [Row(_STUDIO, "right", "AI Studios accepts them"), _contents_row(contents)]


def _contents_row(contents: AccountContents) -> Row:
    seen = f"{_count(contents.avatars, 'model')} and {_count(contents.workspaces, 'workspace')}"
    return Row("AI Studios account", "right" if contents.avatars else "note", f"the bot sees {seen}")


def _studio_refusal(words: str) -> Row:
    fix = f"copy both again from {WHERE['AISTUDIOS_APP_ID']}; API access needs a paid plan"
    return Row(_STUDIO, "wrong", words, fix)


def _credentials(settings: Settings) -> Credentials | None:
    if settings.aistudios_app_id is None or settings.aistudios_user_key is None:
        return None
    return Credentials(app_id=settings.aistudios_app_id, user_key=settings.aistudios_user_key)


def _identity(answer: AsyncSlackResponse) -> Row:
    team, bot = answer.get("team"), answer.get("user")
    return Row(_TOKEN, "right", f"the workspace {team} ({answer.get('team_id')}), as @{bot} ({answer.get('user_id')})")


def scope_rows(granted: str | None) -> list[Row]:
    """A row for each scope that the bot needs. `granted` is Slack's header with the scopes of the token."""
    if granted is None:
        return [Row("scopes", "note", "Slack did not say which ones the token has")]
    has = {scope.strip() for scope in granted.split(",")}
    return [
        Row(f"scope {scope}", "right", reason)
        if scope in has
        else Row(f"scope {scope}", "wrong", f"not granted; it is for {reason}", _ADD_SCOPE)
        for scope, reason in BOT_SCOPES.items()
    ]


def _clock_rows(answer: object) -> list[Row]:
    """Compares this machine's clock with the Date header of Slack's answer."""
    date = _header(getattr(answer, "headers", None) or {}, "date")
    return [clock_row(date, time.time())] if date else []


def clock_row(date: str, now: float) -> Row:
    """Compares an HTTP date (RFC 9110 §5.6.7) with this machine's time in Unix seconds."""
    try:
        ahead = round(now - parsedate_to_datetime(date).timestamp())
    except ValueError:
        return Row("clock", "note", "Slack's time could not be read")
    if abs(ahead) <= MOST_CLOCK_SECONDS:
        return Row("clock", "right", f"within {MOST_CLOCK_SECONDS} s of Slack's")
    found = (
        f"{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} Slack's; from 5 minutes on all requests are refused"
    )
    return Row("clock", "wrong", found, "let the machine keep it by NTP, for example: timedatectl set-ntp true")


def _refused(piece: str, error: SlackApiError, fix: str) -> Row:
    code = code_of(error)
    if is_passing(error):
        return Row(piece, "wrong", f"Slack gave no usable answer ({code})", "check SLACK_API_URL, and try again later")
    return Row(piece, "wrong", f"Slack refuses it: {code}", fix)


def _unreachable(piece: str, address: str, error: Exception) -> Row:
    found = f"Slack does not answer at {address}: {reason(error, SECONDS)}"
    return Row(piece, "wrong", found, f"{_NETWORK}SLACK_API_URL; then try again")


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
