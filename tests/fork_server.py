"""Starts bots without waiting for their imports: one process imports the bot once and forks for every start.

What is forked is `python -m <module> serve`, or another command: a process of its own that can be killed and whose
stdin is empty. When the tests end, or are killed, the fork server kills what still runs.
"""

import asyncio
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.demo.process import Process, spawned

CHECKOUT = Path(__file__).parents[1]
LOOK_SECONDS = 0.02
# What an interpreter reads as it starts cannot be given to one that runs already.
READ_AT_START = "PYTHONPATH"

# What a forked process is to run: its arguments, folder, environment and log.
Start = dict[str, Any]


class ForkedProcess:
    """A forked bot, with the methods of asyncio's processes."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._writer = writer
        self._ending = asyncio.create_task(self._end(reader))

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)

    def send_signal(self, signal: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def _end(self, reader: asyncio.StreamReader) -> int:
        self.returncode = int(await reader.readline())
        self._writer.close()
        return self.returncode


class ForkServer:
    """The process that forks the bots of this process of the test run."""

    def __init__(self) -> None:
        self._address = Path(tempfile.mkdtemp(prefix="fork-server-")) / "socket"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._address))
        self._listener.listen()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server", str(self._listener.fileno())],
            pass_fds=[self._listener.fileno()],
            cwd=CHECKOUT,
            env={**os.environ, READ_AT_START: str(CHECKOUT)},
        )

    async def spawn(self, module: str, folder: Path, environment: Mapping[str, str], log: Path) -> Process:
        """Starts a bot as `spawned` does, only sooner."""
        if environment.get(READ_AT_START, str(CHECKOUT)) != str(CHECKOUT):
            return await spawned(module, folder, environment, log)
        return await self._forked(module, ["serve"], folder, environment, log)

    async def run(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> int:
        """`avatar-bot` with these arguments; gives its exit code once it has ended."""
        return await (await self._forked("bot", arguments, folder, environment, log)).wait()

    async def _forked(
        self, module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
    ) -> Process:
        start: Start = {
            "argv": [module, *arguments],
            "folder": str(folder),
            "environment": dict(environment),
            "log": str(log),
        }
        reader, writer = await asyncio.open_unix_connection(self._address)
        writer.write(json.dumps(start).encode() + b"\n")
        return ForkedProcess(int(await reader.readline()), reader, writer)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._listener.close()
        self._address.unlink()
        self._address.parent.rmdir()


def fork_until_orphaned(listener: socket.socket) -> Start | None:
    """Forks for every request and reports each exit; returns in a child, with what it is to run."""
    children: dict[int, socket.socket] = {}
    parent = os.getppid()
    try:
        while os.getppid() == parent:
            report_exits(children)
            if not select.select([listener], [], [], LOOK_SECONDS)[0]:
                continue
            connection, _ = listener.accept()
            start: Start = json.loads(connection.makefile().readline())
            pid = os.fork()
            if pid == 0:
                children.clear()
                return start
            children[pid] = connection
            connection.sendall(f"{pid}\n".encode())
        return None
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)


def report_exits(children: dict[int, socket.socket]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with children.pop(pid) as connection, contextlib.suppress(OSError):
            connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def run(start: Start) -> None:
    """Runs the bot in this process."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.chdir(start["folder"])
    os.environ.clear()
    os.environ.update(start["environment"])
    log = os.open(start["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    empty = os.open(os.devnull, os.O_RDONLY)
    for stream, file in enumerate((empty, log, log)):
        os.dup2(file, stream)
    for file in (empty, log):
        os.close(file)
    sys.argv = start["argv"]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def main() -> None:
    import aiosqlite  # noqa: F401 - with the next: what all of them need
    import httpcore  # noqa: F401

    import bot.app
    import bot.cli.exports.commands  # noqa: F401

    # A collection in a child would copy every page that it looks at (https://docs.python.org/3/library/gc.html#gc.freeze).
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        start = fork_until_orphaned(listener)
    if start:
        run(start)


if __name__ == "__main__":
    main()
