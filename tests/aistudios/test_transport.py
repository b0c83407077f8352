"""The observer is called for each call: its endpoint, its status, and how long it took."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest

from bot.aistudios.client import AIStudiosClient
from bot.aistudios.errors import AIStudiosError
from tests.aistudios.conftest import Handler, Vendor, failure, hang_up, page, success
from tests.aistudios.tokens import FixedToken


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (success({"progress": 5}), "200"),
        (failure(4040, "no such project"), "refused"),
        (failure(4040, "no such project", status=404), "404"),
        (page(status=502), "502"),
        (page(status=200), "refused"),
        (hang_up(), "no_answer"),
    ],
)
async def test_a_call_is_told_with_its_endpoint_and_status(
    http: httpx.AsyncClient, vendor: Vendor, handler: Handler, status: str
) -> None:
    """Without the project's id, and a failure that comes as a success has a label of its own."""
    told: list[tuple[str, str, float]] = []

    def observe(endpoint: str, status: str, seconds: float) -> None:
        told.append((endpoint, status, seconds))

    vendor.answer("GET", "/editor/progress/P1", handler)
    client = AIStudiosClient(http, base_url=vendor.base_url, tokens=FixedToken(), observe=observe)
    with suppress(AIStudiosError):
        await client.progress("P1")
    ((endpoint, seen, seconds),) = told
    assert (endpoint, seen) == ("GET /editor/progress", status)
    assert seconds > 0
