"""Whether the process lives and whether it can serve, over HTTP."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from sqlalchemy.exc import OperationalError

from bot.web.health import Health
from bot.web.server import listening


async def asked(health: Health) -> dict[str, int]:
    """The statuses of both checks."""
    async with listening("127.0.0.1", 0, health, []) as port, aiohttp.ClientSession() as http:
        statuses = {}
        for path in ("/healthz", "/readyz"):
            async with http.get(f"http://127.0.0.1:{port}{path}") as response:
                statuses[path] = response.status
        return statuses


async def ready() -> bool:
    """A database that answers."""
    return True


async def not_launched() -> bool:
    """An engine that is not there yet."""
    return False


async def broken() -> bool:
    """A database that is gone."""
    raise OperationalError("select 1", None, Exception("gone"))


async def hanging() -> bool:
    """A database that never answers."""
    await asyncio.Event().wait()
    return True


async def test_a_serving_process() -> None:
    """Alive and ready are both 200."""
    assert await asked(Health(ready)) == {"/healthz": 200, "/readyz": 200}


@pytest.mark.parametrize("state", [not_launched, broken, hanging], ids=lambda state: str(state.__name__))
async def test_a_process_that_cannot_serve(state: object) -> None:
    """Without its database the process lives, and is not ready; the answer comes all the same."""
    assert callable(state)
    assert await asked(Health(state)) == {"/healthz": 200, "/readyz": 503}


async def test_a_process_that_is_about_to_go() -> None:
    """Told to stop, it takes no new work, whatever its database says."""
    health = Health(ready)
    health.stop()
    assert await asked(health) == {"/healthz": 200, "/readyz": 503}


async def test_leaving_ends_readiness() -> None:
    """The server itself says so on its way out."""
    health = Health(ready)
    await asked(health)
    assert await asked(health) == {"/healthz": 200, "/readyz": 503}


async def test_only_reading_is_allowed() -> None:
    """The checks take no other method, and there is nothing else."""
    async with listening("127.0.0.1", 0, Health(ready), []) as port, aiohttp.ClientSession() as http:
        async with http.post(f"http://127.0.0.1:{port}/healthz") as posted:
            assert posted.status == 405
        async with http.get(f"http://127.0.0.1:{port}/nothing") as missing:
            assert missing.status == 404
