"""Checks credentials at AI Studios, and counts what they give access to; for the command line."""

import asyncio
from dataclasses import dataclass

import httpx

from bot.accounts.models import Credentials
from bot.aistudios.auth import TokenCache
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.errors import AIStudiosError, Rejected
from bot.exports.ports import VendorUnavailable

# Short, because an operator waits: the timeout of each call, and of all calls together (seconds).
_CALL, _DEADLINE = httpx.Timeout(5.0), 10.0
_REFUSED = "AI Studios does not accept them"


class CredentialsRefused(Exception):
    """AI Studios does not accept the credentials; the text is AI Studios' message or the bot's own."""


@dataclass(frozen=True)
class AccountContents:
    """The number of an account's avatars and workspaces."""

    avatars: int
    workspaces: int


async def check_credentials(credentials: Credentials, base_url: str) -> AccountContents:
    """Counts an account's avatars and workspaces.

    Raises CredentialsRefused; VendorUnavailable, whose text says why there was no usable answer.
    """
    async with httpx.AsyncClient() as http:
        tokens = TokenCache(http, base_url=base_url, credentials=credentials, timeout=_CALL, deadline=_DEADLINE)
        client = AIStudiosClient(http, base_url=base_url, tokens=tokens, timeout=_CALL, deadline=_DEADLINE)
        try:
            return await _contents(client)
        except Rejected as error:
            raise CredentialsRefused(error.message) from None
        except AIStudiosError as error:
            raise VendorUnavailable(error.message) from None


async def _contents(client: AIStudiosClient) -> AccountContents:
    if not await client.is_authenticated():
        raise CredentialsRefused(_REFUSED)
    models, workspaces = await asyncio.gather(client.models(), client.workspaces())
    return AccountContents(avatars=len(models), workspaces=len(workspaces))
