"""The least that keeps a queue: DBOS on an SQLite file with one queue, and nothing in it."""

import asyncio
import sys

from aiohttp import web
from dbos import DBOS


async def serve(port: int, file: str) -> None:
    DBOS(config={"name": "toy", "system_database_url": f"sqlite:///{file}", "log_level": "WARNING"})
    DBOS.launch()
    await DBOS.register_queue_async("queue")
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
