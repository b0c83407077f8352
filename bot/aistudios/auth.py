"""Tokens for AI Studios (docs.aistudios.com, API V3): valid for 24 hours, shared by all calls of an account."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

from bot.aistudios.errors import Rejected, Transient, Unauthorized
from bot.aistudios.transport import DEADLINE, TIMEOUT, Observe, Transport
from bot.single_flight import SingleFlight

# A token lives 24 h from issue; an hour early leaves room for a token service that is down for a while.
RENEW_AFTER = 23 * 3600.0
LIFETIME = 24 * 3600.0


class Credentials(BaseModel):
    """The keys of an account, for which tokens are issued."""

    model_config = ConfigDict(frozen=True)

    app_id: str
    user_key: SecretStr


class Tokens(Protocol):
    """Provides the client's token."""

    async def token(self) -> str:
        """A token not known to be invalid. Raises AIStudiosError if there is none."""
        ...

    async def renew(self, rejected: str, /) -> str:
        """A token other than the rejected one. Raises Unauthorized if there is none."""
        ...


class TokenCache:
    """Issues tokens for credentials, with one request at a time that all callers share.

    `clock` counts seconds.
    """

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
        self._issuing: SingleFlight[None, SecretStr] = SingleFlight()

    async def token(self) -> str:
        """The current token; a new one when there is none or it is valid for less than an hour.

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
        """A token other than the rejected one: the current token if another call has renewed it already."""
        if self._current is not None and self._current.get_secret_value() != rejected:
            return self._current.get_secret_value()
        return await self._issued()

    async def _issued(self) -> str:
        return (await self._issuing.call(None, self._issue)).get_secret_value()

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


def _readable(payload: object) -> SecretStr:
    token = payload.get("token") if isinstance(payload, dict) else None
    # Text that a header can't contain is no token.
    if isinstance(token, str) and token and token.isascii() and token.isprintable():
        return SecretStr(token)
    raise Transient("AI Studios answered the request for a token without a token")
