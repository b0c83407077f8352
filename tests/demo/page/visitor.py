"""Somebody at the demo's page, without a browser: what the page's own scripts would send and get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp

Json = dict[str, Any]

ANA, MINJI = "U0ANA0001", "U0MINJI01"
GENERAL = "C0GENERAL"
# How long a wait for a condition may last (seconds) before the test gives up; far beyond what any of them takes.
PATIENCE = 60.0


class Visitor:
    """One person at the page."""

    def __init__(self, http: aiohttp.ClientSession, address: str, person: str = ANA) -> None:
        self.http = http
        self.address = address.rstrip("/")
        self._person = person

    def as_(self, person: str) -> Visitor:
        """The same page, switched to somebody else."""
        return Visitor(self.http, self.address, person)

    async def act(self, do: str, **fields: Any) -> Json:
        """Do something; gives the whole answer."""
        async with self.http.post(f"{self.address}/api/act", params=self._as, json={"do": do, **fields}) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def done(self, do: str, **fields: Any) -> Json:
        """Do something that must succeed."""
        answer = await self.act(do, **fields)
        assert answer["ok"], answer
        return answer

    async def refused(self, do: str, **fields: Any) -> str:
        """Do something that must not; gives the words for the person."""
        answer = await self.act(do, **fields)
        assert not answer["ok"], answer
        return str(answer["error"])

    async def turn(self, switch: str, *, on: bool = True) -> Json:
        """Turn a switch behind the scenes."""
        async with self.http.post(f"{self.address}/api/break", json={"switch": switch, "on": on}) as answer:
            return dict(await answer.json())

    async def state(self) -> Json:
        """What the person sees at the moment."""
        return await self.until(lambda _: True)

    async def until(self, condition: Callable[[Json], object], what: str = "a state") -> Json:
        """The first state of which this is true, from a stream that is opened now."""
        async with asyncio.timeout(PATIENCE):
            async for name, data in self.events():
                if name == "state" and condition(data):
                    return data
        raise AssertionError(f"the stream ended without {what}")

    async def until_traffic(self, condition: Callable[[Json], object]) -> Json:
        """The first entry of the traffic of which this is true."""
        async with asyncio.timeout(PATIENCE):
            async for name, data in self.events():
                if name == "traffic" and condition(data):
                    return data
        raise AssertionError("the stream ended without such traffic")

    async def events(self) -> AsyncIterator[tuple[str, Json]]:
        """The server-sent events, as an EventSource would hand them on."""
        async with self.http.get(f"{self.address}/api/stream", params=self._as) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/event-stream"
            name = ""
            async for line in answer.content:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)

    async def modal(self) -> Json:
        """The modal on top, once there is one."""
        state = await self.until(lambda seen: seen["views"], "a modal")
        return dict(state["views"][-1])

    @property
    def _as(self) -> dict[str, str]:
        return {"as": self._person}
