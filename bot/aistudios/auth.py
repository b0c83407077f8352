"""Tokens for AI Studios: issued for 24 hours, shared by everyone, renewed by one call at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

from bot.aistudios.errors import Rejected, Transient, Unauthorized
from bot.aistudios.transport import DEADLINE, TIMEOUT, Observe, Transport

# A token lives 24 h from issue; an hour early leaves room for a token service that is down for a while.
RENEW_AFTER = 23 * 3600.0
LIFETIME = 24 * 3600.0


class Credentials(BaseModel):
    """What an account's tokens are issued for."""

    model_config = ConfigDict(frozen=True)

    app_id: str
    user_key: SecretStr


class Tokens(Protocol):
    """Where the client takes its token from."""

    async def token(self) -> str:
        """Return a token that is believed to be valid; raises AIStudiosError when none can be had."""
        ...

    async def renew(self, rejected: str, /) -> str:
        """Return another token than the rejected one; raises Unauthorized when there is none."""
        ...


class ReadyToken:
    """A token that somebody else issued: it cannot be renewed."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token.get_secret_value()

    async def renew(self, _rejected: str, /) -> str:
        raise Unauthorized("AI Studios refuses the ready token, and it cannot be renewed", status=401)


class TokenCache:
    """Issues tokens for credentials; however many callers wait, one request is under way."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        credentials: Credentials,
        clock: Callable[[], float] = time.monotonic,
        timeout: httpx.Timeout = TIMEOUT,
        deadline: float = DEADLINE,
        observe: Observe | None = None,
    ) -> None:
        self._transport = Transport(http, base_url=base_url, timeout=timeout, deadline=deadline, observe=observe)
        self._credentials = credentials
        self._clock = clock
        self._current: SecretStr | None = None
        self._issued_at = 0.0
        self._issuing: asyncio.Task[SecretStr] | None = None

    async def token(self) -> str:
        """Return the current token; issue one when there is none or it is an hour from its end.

        Raises Unauthorized when the credentials are refused, Transient when the token service cannot be
        reached and the old token has run out.
        """
        current, age = self._current, self._clock() - self._issued_at
        if current is None or age >= LIFETIME:
            return await self._issued()
        if age < RENEW_AFTER:
            return current.get_secret_value()
        try:
            return await self._issued()
        except Transient:
            return current.get_secret_value()

    async def renew(self, rejected: str, /) -> str:
        """Return a token other than the rejected one; whoever comes second takes what the first was given."""
        if self._current is not None and self._current.get_secret_value() != rejected:
            return self._current.get_secret_value()
        return await self._issued()

    async def _issued(self) -> str:
        # A shared task rather than a lock: those who wait share a failure too, and do not each try in turn.
        if self._issuing is None or self._issuing.done():
            self._issuing = asyncio.create_task(self._issue())
            self._issuing.add_done_callback(_heard)
        return (await asyncio.shield(self._issuing)).get_secret_value()

    async def _issue(self) -> SecretStr:
        key = self._credentials.user_key.get_secret_value()
        asked_at = self._clock()
        try:
            payload = await self._transport.call(
                "POST",
                "/auth/token",
                body={"appId": self._credentials.app_id, "userKey": key},
                secrets=(key,),
            )
        except Rejected as error:
            raise Unauthorized(error.message, code=error.code, status=error.status) from None
        self._current, self._issued_at = _readable(payload), asked_at
        return self._current


def _heard(issuing: asyncio.Task[SecretStr]) -> None:
    """Takes note of a failure that nobody waits for any more; asyncio would complain of it in the log."""
    if not issuing.cancelled():
        issuing.exception()


def _readable(payload: object) -> SecretStr:
    token = payload.get("token") if isinstance(payload, dict) else None
    # What cannot stand in a header is no token.
    if isinstance(token, str) and token and token.isascii() and token.isprintable():
        return SecretStr(token)
    raise Transient("AI Studios answered the request for a token without a token")
