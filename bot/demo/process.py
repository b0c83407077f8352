"""The bot as a process of its own, exactly as an operator runs it."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

import aiohttp

from bot.settings import Settings

# A first start reads everything from a cold disk.
START_SECONDS = 120.0
STOP_SECONDS = 15.0
_POLL_SECONDS = 0.05
# Linux takes ports for outgoing connections from 32768 on, the others from 49152 on.
LOWEST_PORT, LOWEST_HANDED_OUT = 20_000, 32_768


class BotDidNotStart(Exception):
    """The process ended, or was not ready in time; the text is the end of its log."""


class Process(Protocol):
    """A child process, as asyncio knows one."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...

    def send_signal(self, signal: int) -> None: ...

    def kill(self) -> None: ...


# Starts `python -m <module> serve` in a folder, with an environment; what it prints is added to the log.
Spawn = Callable[[str, Path, Mapping[str, str], Path], Awaitable[Process]]


async def spawned(module: str, folder: Path, environment: Mapping[str, str], log: Path) -> Process:
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, "serve", cwd=folder, env=environment, stdout=output, stderr=output
        )


class BotProcess:
    """`avatar-bot serve` with the settings given; of this process's own settings none are passed on.

    It runs in `folder`, where its log and, by default, its database lie.
    """

    module = "bot"
    spawn: Spawn = staticmethod(spawned)

    def __init__(self, settings: Mapping[str, str], *, folder: Path, log_name: str = "bot.log") -> None:
        self.port = int(settings.get("PORT") or free_port())
        self.folder = folder
        self.log = folder / log_name
        self._settings = {**settings, "HOST": "127.0.0.1", "PORT": str(self.port)}
        self._process: Process | None = None
        self._has_been_ready = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the process lives, ready or not."""
        return self._process is not None and self._process.returncode is None

    @property
    def is_ready(self) -> bool:
        """Whether the process lives and has been ready."""
        return self.is_running and self._has_been_ready

    async def start(self) -> None:
        """Starts and waits until it is ready. Raises BotDidNotStart."""
        await self.launch()
        await self.until_ready()

    async def launch(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._has_been_ready = False
        self._process = await self.spawn(self.module, self.folder, self._environment(), self.log)

    async def until_ready(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as http:
                ready = False
                while not ready:
                    await asyncio.sleep(_POLL_SECONDS)
                    ready = await self._is_ready(http)
        except TimeoutError:
            raise BotDidNotStart(self.log_tail()) from None
        self._has_been_ready = True

    async def stop(self) -> int:
        """Asks it to stop as a supervisor would; gives its exit code, or kills it when it does not obey."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """`kill -9`."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.kill()
        return await self._process.wait()

    def log_tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    async def _is_ready(self, http: aiohttp.ClientSession) -> bool:
        if self._process is None or self._process.returncode is not None:
            raise BotDidNotStart(self.log_tail())
        try:
            async with http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def _environment(self) -> dict[str, str]:
        ours = {name.upper() for name in Settings.model_fields}
        return {name: value for name, value in os.environ.items() if name.upper() not in ours} | self._settings


def free_port() -> int:
    """A port on loopback that nobody uses just now.

    It is none of those that systems hand out by themselves, so that no outgoing connection takes it until the bot does.
    """
    while True:
        port = LOWEST_PORT + secrets.randbelow(LOWEST_HANDED_OUT - LOWEST_PORT)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
