"""The least that keeps a webhook: aiohttp, and one commit for each call, on SQLite (WAL) or on Postgres."""

import asyncio
import sys
from typing import Protocol

import aiosqlite
import psycopg
from aiohttp import web

CREATE = "CREATE TABLE toy_news (id {serial} PRIMARY KEY, body text NOT NULL)"
CONNECTIONS = 8


class Store(Protocol):
    async def open(self) -> None: ...

    async def keep(self, body: str) -> None: ...


class File:
    """One connection: SQLite has one writer."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        self._connection = await aiosqlite.connect(self._path)
        await self._connection.execute("PRAGMA journal_mode=WAL")
        await self._connection.execute(CREATE.format(serial="INTEGER"))

    async def keep(self, body: str) -> None:
        async with self._turn:
            await self._connection.execute("INSERT INTO toy_news (body) VALUES (?)", (body,))
            await self._connection.commit()


class Server:
    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: asyncio.Queue[psycopg.AsyncConnection] = asyncio.Queue()

    async def open(self) -> None:
        for _ in range(CONNECTIONS):
            self._idle.put_nowait(await psycopg.AsyncConnection.connect(self._url, autocommit=True))
        connection = await self._idle.get()
        await connection.execute(CREATE.format(serial="bigserial"))
        self._idle.put_nowait(connection)

    async def keep(self, body: str) -> None:
        connection = await self._idle.get()
        await connection.execute("INSERT INTO toy_news (body) VALUES (%s)", (body,))
        self._idle.put_nowait(connection)


def application(store: Store) -> web.Application:
    async def receive(request: web.Request) -> web.Response:
        await store.keep(await request.text())
        return web.json_response({"ok": True})

    async def opened(_: web.Application) -> None:
        await store.open()

    app = web.Application()
    app.router.add_post("/{any:.*}", receive)
    app.on_startup.append(opened)
    return app


def main() -> None:
    port, place = sys.argv[1:]
    store = Server(place) if place.startswith("postgresql:") else File(place)
    web.run_app(application(store), host="127.0.0.1", port=int(port), access_log=None)


if __name__ == "__main__":
    main()
